from contextlib import contextmanager

import numpy as np
import torch
from cuda_cases import CPU as DEVICE
from hypothesis import given, settings
from hypothesis import strategies as st

import embdrift.search.cuda.candidates as module
from embdrift.search.cuda import kernels_for, plain
from embdrift.search.cuda.candidates import add, merge, no_candidates


@contextmanager
def listing(limit):
    """Few ties are listed."""
    before = module.TIE_LIMIT
    module.TIE_LIMIT = limit
    try:
        yield
    finally:
        module.TIE_LIMIT = before


def entries(rng, rows, positions, levels=4):
    """Row, position and score of random pairs, each at most once, with many ties."""
    taken = np.argwhere(rng.random((rows, len(positions))) < 0.7)
    scores = rng.integers(0, levels, len(taken)).astype(np.float64)
    at = torch.from_numpy(positions[taken[:, 1]]).int()
    return torch.from_numpy(taken[:, 0]), at, torch.from_numpy(scores)


def same(a, b):
    """Both hold the same candidates; their order within a row does not matter."""
    order = [np.lexsort((c.positions, -c.scores, c.rows)) for c in (a, b)]
    return (
        torch.equal(a.starts, b.starts)
        and torch.equal(a.positions[order[0]], b.positions[order[1]])
        and torch.equal(a.scores[order[0]], b.scores[order[1]])
        and torch.equal(a.level, b.level)
        and torch.equal(a.further, b.further)
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_merging_is_associative_and_as_good_as_having_seen_everything(seed, depth):
    with listing(2):
        rng = np.random.default_rng(seed)
        weights = torch.from_numpy(rng.integers(1, 4, 40))
        given_parts = [entries(rng, 5, part) for part in np.array_split(rng.permutation(40), 3)]
        options = {"depth": depth, "weights": weights, "kernels": plain}
        empty = no_candidates(5, DEVICE, torch.int32)
        a, b, c = (add(empty, part, **options) for part in given_parts)
        whole = add(empty, tuple(torch.cat(parts) for parts in zip(*given_parts, strict=True)), **options)
        left = merge(merge(a, b, **options), c, **options)
        right = merge(a, merge(b, c, **options), **options)
        assert same(left, whole)
        assert same(right, whole)
        assert same(merge(c, merge(b, a, **options), **options), whole)
        assert same(add(add(a, given_parts[1], **options), given_parts[2], **options), whole)


def test_candidates_below_the_last_that_matters_are_dropped_and_further_ties_counted():
    with listing(1):
        found = torch.zeros(7, dtype=torch.int64), torch.arange(7).int(), torch.tensor([1.0, 3, 2, 2, 2, 2, 2])
        weights = torch.tensor([1, 1, 1, 1, 1, 5, 7])
        known = add(no_candidates(1, DEVICE, torch.int32), found, depth=2, weights=weights, kernels=plain)
        assert sorted(known.positions.tolist()) == [1, 2, 3, 4]
        assert known.level.tolist() == [2.0]
        assert known.further.tolist() == [12]


def test_ranks_are_places_by_score_and_then_by_position():
    rng = np.random.default_rng(1)
    lengths = torch.tensor([3, 0, 64, 65, 200, 1])
    rows = torch.repeat_interleave(torch.arange(6), lengths)
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    positions = torch.from_numpy(rng.permutation(len(rows))).int()
    scores = torch.from_numpy(rng.integers(0, 9, len(rows)).astype(np.float64))
    expected = torch.empty(len(rows), dtype=torch.int32)
    order = np.lexsort((positions, -scores, rows))
    expected[order] = (torch.arange(len(rows)) - starts[rows]).int()
    for kernels in {plain, kernels_for(DEVICE)}:
        assert torch.equal(kernels.ranks(starts, rows, positions, scores), expected)
