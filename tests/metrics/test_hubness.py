import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from tied_tables import shuffled_within_ties, tied_pairs

from embdrift.errors import InputError
from embdrift.metrics import hubness, k_occurrence, unresolved
from oracles import k_occurrence_oracle, table_from_lists


@settings(max_examples=60, deadline=None)
@given(tied_pairs())
def test_occurrences_equal_the_definition_and_sum_to_k_per_query(pair):
    table, _, k = pair
    counts = k_occurrence(table, k, table.n_corpus)
    np.testing.assert_allclose(counts, k_occurrence_oracle(table, k, table.n_corpus), atol=1e-12)
    assert counts.sum() == pytest.approx(k * table.q)


@settings(max_examples=40, deadline=None)
@given(tied_pairs(tie_limit=1))
def test_unresolved_rows_are_left_out(pair):
    table, _, k = pair
    counts = k_occurrence(table, k, table.n_corpus)
    np.testing.assert_allclose(counts, k_occurrence_oracle(table, k, table.n_corpus), atol=1e-12)
    assert counts.sum() == pytest.approx(k * (~unresolved(table, k)).sum())


@settings(max_examples=30, deadline=None)
@given(tied_pairs(), st.integers(0, 2**32))
def test_the_order_in_which_tied_items_are_listed_changes_no_bit(pair, seed):
    table, _, k = pair
    shuffled = shuffled_within_ties(table, np.random.default_rng(seed))
    assert k_occurrence(shuffled, k, table.n_corpus).tobytes() == k_occurrence(table, k, table.n_corpus).tobytes()


def test_without_ties_it_counts():
    assert k_occurrence(table_from_lists([0, 1, 2], [0, 2, 1]), 2, 4).tolist() == [2, 1, 1, 0]


def test_hubness_is_the_skewness():
    values = np.random.default_rng(7).poisson(3, 500).astype(float)
    assert hubness(values) == pytest.approx(scipy.stats.skew(values), rel=1e-12)


def test_one_hub_among_many_items_is_a_long_tail():
    assert hubness(np.array([50.0] + [1.0] * 50)) > 5


@pytest.mark.parametrize("values", [[], [2.0], [3.0, 3.0, 3.0], [0.1] * 7])
def test_hubness_without_variance_is_nan(values):
    assert np.isnan(hubness(np.array(values)))


def test_positions_beyond_the_items_are_refused():
    with pytest.raises(InputError, match=r"within 0 ... 2 to be counted, got 1 ... 3"):
        k_occurrence(table_from_lists([1, 3]), 1, 3)
    with pytest.raises(InputError, match="got 0"):
        k_occurrence(table_from_lists([1, 3]), 0, 4)
