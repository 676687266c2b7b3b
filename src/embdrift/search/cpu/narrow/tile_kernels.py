"""Compiled loops over tiles of screened scores: which reach a threshold, what they are exactly, whom they serve.

Scores are bfloat16 numbers or sums of int8 products; `bits` tells them apart when it is compiled. Tiles run on one
thread each, several at a time.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from typing import NamedTuple

import numba
import numpy as np

from embdrift.search.cpu.narrow.bits import count_reached, lowest_bit, reaches_column, reaches_row, store_ordered
from embdrift.search.cpu.narrow.thresholds import ALWAYS, WIDTH, Bar
from embdrift.search.cpu.simd import prefetch
from embdrift.search.scores import score_of, write_sums
from embdrift.search.soundness import LANES
from embdrift.types import Array, Floats, Positions

CROWDED = -1
"""The count of a row with more candidates than there is room for."""

FOR_ROW, FOR_COLUMN = 1, 2
"""Whom a hit serves: the bits of a number."""

# Scores of which only the largest counts for a rank, where ranks are small enough not to notice.
_GROUP, _FEW = 4, 16


class Room(NamedTuple):
    """The candidates of some rows.

    Args:
        counts: shape (b,), candidates held; `CROWDED` where there is no room, or too much was entered
        entered: shape (b,), candidates entered so far
        positions: shape (b, capacity)
        scores: shape (b, capacity), exact
        thresholds: shape (b,), the exact score to reach, raised to the k-th best found where room ran out
        most: how many a row may enter: with more, the screen tells its neighbours apart too badly
    """

    counts: Positions
    entered: Positions
    positions: Array
    scores: Floats
    thresholds: Floats
    most: int


class Side(NamedTuple):
    """The rows, or the columns, of a tile.

    Args:
        vectors: shape (m, d), exact
        at: shape (b,), where each one's vector is
        norms: shape (b,)
        positions: shape (b,), corpus positions; -1 for a row that is none
        slots: shape (b,), the place of each in its room
        bar: what a score must reach; that of columns is filled up to a multiple of 32
    """

    vectors: Array
    at: Positions
    norms: Floats
    positions: Positions
    slots: Positions
    bar: Bar


Span = tuple[int, int, int]
"""The first column, the one after the last, and the position that a row must not find."""

Hits = tuple[Positions, Positions]
"""Columns, and whom each serves."""


@numba.njit(nogil=True, cache=True)
def rank_codes(
    flat: Array, width: int, row_bar: Bar, column_bar: Bar, ranks: Positions, more: Positions, result: Array
) -> None:
    """For each row and rank r, a score that the r-th largest reaches: itself, or just below it where r is small.

    Args:
        flat: scores, row by row, then at least thirty-two more numbers
        width: scores of a row
        row_bar: of the rows
        column_bar: of the columns
        ranks: shape (m,)
        more: shape (b,), added to the row's ranks; what goes beyond the row's scores means its least
        result: int16, shape (b, m), written with ordered codes, of int8 products in units of the row's scale
    """
    padded = -(-width // (_GROUP * WIDTH)) * WIDTH
    every = np.full(_GROUP * padded, ALWAYS, np.int16)
    largest = np.empty(padded, np.int16)
    for row in range(len(result)):
        for at in range(0, width, WIDTH):
            store_ordered(flat, row * width + at, row_bar, row, column_bar, at, every, at)
        every[width:] = ALWAYS
        for at in range(padded):
            largest[at] = max(every[at], every[at + padded], every[at + 2 * padded], every[at + 3 * padded])
        for at in range(len(ranks)):
            rank = min(width, ranks[at] + more[row])
            result[row, at] = _ranked(largest if rank * _FEW <= padded else every, rank)


@numba.njit(nogil=True)
def _ranked(codes: Array, rank: int) -> int:
    """The rank-th largest of some codes, found bit by bit."""
    low, high = -32768, 32768
    while high - low > 1:
        middle = (low + high) // 2
        count = 0
        for at in range(0, len(codes), WIDTH):
            count += count_reached(codes, at, np.int16(middle))
        if count >= rank:
            low = middle
        else:
            high = middle
    return low


@numba.njit(nogil=True)
def _keep_best(positions: Array, scores: Floats, count: int, k: int) -> tuple[int, float]:
    kth = np.partition(scores[:count], count - k)[count - k]
    kept = 0
    for at in range(count):
        if scores[at] >= kth:
            scores[kept] = scores[at]
            positions[kept] = positions[at]
            kept += 1
    return kept, kth


@numba.njit(nogil=True)
def _make_room(k: int, room: Room, slot: int) -> bool:
    """Drop what the k best so far beat, ties with the k-th excepted; False where that leaves too little room."""
    capacity = room.positions.shape[1]
    count, kth = _keep_best(room.positions[slot], room.scores[slot], capacity, k)
    # The k-th best found so far is never too high a threshold.
    room.thresholds[slot] = max(room.thresholds[slot], kth)
    crowded = count > capacity - capacity // 4
    room.counts[slot] = CROWDED if crowded else count
    return not crowded


@numba.njit(nogil=True, inline="always")
def _put(k: int, room: Room, slot: int, position: int, score: float) -> None:
    count = room.counts[slot]
    if count == room.positions.shape[1]:
        if not _make_room(k, room, slot) or score < room.thresholds[slot]:
            return
        count = room.counts[slot]
    if count >= 0:
        room.entered[slot] += 1
        if room.entered[slot] > room.most:
            room.counts[slot] = CROWDED
            return
        room.positions[slot, count] = position
        room.scores[slot, count] = score
        room.counts[slot] = count + 1


@numba.njit(nogil=True, inline="always")
def _expect(room: Room, slot: int) -> None:
    """Bring near what entering a candidate will write: memory takes as long as scoring it."""
    place = min(max(room.counts[slot], 0), room.positions.shape[1] - 1)
    prefetch(room.positions, slot, place)
    prefetch(room.scores, slot, place)


@numba.njit(nogil=True, inline="always")
def _hits(
    flat: Array, base: int, bars: tuple[Bar, Bar], row: int, looks: bool, seen: Positions, span: Span, hits: Hits
) -> int:
    """List the columns of a span whose score reaches their own bar, or the row's where it looks, but not `own`."""
    begin, stop, own = span
    count = 0
    for group in range(begin - begin % WIDTH, stop, WIDTH):
        theirs = reaches_column(flat, base + group, bars[0], row, bars[1], group)
        mine = reaches_row(flat, base + group, bars[0], row, bars[1], group) if looks else np.uint32(0)
        word = theirs | mine
        while word != 0:
            bit = lowest_bit(word)
            word &= word - np.uint32(1)
            column = group + bit
            if begin <= column < stop and seen[column] != own:
                hits[0][count] = column
                hits[1][count] = ((mine >> bit) & 1) * FOR_ROW + ((theirs >> bit) & 1) * FOR_COLUMN
                count += 1
    return count


