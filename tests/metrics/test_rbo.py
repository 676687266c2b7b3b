import numpy as np
import pytest
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.errors import InputError
from embdrift.metrics import agreement, rbo, rbo_at
from embdrift.metrics.shared_neighbors import rbo_weights
from oracles import rbo_oracle, table_from_lists


def letters(text):
    return table_from_lists([ord(letter) for letter in text])


@pytest.mark.parametrize(("p", "expected"), [(0.9, 0.2882172857), (0.95, 0.2907304368), (0.98, 0.2887201604)])
def test_it_gives_the_values_of_the_paper_s_example(p, expected):
    assert rbo(letters("abcdefg"), letters("zcavwxy"), 7, p)[0] == pytest.approx(expected, abs=5e-11)


@pytest.mark.parametrize(("p", "expected"), [(0.9, 0.737775), (0.95, 0.8616994792), (0.98, 0.9428887067)])
def test_it_gives_the_known_values_of_a_reversal(p, expected):
    assert rbo(letters("abcde"), letters("edcba"), 5, p)[0] == pytest.approx(expected, abs=5e-11)


@settings(max_examples=40, deadline=None)
@given(tied_pairs())
def test_it_equals_the_definition_with_ties(pair):
    reference, candidate, k = pair
    np.testing.assert_allclose(rbo(reference, candidate, k, 0.8), rbo_oracle(reference, candidate, k, 0.8), rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(tied_pairs())
def test_a_table_against_itself_is_exactly_one(pair):
    reference, _, k = pair
    assert (rbo(reference, reference, k, 0.9) == 1).all()


def test_a_change_at_the_top_costs_more_than_one_further_down():
    top, bottom = letters("bacdef"), letters("abcdfe")
    assert rbo(letters("abcdef"), top, 6) < rbo(letters("abcdef"), bottom, 6)


def test_the_weights_are_geometric_and_the_last_takes_the_rest():
    weights = rbo_weights(4, 0.9)
    assert weights == pytest.approx([0.1, 0.09, 0.081, 0.9**3])
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("p", [0.0, 1.0, -1.0, float("nan")])
def test_p_outside_its_range_is_refused(p):
    with pytest.raises(InputError, match="p between 0 and 1"):
        rbo(letters("ab"), letters("ba"), 2, p)


def test_an_unresolved_depth_makes_it_nan():
    both = agreement(letters("abc"), letters("acb"), 3)
    both.overlap[0, 1] = np.nan
    assert np.isnan(rbo_at(both, 3)[0])
    assert not np.isnan(rbo_at(both, 1)[0])
