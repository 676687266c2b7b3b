from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tied_tables import shuffled_within_ties, tied_pairs

from embdrift.errors import InputError
from embdrift.metrics import blocks, displacement, lost_beyond_depth, new_ranks, rank_displacement
from oracles import displacement_oracle, table_from_lists, table_from_scores


@settings(max_examples=100, deadline=None)
@given(tied_pairs())
def test_it_equals_the_definition(pair):
    reference, candidate, k = pair
    moved = displacement(reference, candidate, k)
    expected = displacement_oracle(reference, candidate, k)
    np.testing.assert_allclose(np.stack((moved.ranks, moved.lost), axis=1), expected, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(tied_pairs(tie_limit=1))
def test_it_is_nan_exactly_where_unlisted_ties_decide(pair):
    reference, candidate, k = pair
    moved = displacement(reference, candidate, k)
    expected = displacement_oracle(reference, candidate, k)
    np.testing.assert_allclose(np.stack((moved.ranks, moved.lost), axis=1), expected, atol=1e-12, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(tied_pairs())
def test_a_table_against_itself_does_not_move(pair):
    reference, _, k = pair
    moved = displacement(reference, reference, k)
    assert not moved.ranks.any()
    assert not moved.lost.any()


@settings(max_examples=40, deadline=None)
@given(tied_pairs(), st.integers(0, 2**32))
def test_the_order_in_which_tied_items_are_listed_changes_no_bit(pair, seed):
    reference, candidate, k = pair
    rng = np.random.default_rng(seed)
    shuffled = displacement(shuffled_within_ties(reference, rng), shuffled_within_ties(candidate, rng), k)
    moved = displacement(reference, candidate, k)
    assert shuffled.ranks.tobytes() == moved.ranks.tobytes()
    assert shuffled.lost.tobytes() == moved.lost.tobytes()


def test_hand_computed_moves():
    reference, candidate = table_from_lists([1, 2, 3, 4]), table_from_lists([2, 1, 8, 9])
    # 1 -> 2, 2 -> 1, 3 and 4 are behind rank 4: they count as rank 5
    assert rank_displacement(reference, candidate, 4).tolist() == [(1 + 1 + 2 + 1) / 4]
    assert lost_beyond_depth(reference, candidate, 4).tolist() == [0.5]
    assert new_ranks(reference, candidate, 4).tolist() == [[2, 1, 5, 5]]


def test_an_item_tied_with_the_last_one_listed_is_not_lost():
    reference, candidate = table_from_scores([[9, 8, 1, 1]], 2), table_from_scores([[1, 1, 9, 1]], 2)
    # the candidate lists items 2 and 0; items 0, 1 and 3 share the ranks 2 ... 4
    assert lost_beyond_depth(reference, candidate, 2).tolist() == [0.0]
    assert rank_displacement(reference, candidate, 2).tolist() == [(2 + 1) / 2]
    assert new_ranks(reference, candidate, 2).tolist() == [[2, 3]]


def test_a_deeper_candidate_finds_what_a_shallow_one_calls_lost():
    rng = np.random.default_rng(5)
    scores = rng.random((2, 30, 25))
    reference, deep, shallow = table_from_scores(scores[0], 5), *(table_from_scores(scores[1], d) for d in (25, 8))
    assert not lost_beyond_depth(reference, deep, 5).any()
    assert (rank_displacement(reference, deep, 5) >= rank_displacement(reference, shallow, 5)).all()
    ranks = new_ranks(reference, deep, 5)
    assert ranks.dtype == np.int32
    assert rank_displacement(reference, deep, 5) == pytest.approx(np.abs(ranks - np.arange(1, 6)).mean(axis=1))


def test_the_block_size_changes_no_bit(monkeypatch):
    rng = np.random.default_rng(6)
    reference, candidate = (table_from_scores(rng.integers(0, 6, (30, 12)), 8) for _ in range(2))
    whole = displacement(reference, candidate, 5).ranks, new_ranks(reference, candidate, 5)
    monkeypatch.setattr(blocks, "BLOCK_ENTRIES", 20)
    assert displacement(reference, candidate, 5).ranks.tobytes() == whole[0].tobytes()
    assert new_ranks(reference, candidate, 5).tobytes() == whole[1].tobytes()


def test_no_queries_give_no_values():
    table = table_from_scores(np.zeros((0, 5)), 3)
    assert displacement(table, table, 3).ranks.shape == (0,)
    assert new_ranks(table, table, 3).shape == (0, 3)


@pytest.mark.parametrize("measure", [displacement, new_ranks])
def test_a_depth_that_is_not_listed_is_refused(measure):
    with pytest.raises(InputError, match="between 1 and 2"):
        measure(table_from_lists([1, 2]), table_from_lists([1, 2]), 3)


def test_which_members_of_a_tie_too_large_to_be_listed_are_listed_does_not_matter():
    reference = table_from_scores([[9, 8, 7, 6, 5, 4]], 3)
    candidate = table_from_scores([[9, 1, 1, 1, 1, 1]], 3, tie_limit=1)
    other = replace(candidate, positions=np.array([[0, 4, 5]]))
    for listed in (candidate, other):
        assert np.isnan(rank_displacement(reference, listed, 2)).all()
        assert np.isnan(lost_beyond_depth(reference, listed, 2)).all()
        assert rank_displacement(reference, listed, 1).tolist() == [0]
