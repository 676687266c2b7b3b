import numpy as np
import pytest
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.metrics import agreement, r_nx, r_nx_area, r_nx_at, r_nx_curve
from oracles import overlap_oracle, r_nx_area_oracle, table_from_lists, table_from_scores


@settings(max_examples=40, deadline=None)
@given(tied_pairs())
def test_it_equals_the_definition(pair):
    reference, candidate, k = pair
    n = reference.n_corpus
    values = r_nx(reference, candidate, k)
    if k == n:
        assert np.isnan(values).all()
    else:
        np.testing.assert_allclose(values, (n * overlap_oracle(reference, candidate, k) - k) / (n - k), atol=1e-12)
    np.testing.assert_allclose(
        r_nx_area(agreement(reference, candidate, k)), r_nx_area_oracle(reference, candidate, k), atol=1e-12
    )


@settings(max_examples=30, deadline=None)
@given(tied_pairs())
def test_the_area_of_a_table_against_itself_is_exactly_one(pair):
    reference, _, k = pair
    assert (r_nx_area(agreement(reference, reference, k)) == 1).all()


def test_random_lists_are_near_zero():
    rng = np.random.default_rng(4)
    both = agreement(*(table_from_scores(rng.random((2000, 40)), 20) for _ in range(2)), 20)
    curve = r_nx_curve(both)
    assert curve.shape == (20,)
    assert np.abs(curve).max() < 0.02
    assert abs(r_nx_area(both).mean()) < 0.01
    assert curve[9] == pytest.approx(r_nx_at(both, 10).mean())


def test_a_corpus_of_one_item_has_no_area():
    table = table_from_lists([0])
    assert np.isnan(r_nx_area(agreement(table, table, 1))).all()
    assert np.isnan(r_nx_curve(agreement(table, table, 1))).all()
