"""Compiled loops of the search on a CPU: the score's definition, the filter and the selection.

Every sum runs in one fixed order, sixteen lanes and then a tree, and without contraction (numba's default), so that a
score has the same bytes on every machine, for any number of threads.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba
import numpy as np

from embdrift.search.cpu.simd import difference_lanes, product_lanes
from embdrift.search.scores import score_of, write_sums
from embdrift.search.soundness import LANES
from embdrift.types import Array, Floats, Positions

# Rows and columns that are scored with one another while they are in the processor's cache.
_TILE_ROWS, _TILE_NUMBERS = 64, 2**14


@numba.njit(inline="always")
def _fold(lanes: Floats) -> float:
    for stride in (8, 4, 2, 1):
        for lane in range(stride):
            lanes[lane] += lanes[lane + stride]
    return float(lanes[0])


@numba.njit(inline="always")
def dot(x: Array, y: Array, lanes: Floats) -> float:
    """The fixed-order sum of products of two contiguous rows; `lanes` is scratch, shape (16,)."""
    whole = len(x) - len(x) % LANES
    product_lanes(x, y, whole, lanes)
    for rest in range(whole, len(x)):
        lanes[rest - whole] += np.float64(x[rest]) * np.float64(y[rest])
    total: float = _fold(lanes)
    return total


@numba.njit(inline="always")
def squared_distance(x: Array, y: Array, lanes: Floats) -> float:
    """The fixed-order sum of squared differences of two contiguous rows; `lanes` is scratch, shape (16,)."""
    whole = len(x) - len(x) % LANES
    difference_lanes(x, y, whole, lanes)
    for rest in range(whole, len(x)):
        difference = np.float64(x[rest]) - np.float64(y[rest])
        lanes[rest - whole] += difference * difference
    total: float = _fold(lanes)
    return total


@numba.njit(parallel=True, cache=True)
def squared_norms(vectors: Array) -> Floats:
    """Fixed-order float64 sum of squares of each row, shape (n,)."""
    result = np.empty(len(vectors), np.float64)
    for row in numba.prange(len(vectors)):
        result[row] = dot(vectors[row], vectors[row], np.empty(LANES, np.float64))
    return result


@numba.njit(nogil=True, cache=True)
def hash_rows(words: Array, hashes: Array) -> None:
    """Write a 64-bit hash of each row of uint32 words, shape (n, w), to `hashes`: FNV-1a on words, mixed downwards."""
    for row in range(len(words)):
        value = np.uint64(0xCBF29CE484222325)
        for word in words[row]:
            value = (value ^ np.uint64(word)) * np.uint64(0x100000001B3)
            value ^= value >> np.uint64(29)
        hashes[row] = value


@numba.njit(parallel=True, cache=True)
def pair_dots(queries: Array, corpus: Array, starts: Positions, positions: Array, scores: Floats) -> None:
    """Write the fixed-order product of query i with corpus rows `positions[starts[i]:starts[i + 1]]` to `scores`."""
    for row in numba.prange(len(queries)):
        lanes = np.empty(LANES, np.float64)
        for at in range(starts[row], starts[row + 1]):
            scores[at] = dot(queries[row], corpus[positions[at]], lanes)


@numba.njit(parallel=True, cache=True)
def pair_squared_distances(queries: Array, corpus: Array, starts: Positions, positions: Array, scores: Floats) -> None:
    """Write the fixed-order squared distance of query i to each of its corpus rows to `scores`."""
    for row in numba.prange(len(queries)):
        lanes = np.empty(LANES, np.float64)
        for at in range(starts[row], starts[row + 1]):
            scores[at] = squared_distance(queries[row], corpus[positions[at]], lanes)


@numba.njit(parallel=True, cache=True)
def score_all(
    kind: int, queries: Floats, norms: Floats, rows: Array, row_norms: Floats, start: int, result: Floats
) -> None:
    """Write the defined scores of queries with rows to `result`.

    Args:
        kind: how vectors are compared
        queries: shape (b, d), filled up with zeros to a whole number of lanes
        norms: shape (b,), of the queries (only for cosines)
        rows: float32 or float64, shape (m, d)
        row_norms: shape (m,)
        start: where in `result` the first row belongs
        result: written, shape (b, start + m or more)
    """
    width = max(8, _TILE_NUMBERS // rows.shape[1])
    for part in numba.prange(-(-len(queries) // _TILE_ROWS)):
        places, sums = np.arange(len(rows)), np.empty(len(rows))
        for first in range(0, len(rows), width):
            stop = min(first + width, len(rows))
            for row in range(part * _TILE_ROWS, min((part + 1) * _TILE_ROWS, len(queries))):
                write_sums(kind, queries[row], rows, places, first, stop, sums)
                for at in range(first, stop):
                    result[row, start + at] = score_of(kind, sums[at], norms[row], row_norms[at])


@numba.njit(inline="always")
def _drop_hopeless(scores: Array, positions: Array, count: int, k: int, margin: float) -> tuple[int, float]:
    """Keep the candidates that can still be among the best k; return how many they are and the score to reach."""
    kth = np.partition(scores[:count], count - k)[count - k]
    # The subtraction is rounded once to float32: step down so that the threshold never ends up too high.
    threshold = np.nextafter(np.float32(np.float64(kth) - margin), np.float32(-np.inf))
    kept = 0
    for at in range(count):
        if scores[at] >= threshold:
            scores[kept] = scores[at]
            positions[kept] = positions[at]
            kept += 1
    return kept, threshold


@numba.njit(inline="always")
def _any_reaches(screened: Array, threshold: float) -> bool:
    # Free of branches: it compiles to a few vector instructions, and most groups hold no hit.
    hit = False
    for score in screened:
        hit |= score >= threshold
    return hit


@numba.njit(parallel=True, cache=True)
def collect(
    screened: Array,
    first: int,
    own: Positions,
    skip: Array,
    k: int,
    margins: Floats,
    thresholds: Array,
    counts: Positions,
    scores: Array,
    positions: Array,
) -> None:
    """Add a block of screened scores to each query's candidates.

    A candidate is kept while its screened score is within `margins` (twice the error bound) of the k-th best screened
    score so far, so that nothing which exact scores could place among the best k, or tied with them, is ever dropped.
    A query with more such candidates than fit gets the count -1: too crowded, to be scored in full.

    Args:
        screened: float32, shape (b, c), scores of b queries against c corpus rows
        first: corpus position of the first column
        own: shape (b,), corpus position that each query must not find, or -1
        skip: bool, shape (c,), columns that nobody may find
        k: neighbours wanted
        margins: shape (b,), twice the error bound of a query's screened scores
        thresholds: float32, shape (b,), updated in place
        counts: shape (b,), candidates held, updated in place
        scores: float32, shape (b, capacity), candidates' screened scores, updated in place
        positions: shape (b, capacity), candidates' corpus positions, ascending, updated in place
    """
    capacity = scores.shape[1]
    width = screened.shape[1]
    for row in numba.prange(screened.shape[0]):
        count = counts[row]
        threshold = thresholds[row]
        for group in range(0, width, 64):
            stop = min(group + 64, width)
            if count < 0 or not _any_reaches(screened[row, group:stop], threshold):
                continue
            for column in range(group, stop):
                score = screened[row, column]
                if score < threshold or skip[column] or first + column == own[row]:
                    continue
                if count == capacity:
                    count, threshold = _drop_hopeless(scores[row], positions[row], count, k, margins[row])
                    if count > capacity - capacity // 4:
                        count = -1
                        break
                    if score < threshold:
                        continue
                scores[row, count] = score
                positions[row, count] = first + column
                count += 1
        counts[row] = count
        thresholds[row] = threshold


@numba.njit(parallel=True, cache=True)
def finish(k: int, margins: Floats, counts: Positions, scores: Array, positions: Array) -> None:
    """Drop, for every query, the candidates that the k-th best of the whole corpus has made hopeless."""
    for row in numba.prange(len(counts)):
        if counts[row] > k:
            counts[row], _ = _drop_hopeless(scores[row], positions[row], counts[row], k, margins[row])


@numba.njit(parallel=True, cache=True)
def select(
    starts: Positions,
    positions: Array,
    scores: Floats,
    best_positions: Array,
    best_scores: Floats,
    tied: Positions,
    order: Positions,
) -> None:
    """Pick each query's best k by (score descending, position ascending) and count who ties with the last.

    Args:
        starts: shape (b + 1,), where each query's candidates begin
        positions: candidates' corpus positions, ascending within a query
        scores: candidates' exact scores
        best_positions: shape (b, k), written
        best_scores: shape (b, k), written
        tied: shape (b,), written
        order: as long as `positions`; written with each query's candidates in rank order
    """
    k = best_positions.shape[1]
    for row in numba.prange(len(tied)):
        begin, end = starts[row], starts[row + 1]
        ranked = np.argsort(-scores[begin:end], kind="mergesort")
        for rank in range(len(ranked)):
            order[begin + rank] = begin + ranked[rank]
        for rank in range(k):
            best_positions[row, rank] = positions[order[begin + rank]]
            best_scores[row, rank] = scores[order[begin + rank]]
        further = 0
        while begin + k + further < end and scores[order[begin + k + further]] == best_scores[row, k - 1]:
            further += 1
        tied[row] = further
