import numpy as np
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.metrics import Agreement, agreement, overlap, overlap_at, overlap_curve
from oracles import overlap_oracle, table_from_lists


@settings(max_examples=30, deadline=None)
@given(tied_pairs())
def test_overlap_equals_the_definition_and_the_agreement(pair):
    reference, candidate, k = pair
    values = overlap(reference, candidate, k)
    np.testing.assert_allclose(values, overlap_oracle(reference, candidate, k), rtol=1e-14)
    np.testing.assert_array_equal(values, overlap_at(agreement(reference, candidate, k), k))


def test_overlap_ignores_order_within_the_top_k():
    assert overlap(table_from_lists([1, 2, 3, 4]), table_from_lists([3, 1, 2, 9]), 3).tolist() == [1.0]


def test_the_curve_is_the_mean_of_what_is_known():
    both = Agreement(overlap=np.array([[1.0, 0.5, np.nan], [0.0, np.nan, np.nan]]), n_corpus=9)
    np.testing.assert_array_equal(overlap_curve(both), [0.5, 0.5, np.nan])


def test_the_curve_of_no_queries_is_nan():
    assert np.isnan(overlap_curve(Agreement(overlap=np.zeros((0, 2)), n_corpus=9))).all()
