import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import embdrift.search.ranking
import embdrift.types
from embdrift.errors import InputError
from embdrift.search import exact_search
from embdrift.types import Neighbors, Similarity
from oracles import assert_same_table, search_oracle


def tied_table(k=4, n=30):
    """The neighbours of points on a line, most of which tie, with rows of many, few and no ties."""
    corpus = torch.arange(n, dtype=torch.float32)[:, None].clamp(max=8)
    return exact_search(corpus, k, similarity=Similarity.l2)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 2**32), st.sampled_from([0, 1, 3, 1024]), st.sampled_from(list(Similarity)))
def test_a_shallower_table_is_what_a_search_for_fewer_gives(data, seed, tie_limit, similarity):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(3, 30)), int(rng.integers(1, 3))
    corpus = torch.from_numpy(rng.integers(1, 4, (n, d)).astype(np.float32))
    depth = data.draw(st.integers(1, n - 1))
    k = data.draw(st.integers(1, depth))
    with pytest.MonkeyPatch.context() as patch:
        for module in (embdrift.types, embdrift.search.ranking):
            patch.setattr(module, "TIE_LIMIT", tie_limit)
        deep = exact_search(corpus, depth, similarity=similarity)
        expected = search_oracle(corpus.double().numpy(), k, similarity=similarity, tie_limit=tie_limit)
        assert_same_table(exact_search(corpus, k, similarity=similarity), expected)
        assert_same_table(deep.shallower(k), expected)


@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_table_cannot_become_deeper(k):
    with pytest.raises(InputError, match=f"k must be between 1 and the table's depth 4, got {k}"):
        tied_table().shallower(k)


def test_a_shallower_table_of_no_rows():
    empty = tied_table().take(slice(0, 0)).shallower(2)
    assert (empty.q, empty.depth, empty.tie_starts.tolist()) == (0, 2, [0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 29), max_size=40))
def test_taken_rows_are_those_rows_in_the_order_given(rows):
    whole = tied_table()
    assert len(whole.tie_positions)
    some = whole.take(np.array(rows, np.int64))
    assert some.q == len(rows)
    for place, row in enumerate(rows):
        assert some.positions[place].tolist() == whole.positions[row].tolist()
        assert some.scores[place].tolist() == whole.scores[row].tolist()
        assert some.tied_beyond[place] == whole.tied_beyond[row]
        mine = some.tie_positions[some.tie_starts[place] : some.tie_starts[place + 1]]
        assert mine.tolist() == whole.tie_positions[whole.tie_starts[row] : whole.tie_starts[row + 1]].tolist()
    assert some.tie_starts[-1] == len(some.tie_positions)


def test_all_rows_taken_are_the_table():
    assert_same_table(tied_table().take(slice(None)), tied_table())


def test_rows_with_unlisted_ties_can_be_taken(monkeypatch):
    monkeypatch.setattr(embdrift.search.ranking, "TIE_LIMIT", 3)
    whole = tied_table()
    assert (whole.tied_beyond > 3).any()
    some = whole.take(np.array([29, 0, 29]))
    assert some.tied_beyond.tolist() == whole.tied_beyond[[29, 0, 29]].tolist()
    assert some.tie_starts[0] == some.tie_starts[1]


def test_parts_that_do_not_fit_are_refused():
    table = tied_table()
    with pytest.raises(InputError, match="positions and scores must have the same shape"):
        Neighbors(table.positions[:, :2], table.scores, table.tied_beyond, table.tie_starts, table.tie_positions, 29)
    with pytest.raises(InputError, match="30 rows of neighbors need 30 tie counts, got 29"):
        Neighbors(table.positions, table.scores, table.tied_beyond[1:], table.tie_starts, table.tie_positions, 29)
