import pytest
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.metrics import agreement, top1_flip, top1_flip_at
from oracles import table_from_lists, table_from_scores


def test_a_flip_is_another_first_item():
    reference, candidate = table_from_lists([1, 2], [1, 2]), table_from_lists([1, 9], [2, 1])
    assert top1_flip(reference, candidate).tolist() == [0.0, 1.0]
    assert top1_flip_at(agreement(reference, candidate, 2)).tolist() == [0.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(tied_pairs())
def test_a_table_against_itself_never_flips(pair):
    assert not top1_flip(pair[0], pair[0]).any()


def test_a_tie_for_the_first_place_counts_in_part():
    reference, candidate = table_from_scores([[5, 5, 1]], 1), table_from_scores([[5, 4, 1]], 1)
    assert top1_flip(reference, candidate)[0] == pytest.approx(1 - 0.5 / 0.5**0.5)
