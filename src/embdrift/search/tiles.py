"""Compiled loops over tiles of bfloat16 scores: which reach a threshold, what they are exactly, whom they serve.

A bfloat16 score is handled as an integer that sorts like it, its ordered code, so that one vector instruction compares
thirty-two of them.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba
import numpy as np

from embdrift.search.kernels import dot, squared_distance
from embdrift.types import Array, Floats, Positions

CROWDED = -1
"""The count of a row with more candidates than there is room for."""

NEVER = np.int16(32767)
"""An ordered code that no score reaches."""

ALWAYS = np.int16(-32768)
"""An ordered code that every score reaches."""

INNER_PRODUCT, COSINE, L2 = 0, 1, 2

# Columns of a tile whose candidates one thread enters.
_OWNED = 256


@numba.njit(inline="always")
def _ordered(code: np.int16) -> np.int16:
    return code ^ ((code >> np.int16(15)) & np.int16(0x7FFF))


@numba.njit(parallel=True, cache=True)
def group_ranks(codes: Array, width: int, ranks: Array, result: Array) -> None:
    """For each row and rank r, the r-th largest maximum of groups of columns: at most the r-th largest score.

    Args:
        codes: int16, shape (b, c), bits of bfloat16 scores
        width: columns per group
        ranks: shape (m,), each at most the number of groups
        result: int16, shape (b, m), written with ordered codes
    """
    columns = codes.shape[1]
    groups = (columns + width - 1) // width
    for row in numba.prange(codes.shape[0]):
        largest = np.empty(groups, np.int16)
        for group in range(groups):
            best = np.int16(-32768)
            for column in range(group * width, min(columns, (group + 1) * width)):
                best = max(best, _ordered(codes[row, column]))
            largest[group] = best
        largest.sort()
        for at in range(len(ranks)):
            result[row, at] = largest[groups - ranks[at]]


@numba.njit(parallel=True, cache=True)
def find_hits(
    codes: Array,
    row_codes: Array,
    column_codes: Array,
    first: Positions,
    own: Positions,
    skip: Array,
    counts: Positions,
    hits: Array,
) -> None:
    """List for each row the columns whose score reaches the row's or the column's threshold.

    Args:
        codes: int16, shape (b, c), bits of bfloat16 scores
        row_codes: int16, shape (b,), ordered codes
        column_codes: int16, shape (c,), ordered codes; `NEVER` where only rows look
        first: shape (b,), the column to begin with
        own: shape (b,), a column that the row must not find, or -1
        skip: bool, shape (c,), columns that nobody may find
        counts: shape (b,), written
        hits: int16, shape (b, c), written with columns, ascending
    """
    width = codes.shape[1]
    for row in numba.prange(codes.shape[0]):
        threshold, begin, count = row_codes[row], first[row], 0
        for group in range(begin - begin % 64, width, 64):
            stop = min(group + 64, width)
            # A branch-free pass first: it compiles to a few vector instructions, and most groups hold no hit.
            hit = False
            for column in range(group, stop):
                score = _ordered(codes[row, column])
                hit |= (score >= threshold) | (score >= column_codes[column])
            if not hit:
                continue
            for column in range(max(group, begin), stop):
                score = _ordered(codes[row, column])
                if score < threshold and score < column_codes[column]:
                    continue
                if not skip[column] and column != own[row]:
                    hits[row, count] = column
                    count += 1
        counts[row] = count


@numba.njit(parallel=True, cache=True)
def score_hits(
    kind: int,
    rows: Array,
    columns: Array,
    row_norms: Floats,
    column_norms: Floats,
    counts: Positions,
    starts: Positions,
    hits: Array,
    scores: Floats,
) -> None:
    """Write the defined score of every hit of a tile, row after row, from the exact vectors of rows and columns."""
    for row in numba.prange(rows.shape[0]):
        lanes = np.empty(16, np.float64)
        for at in range(counts[row]):
            column = hits[row, at]
            if kind == 2:
                score = 0.0 - squared_distance(rows[row], columns[column], lanes)
            else:
                score = dot(rows[row], columns[column], lanes)
                if kind == 1:
                    score = score / (row_norms[row] * column_norms[column])
            scores[starts[row] + at] = score


@numba.njit
def _keep_best(positions: Array, scores: Floats, count: int, k: int) -> tuple[int, float]:
    kth = np.partition(scores[:count], count - k)[count - k]
    kept = 0
    for at in range(count):
        if scores[at] >= kth:
            scores[kept] = scores[at]
            positions[kept] = positions[at]
            kept += 1
    return kept, kth


@numba.njit
def _put(
    k: int,
    counts: Positions,
    positions: Array,
    scores: Floats,
    thresholds: Floats,
    slot: int,
    position: int,
    score: float,
) -> None:
    """Enter a candidate; where there is no room, what the k best so far beat goes, and ties with the k-th stay."""
    count = counts[slot]
    if count < 0:
        return
    capacity = positions.shape[1]
    if count == capacity:
        count, kth = _keep_best(positions[slot], scores[slot], count, k)
        # The k-th best found so far is never too high a threshold.
        thresholds[slot] = max(thresholds[slot], kth)
        counts[slot] = count
        if count > capacity - capacity // 4:
            counts[slot] = CROWDED
            return
        if score < kth:
            return
    positions[slot, count] = position
    scores[slot, count] = score
    counts[slot] = count + 1


@numba.njit(parallel=True, cache=True)
def enter_rows(
    k: int,
    codes: Array,
    row_codes: Array,
    first_column: int,
    tile_counts: Positions,
    starts: Positions,
    hits: Array,
    tile_scores: Floats,
    counts: Positions,
    positions: Array,
    scores: Floats,
    thresholds: Floats,
) -> None:
    """Enter the hits of a tile with the rows whose threshold they reach.

    Args:
        k: neighbours wanted
        codes: the tile's scores
        row_codes: ordered codes of its rows' thresholds
        first_column: corpus position of its first column
        tile_counts: hits per row
        starts: where each row's exact scores begin
        hits: columns
        tile_scores: exact scores
        counts: candidates per row, updated
        positions: corpus positions per row, updated
        scores: exact scores per row, updated
        thresholds: exact score to reach per row, raised to the k-th best found where room ran out
    """
    for row in numba.prange(len(tile_counts)):
        for at in range(tile_counts[row]):
            column = hits[row, at]
            if _ordered(codes[row, column]) >= row_codes[row]:
                score = tile_scores[starts[row] + at]
                _put(k, counts, positions, scores, thresholds, row, first_column + column, score)


@numba.njit(parallel=True, cache=True)
def enter_columns(
    k: int,
    codes: Array,
    column_codes: Array,
    row_positions: Positions,
    tile_counts: Positions,
    starts: Positions,
    hits: Array,
    tile_scores: Floats,
    counts: Positions,
    positions: Array,
    scores: Floats,
    thresholds: Floats,
) -> None:
    """The same for columns: `row_positions` are the rows' corpus positions, and a thread owns a run of columns."""
    width = codes.shape[1]
    for part in numba.prange((width + _OWNED - 1) // _OWNED):
        begin, end = part * _OWNED, min(width, (part + 1) * _OWNED)
        for row in range(len(tile_counts)):
            count = tile_counts[row]
            for at in range(np.searchsorted(hits[row, :count], begin), count):
                column = hits[row, at]
                if column >= end:
                    break
                if _ordered(codes[row, column]) >= column_codes[column]:
                    score = tile_scores[starts[row] + at]
                    _put(k, counts, positions, scores, thresholds, column, row_positions[row], score)


@numba.njit(parallel=True, cache=True)
def kth_best(k: int, counts: Positions, scores: Floats, result: Floats) -> None:
    """The k-th best exact score of each row; minus infinity where there are fewer, NaN where there was no room."""
    for row in numba.prange(len(counts)):
        count = counts[row]
        if count < 0:
            result[row] = np.nan
        elif count < k:
            result[row] = -np.inf
        else:
            result[row] = np.partition(scores[row, :count], count - k)[count - k]


@numba.njit(parallel=True, cache=True)
def by_position(
    counts: Positions,
    starts: Positions,
    positions: Array,
    scores: Floats,
    flat_positions: Positions,
    flat_scores: Floats,
) -> None:
    """Write each row's candidates ordered by position, row after row."""
    for row in numba.prange(len(counts)):
        order = np.argsort(positions[row, : counts[row]])
        for at in range(counts[row]):
            flat_positions[starts[row] + at] = positions[row, order[at]]
            flat_scores[starts[row] + at] = scores[row, order[at]]
