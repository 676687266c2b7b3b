"""Compiled loops of the exhaustive search: scores from products, the best of each query, and sums over chosen pairs."""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba
import numpy as np

from embdrift.types import Array, Floats, Positions


@numba.njit(parallel=True, cache=True)
def to_cosines(products: Array, left: Floats, right: Floats) -> None:
    """Divide products, shape (b, c), by the lengths of both sides, in float64, in place."""
    for row in numba.prange(products.shape[0]):
        for column in range(products.shape[1]):
            products[row, column] = products[row, column] / (left[row] * right[column])


@numba.njit(parallel=True, cache=True)
def to_distances(products: Array, left: Floats, right: Floats) -> None:
    """Turn products, shape (b, c), into minus squared distances, given squared lengths, in float64, in place."""
    for row in numba.prange(products.shape[0]):
        for column in range(products.shape[1]):
            products[row, column] = 2.0 * products[row, column] - left[row] - right[column]


@numba.njit(inline="always")
def _shrink(
    scores: Array, positions: Array, count: int, depth: int, limit: int, dropped: int, threshold: float
) -> tuple[int, int, float]:
    """Drop what is below the depth-th best; of too many ties with it, keep the first ones and count the rest."""
    level = np.partition(scores[:count], count - depth)[count - depth]
    if level > threshold:
        dropped = 0
    kept = 0
    above = 0
    for at in range(count):
        if scores[at] >= level:
            scores[kept] = scores[at]
            positions[kept] = positions[at]
            kept += 1
            above += scores[at] > level
    if kept - depth + dropped > limit:
        dropped += kept - depth
        wanted = depth - above
        kept_all, kept = kept, 0
        for at in range(kept_all):
            tied = scores[at] == level
            if tied:
                wanted -= 1
            if not tied or wanted >= 0:
                scores[kept] = scores[at]
                positions[kept] = positions[at]
                kept += 1
    return kept, dropped, level


@numba.njit(parallel=True, cache=True)
def collect(  # noqa: C901 (one pass over the scores, which helpers would make slower)
    block: Array,
    first: int,
    own: Positions,
    skip: Array,
    depth: int,
    limit: int,
    thresholds: Array,
    counts: Positions,
    dropped: Positions,
    scores: Array,
    positions: Array,
) -> None:
    """Add a block of scores to each query's best; blocks must come in ascending order of position.

    Args:
        block: shape (b, c), scores of b queries against c corpus rows
        first: corpus position of the first column
        own: shape (b,), corpus position that each query must not find, or -1
        skip: bool, shape (c,), columns that nobody may find
        depth: neighbours wanted
        limit: ties with the last neighbour that are listed at most; of more, only the number is kept
        thresholds: shape (b,), the depth-th best score so far, updated in place
        counts: shape (b,), candidates held, updated in place
        dropped: shape (b,), ties with the threshold that are counted but not held, updated in place
        scores: shape (b, capacity), updated in place; capacity is at least 2 (depth + limit)
        positions: shape (b, capacity), ascending among equal scores, updated in place
    """
    capacity = scores.shape[1]
    width = block.shape[1]
    for row in numba.prange(block.shape[0]):
        count = counts[row]
        threshold = thresholds[row]
        for group in range(0, width, 64):
            stop = min(group + 64, width)
            # A branch-free pass first: it compiles to a few vector instructions, and most groups hold no hit.
            hit = False
            for column in range(group, stop):
                hit |= block[row, column] >= threshold
            if not hit:
                continue
            for column in range(group, stop):
                score = block[row, column]
                if not score >= threshold or skip[column] or first + column == own[row]:
                    continue
                if dropped[row] > 0 and score == threshold:
                    dropped[row] += 1
                    continue
                if count == capacity:
                    count, dropped[row], threshold = _shrink(
                        scores[row], positions[row], count, depth, limit, dropped[row], threshold
                    )
                    if score < threshold:
                        continue
                    if dropped[row] > 0 and score == threshold:
                        dropped[row] += 1
                        continue
                scores[row, count] = score
                positions[row, count] = first + column
                count += 1
        counts[row] = count
        thresholds[row] = threshold


@numba.njit(parallel=True, cache=True)
def settle(
    depth: int,
    limit: int,
    thresholds: Array,
    counts: Positions,
    dropped: Positions,
    scores: Array,
    positions: Array,
    tied: Positions,
) -> None:
    """Order each query's candidates by (score descending, position ascending) and count who ties with the last.

    Afterwards the first `depth` of a row are its neighbours and, where `tied` is at most `limit`, the next `tied` are
    those ties. A row with fewer than `depth` candidates gets tied = -1.
    """
    for row in numba.prange(len(counts)):
        if counts[row] < depth:
            tied[row] = -1
            continue
        count, further, _ = _shrink(
            scores[row], positions[row], counts[row], depth, limit, dropped[row], thresholds[row]
        )
        order = np.argsort(-scores[row, :count], kind="mergesort")
        scores[row, :count] = scores[row, :count][order]
        positions[row, :count] = positions[row, :count][order]
        tied[row] = count - depth + further


@numba.njit(parallel=True, cache=True)
def look_up(block: Array, first: int, wanted: Array, found: Array) -> None:
    """Copy the scores of wanted corpus positions, shape (b, w), that lie in a block, into `found`."""
    width = block.shape[1]
    for row in numba.prange(wanted.shape[0]):
        for at in range(wanted.shape[1]):
            column = wanted[row, at] - first
            if 0 <= column < width:
                found[row, at] = block[row, column]


@numba.njit(parallel=True, cache=True)
def pair_sums(
    left: Array, right: Array, left_rows: Positions, right_rows: Positions, dots: Floats, sizes: Floats
) -> None:
    """For pairs of rows, the float64 sum of products and the sum of their absolute values."""
    for at in numba.prange(len(left_rows)):
        x, y = left[left_rows[at]], right[right_rows[at]]
        dot = 0.0
        size = 0.0
        for column in range(len(x)):
            product = np.float64(x[column]) * np.float64(y[column])
            dot += product
            size += abs(product)
        dots[at] = dot
        sizes[at] = size
