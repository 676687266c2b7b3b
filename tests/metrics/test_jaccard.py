import numpy as np
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.metrics import agreement, jaccard, jaccard_at
from oracles import table_from_lists, table_from_scores


def test_without_ties_it_is_the_intersection_over_the_union():
    rng = np.random.default_rng(3)
    reference, candidate = (table_from_scores(rng.random((40, 20)), 10) for _ in range(2))
    expected = [
        len(set(a) & set(b)) / len(set(a) | set(b))
        for a, b in zip(reference.positions[:, :7], candidate.positions[:, :7], strict=True)
    ]
    np.testing.assert_allclose(jaccard(reference, candidate, 7), expected, rtol=1e-14)


def test_a_hand_computed_value():
    assert jaccard(table_from_lists([1, 2, 3, 4]), table_from_lists([1, 2, 8, 9]), 4).tolist() == [1 / 3]


@settings(max_examples=30, deadline=None)
@given(tied_pairs())
def test_it_is_one_for_a_table_against_itself_with_ties(pair):
    reference, _, k = pair
    assert (jaccard(reference, reference, k) == 1).all()


def test_an_agreement_serves_any_smaller_depth():
    reference, candidate = table_from_lists([1, 2, 3, 4]), table_from_lists([2, 1, 8, 9])
    both = agreement(reference, candidate, 4)
    assert [float(jaccard_at(both, k)[0]) for k in (1, 2, 4)] == [0, 1, 1 / 3]
