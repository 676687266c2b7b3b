"""The compiled inner loops: rows of two neighbor tables, matched and counted in integers.

Everything that depends on which items two tables share is counted in integers and turned into a float once, at the
end. So no value depends on the order in which tied items are listed, on the block size or on the number of threads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class Rows(NamedTuple):
    """Some rows of one neighbor table, in the types that the kernels are compiled for.

    Args:
        positions: shape (q, depth)
        scores: shape (q, depth), best first
        beyond: shape (q,), further items that score as much as the last one listed
        starts: shape (q + 1,), where each row's share of `extra` begins
        extra: those further items, where they are listed
    """

    positions: Longs
    scores: Floats
    beyond: Longs
    starts: Longs
    extra: Longs


@njit(cache=True)
def _top(rows: Rows, i: int, k: int) -> tuple[Longs, Longs, Longs, int]:
    """All items that can be among the first k of row i, each with the ranks that its tie group takes.

    Returns:
        items; `above`, how many items score higher; `last`, the last rank of the group, so that it takes the ranks
        above + 1 ... last; and the greatest depth up to which the members of every group are known
    """
    scores = rows.scores[i]
    depth = len(scores)
    stop = k
    while stop < depth and scores[stop] == scores[k - 1]:
        stop += 1
    extra = rows.extra[rows.starts[i] : rows.starts[i + 1]] if stop == depth else rows.extra[:0]
    items = np.concatenate((rows.positions[i, :stop], extra))
    above = np.empty(len(items), np.int64)
    last = np.empty(len(items), np.int64)
    known = depth
    start = 0
    while start < stop:
        end = start + 1
        while end < stop and scores[end] == scores[start]:
            end += 1
        above[start:end] = start
        last[start:end] = end
        if end == depth:
            above[start:] = start
            last[start:] = depth + rows.beyond[i]
            if rows.beyond[i] > rows.starts[i + 1] - rows.starts[i]:
                known = start
        start = end
    return items, above, last, known


@njit(cache=True)
def _find(sorted_items: Longs, item: int) -> int:
    """Where `item` stands in `sorted_items`, or -1."""
    place = np.searchsorted(sorted_items, item)
    if place < len(sorted_items) and sorted_items[place] == item:
        return int(place)
    return -1


@njit(cache=True)
def _add(steps: Longs, first: int, last: int) -> None:
    """Count one more at the depths first ... last; `steps` holds differences between neighboring depths."""
    last = min(last, len(steps) - 2)
    if first <= last:
        steps[first] += 1
        steps[last + 1] -= 1


@njit(cache=True)
def _overlap_row(a: Rows, b: Rows, i: int, out: Floats) -> None:
    """Write row i's overlap at the depths 1 ... len(out).

    At depth d an item whose tie group takes the ranks above + 1 ... last is surely in where last < d, and tied for the
    last places where above < d <= last. So each shared item adds 1 to one of four counts over a range of depths, and
    one pass over differences gives the counts at all depths.
    """
    k = len(out)
    a_items, a_above, a_last, a_known = _top(a, i, k)
    b_items, b_above, b_last, b_known = _top(b, i, k)
    order = np.argsort(b_items)
    b_sorted = b_items[order]
    steps = np.zeros((4, k + 2), np.int64)  # above in both, tied in a, tied in b, tied in both
    for x in range(len(a_items)):
        place = _find(b_sorted, a_items[x])
        if place >= 0:
            y = order[place]
            _add(steps[0], max(a_last[x], b_last[y]) + 1, k)
            _add(steps[1], max(a_above[x], b_last[y]) + 1, a_last[x])
            _add(steps[2], max(a_last[x], b_above[y]) + 1, b_last[y])
            _add(steps[3], max(a_above[x], b_above[y]) + 1, min(a_last[x], b_last[y]))
    counts = np.zeros(4, np.int64)
    for d in range(1, k + 1):
        counts += steps[:, d]
        if d > a_known or d > b_known:
            out[d - 1] = np.nan
            continue
        a_size, b_size = a_last[d - 1] - a_above[d - 1], b_last[d - 1] - b_above[d - 1]
        a_places, b_places = d - a_above[d - 1], d - b_above[d - 1]
        # sum(pA pB), sum(pA^2) and sum(pB^2), each times the group sizes, so that all stay whole numbers
        shared = counts[0] * a_size * b_size + counts[3] * a_places * b_places
        shared += counts[1] * a_places * b_size + counts[2] * b_places * a_size
        a_norm = (a_above[d - 1] * a_size + a_places * a_places) * a_size
        b_norm = (b_above[d - 1] * b_size + b_places * b_places) * b_size
        # the root of a float's square is that float: a row against itself gives exactly 1
        out[d - 1] = float(shared) / np.sqrt(float(a_norm) * float(b_norm))


@njit(parallel=True, cache=True)
def overlap_rows(a: Rows, b: Rows, out: Floats) -> None:
    """Fill `out`, shape (q, k), with the overlap of each row at every depth 1 ... k; NaN where ties are not listed."""
    for i in prange(len(out)):
        _overlap_row(a, b, i, out[i])


@njit(cache=True)
def _displacement_row(a: Rows, b: Rows, i: int, k: int) -> tuple[float, float]:
    """How far the top k of row i moved, in ranks, and which share of it is gone."""
    if np.isnan(a.scores[i, k - 1]):  # there are not k old neighbors to follow
        return np.nan, np.nan
    depth = b.positions.shape[1]
    a_items, a_above, a_last, a_known = _top(a, i, k)
    b_items, b_above, b_last, b_known = _top(b, i, depth)
    order = np.argsort(a_items)
    a_sorted = a_items[order]
    twice_new = np.zeros(len(a_items), np.int64)  # 0: not found
    for y in range(len(b_items)):
        place = _find(a_sorted, b_items[y])
        # of a group too large to be listed, which members are listed follows the order of rows in a file
        if place >= 0 and b_above[y] < b_known:
            twice_new[order[place]] = b_above[y] + b_last[y] + 1
    # [:, 0]: items surely in the top k; [:, 1]: those tied for its last places
    moved = np.zeros(2, np.int64)
    lost = np.zeros(2, np.int64)
    for x in range(len(a_items)):
        tied = 1 if a_last[x] > k else 0
        twice_old = a_above[x] + a_last[x] + 1
        if twice_new[x] == 0:
            lost[tied] += 1
            moved[tied] += abs(2 * (depth + b.beyond[i] + 1) - twice_old)
        else:
            moved[tied] += abs(twice_new[x] - twice_old)
    if k > a_known or (b_known < depth and lost[0] + lost[1] > 0):
        return np.nan, np.nan
    size, places = a_last[k - 1] - a_above[k - 1], k - a_above[k - 1]
    moved_total = float(moved[0] * size + moved[1] * places) / float(2 * size * k)
    lost_total = float(lost[0] * size + lost[1] * places) / float(size * k)
    return moved_total, lost_total


@njit(parallel=True, cache=True)
def displacement_rows(a: Rows, b: Rows, k: int, moved: Floats, lost: Floats) -> None:
    """Fill `moved` and `lost`, shape (q,), for the top k of each row of `a` looked up in all of `b`."""
    for i in prange(len(moved)):
        moved[i], lost[i] = _displacement_row(a, b, i, k)


@njit(parallel=True, cache=True)
def rank_rows(a: Rows, b: Rows, out: NDArray[np.int32]) -> None:
    """Fill `out`, shape (q, k), with the 1-based place in `b` of each of the first k of `a`; depth of b + 1: none."""
    k = out.shape[1]
    depth = b.positions.shape[1]
    for i in prange(len(out)):
        order = np.argsort(a.positions[i, :k])
        a_sorted = a.positions[i, :k][order]
        out[i] = depth + 1
        for y in range(depth):
            place = _find(a_sorted, b.positions[i, y])
            if place >= 0:
                out[i, order[place]] = y + 1


@njit(cache=True)
def occurrence_rows(rows: Rows, k: int, counts: Floats) -> None:
    """Add to `counts`, shape (n,), each row's chance of holding item j among its first k; skip rows not known to k."""
    for i in range(len(rows.positions)):
        items, above, last, known = _top(rows, i, k)
        if k > known:
            continue
        for x in range(len(items)):
            if items[x] < 0:
                continue
            if last[x] <= k:
                counts[items[x]] += 1.0
            else:
                counts[items[x]] += (k - above[x]) / (last[x] - above[x])
