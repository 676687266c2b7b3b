from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tied_tables import shuffled_within_ties, tied_pairs

from embdrift.errors import InputError
from embdrift.metrics import Agreement, agreement, blocks
from oracles import chances, overlap_oracle, table_from_lists, table_from_scores


@settings(max_examples=150, deadline=None)
@given(tied_pairs())
def test_overlap_equals_the_definition_at_every_depth(pair):
    reference, candidate, k = pair
    measured = agreement(reference, candidate, k).overlap
    expected = np.stack([overlap_oracle(reference, candidate, d) for d in range(1, k + 1)], axis=1)
    np.testing.assert_allclose(measured, expected, rtol=1e-14)


@settings(max_examples=80, deadline=None)
@given(tied_pairs(tie_limit=1))
def test_overlap_is_nan_exactly_where_unlisted_ties_decide(pair):
    reference, candidate, k = pair
    measured = agreement(reference, candidate, k).overlap
    expected = np.stack([overlap_oracle(reference, candidate, d) for d in range(1, k + 1)], axis=1)
    np.testing.assert_allclose(measured, expected, rtol=1e-14, equal_nan=True)


@settings(max_examples=80, deadline=None)
@given(tied_pairs())
def test_a_table_against_itself_is_exactly_one(pair):
    reference, _, k = pair
    assert (agreement(reference, reference, k).overlap == 1).all()


@settings(max_examples=80, deadline=None)
@given(tied_pairs())
def test_overlap_is_symmetric_and_within_bounds(pair):
    reference, candidate, k = pair
    there, back = agreement(reference, candidate, k).overlap, agreement(candidate, reference, k).overlap
    assert there.tobytes() == back.tobytes()
    assert (there >= 0).all()
    assert (there <= 1).all()


@settings(max_examples=80, deadline=None)
@given(tied_pairs(), st.integers(0, 2**32))
def test_the_order_in_which_tied_items_are_listed_changes_no_bit(pair, seed):
    reference, candidate, k = pair
    rng = np.random.default_rng(seed)
    shuffled = agreement(shuffled_within_ties(reference, rng), shuffled_within_ties(candidate, rng), k)
    assert shuffled.overlap.tobytes() == agreement(reference, candidate, k).overlap.tobytes()


@settings(max_examples=30, deadline=None)
@given(tied_pairs(), st.integers(0, 2**32))
def test_items_may_have_any_integers_for_positions(pair, seed):
    reference, candidate, k = pair
    names = np.random.default_rng(seed).choice(2**40, 14, replace=False) - 2**39
    renamed = [
        replace(t, positions=names[t.positions], tie_positions=names[t.tie_positions]) for t in (reference, candidate)
    ]
    assert agreement(*renamed, k).overlap.tobytes() == agreement(reference, candidate, k).overlap.tobytes()


def test_without_ties_overlap_is_the_shared_part():
    rng = np.random.default_rng(0)
    scores = rng.random((2, 50, 30))
    reference, candidate = (table_from_scores(s, 20) for s in scores)
    measured = agreement(reference, candidate, 20).overlap
    for d in range(1, 21):
        shared = [len(set(a[:d]) & set(b[:d])) for a, b in zip(reference.positions, candidate.positions, strict=True)]
        assert (measured[:, d - 1] == np.array(shared) / d).all()


def test_the_chance_of_an_item_is_its_share_of_all_ways_to_break_ties():
    scores = [5, 3, 3, 3, 1]
    wins = np.zeros(5)
    orders = [o for o in permutations(range(5)) if all(scores[x] >= scores[y] for x, y in pairwise(o))]
    for order in orders:
        wins[list(order[:3])] += 1
    expected = {item: wins[item] / len(orders) for item in range(5) if wins[item]}
    assert {item: float(p) for item, p in chances(table_from_scores([scores], 4), 0, 3).items()} == expected


def test_a_hand_computed_tie():
    # top 2 of the reference: item 0 and one of 1, 2, 3; of the candidate: items 0 and 1
    reference, candidate = table_from_scores([[9, 5, 5, 5]], 2), table_from_scores([[9, 8, 1, 0]], 2)
    expected = (1 + 1 / 3) / np.sqrt((1 + 3 / 9) * 2)
    assert agreement(reference, candidate, 2).overlap[0] == pytest.approx([1, expected])


def test_unlisted_ties_leave_the_depths_above_them_measured():
    scores = np.array([[9, 8, 5, 5, 5, 5]])
    table = table_from_scores(scores, 3, tie_limit=2)
    assert table.tied_beyond[0] == 3
    np.testing.assert_array_equal(agreement(table, table, 3).overlap, [[1, 1, np.nan]])


@pytest.mark.parametrize("step", [1, 7, 64])
def test_the_block_size_changes_no_bit(monkeypatch, step):
    rng = np.random.default_rng(1)
    reference, candidate = (table_from_scores(rng.integers(0, 6, (40, 12)), 8) for _ in range(2))
    whole = agreement(reference, candidate, 8).overlap
    monkeypatch.setattr(blocks, "BLOCK_ENTRIES", step)
    assert agreement(reference, candidate, 8).overlap.tobytes() == whole.tobytes()


def test_tables_mapped_from_disk_are_read_as_they_are(tmp_path):
    rng = np.random.default_rng(2)
    table = table_from_scores(rng.integers(0, 4, (20, 12)), 6)
    mapped = {}
    for name in ("positions", "scores", "tied_beyond", "tie_starts", "tie_positions"):
        array = getattr(table, name)
        np.save(tmp_path / f"{name}.npy", array.astype(np.int32) if "positions" in name else array)
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    assert (agreement(replace(table, **mapped), table, 6).overlap == 1).all()


def test_one_query_and_one_neighbour():
    table = table_from_lists([3])
    assert agreement(table, table, 1).overlap.tolist() == [[1.0]]


def test_no_queries_give_no_values():
    table = table_from_scores(np.zeros((0, 5)), 3)
    assert agreement(table, table, 3).overlap.shape == (0, 3)


def test_depths_may_differ():
    reference, candidate = table_from_lists([1, 2, 3, 4, 5]), table_from_lists([2, 1])
    assert agreement(reference, candidate, 2).overlap.tolist() == [[0.0, 1.0]]


def test_the_larger_corpus_counts():
    reference, candidate = table_from_lists([1, 2, 3]), table_from_lists([2, 1, 9])
    assert agreement(reference, candidate, 2).n_corpus == 10


def test_tables_of_different_queries_are_refused():
    with pytest.raises(InputError, match="same queries row by row, got 1 and 2 rows"):
        agreement(table_from_lists([1, 2]), table_from_lists([1, 2], [2, 1]), 1)


@pytest.mark.parametrize("k", [0, 3])
def test_a_depth_that_is_not_listed_is_refused(k):
    with pytest.raises(InputError, match=f"between 1 and 2, .* got {k}"):
        agreement(table_from_lists([1, 2]), table_from_lists([1, 2, 3]), k)


def test_an_agreement_serves_no_deeper_than_it_was_measured():
    both = Agreement(overlap=np.ones((1, 2)), n_corpus=9)
    with pytest.raises(InputError, match="between 1 and 2"):
        both.at(3)
    with pytest.raises(InputError, match="between 1 and 2"):
        both.weighted(np.ones(3))