@numba.njit(nogil=True, cache=True)
def look(
    kind: int,
    k: int,
    flat: Array,
    width: int,
    start: int,
    above: bool,
    rows: Side,
    row_room: Room,
    columns: Side,
    column_room: Room,
) -> None:
    """Find the hits of a tile, score them exactly, and enter them with the rows and columns whose bars they reach.

    Args:
        kind: how vectors are compared
        k: neighbours wanted
        flat: scores, row by row, then at least thirty-two more numbers
        width: scores of a row
        start: which of them belongs to the first column
        above: whether rows and columns are the same, and only columns after the row count
        rows: the rows
        row_room: what they have found
        columns: the columns
        column_room: what they have found
    """
    d = rows.vectors.shape[1]
    stop = len(columns.at)
    bars = (rows.bar, columns.bar)
    x = np.zeros(-(-d // LANES) * LANES)
    places, sums = np.empty(stop, np.int64), np.empty(stop)
    hits = (np.empty(stop, np.int64), np.empty(stop, np.int64))
    for row in range(len(rows.at)):
        slot, base = rows.slots[row], row * width + start
        span = (row + 1 if above else 0, stop, rows.positions[row])
        looks = row_room.counts[slot] >= 0
        count = _hits(flat, base, bars, row, looks, columns.positions, span, hits)
        if looks and count > row_room.most:
            # So many are not worth their exact scores, but to columns that want them.
            row_room.counts[slot] = CROWDED
            count = _hits(flat, base, bars, row, False, columns.positions, span, hits)
        if count == 0:
            continue
        vector = rows.vectors[rows.at[row]]
        for at in range(d):
            x[at] = vector[at]
        _expect(row_room, slot)
        for at in range(count):
            column = hits[0][at]
            places[at] = columns.at[column]
            if hits[1][at] & FOR_COLUMN:
                _expect(column_room, columns.slots[column])
        write_sums(kind, x, columns.vectors, places, 0, count, sums)
        for at in range(count):
            column = hits[0][at]
            score = score_of(kind, sums[at], rows.norms[row], columns.norms[column])
            if hits[1][at] & FOR_ROW:
                _put(k, row_room, slot, columns.positions[column], score)
            if hits[1][at] & FOR_COLUMN:
                _put(k, column_room, columns.slots[column], rows.positions[row], score)


@numba.njit(parallel=True, nogil=True, cache=True)
def settle(k: int, rows: Positions, counts: Positions, positions: Array, scores: Floats, result: Floats) -> None:
    """The k-th best exact score of each row, and nothing kept that it beats.

    Args:
        k: neighbours wanted
        rows: shape (b,), places in the room
        counts: as in `Room`, updated
        positions: as in `Room`, updated
        scores: as in `Room`, updated
        result: shape (b,), written; minus infinity where there are fewer, NaN where there was no room
    """
    for at in numba.prange(len(rows)):
        row = rows[at]
        if counts[row] < 0:
            result[at] = np.nan
        elif counts[row] < k:
            result[at] = -np.inf
        else:
            kept, kth = _keep_best(positions[row], scores[row], counts[row], k)
            counts[row] = kept
            result[at] = kth


@numba.njit(parallel=True, nogil=True, cache=True)
def by_position(
    rows: Positions,
    counts: Positions,
    positions: Array,
    scores: Floats,
    starts: Positions,
    flat_positions: Positions,
    flat_scores: Floats,
) -> None:
    """Write each row's candidates ordered by position, row after row."""
    for at in numba.prange(len(rows)):
        row = rows[at]
        order = np.argsort(positions[row, : counts[row]])
        for place in range(counts[row]):
            flat_positions[starts[at] + place] = positions[row, order[place]]
            flat_scores[starts[at] + place] = scores[row, order[place]]
