"""Exhaustive search in the arithmetic of a precision configuration, ties included."""

from dataclasses import dataclass

import numba
import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.numerics.arithmetic import Side, arithmetic_flags, keep_, products
from embdrift.numerics.cells import Arithmetic, Cell, cell_name
from embdrift.search.assembly import concatenate
from embdrift.types import TIE_LIMIT, Array, Floats, Neighbors, Positions, Similarity

# ruff: noqa: PLR0917 (compiled functions take their arguments by position)


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
        depth: neighbors wanted
        limit: ties with the last neighbor that are listed at most; of more, only the number is kept
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

    Afterwards the first `depth` of a row are its neighbors and, where `tied` is at most `limit`, the next `tied` are
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


BLOCK_QUERIES = 1024
BLOCK_CORPUS = 8192


@dataclass(frozen=True, eq=False)
class Listed:
    """What an exhaustive search found.

    Args:
        neighbors: the best of each query by (score descending, position ascending), scores as they are kept
        looked_up: shape (q, w), the scores of the pairs asked for
    """

    neighbors: Neighbors
    looked_up: Floats


@dataclass(frozen=True, eq=False)
class Exhaustive:
    """One search in the arithmetic of a cell.

    Args:
        cell: how scores are computed and kept
        similarity: how vectors are compared; raw codes are compared by their inner product where it is the cosine
        corpus: the corpus
        queries: the queries, which may be the corpus
        skip: bool, shape (n,), True for corpus rows that nobody may find
        device: where products are computed
    """

    cell: Cell
    similarity: Similarity
    corpus: Side
    queries: Side
    skip: Array
    device: torch.device

    def search(
        self,
        rows: Positions,
        own: Positions,
        depth: int,
        *,
        wanted: Positions | None = None,
        block_queries: int = BLOCK_QUERIES,
    ) -> Listed:
        """Compare some queries with the whole corpus.

        Args:
            rows: shape (q,), the queries that search
            own: shape (q,), the corpus position that each must not find, or -1
            depth: neighbors per query
            wanted: shape (q, w), corpus positions whose scores are wanted besides
            block_queries: queries at a time; may change scores by a rounding, since sums may run in another order
        Raises:
            InputError: when scores are not numbers, so that too few neighbors are found
        """
        wanted = np.empty((len(rows), 0), np.int64) if wanted is None else wanted
        with arithmetic_flags(self.cell.arithmetic):
            parts = [
                self._block(rows[start : start + block_queries], own[start : start + block_queries], depth,
                            wanted[start : start + block_queries])
                for start in range(0, len(rows), block_queries)
            ]  # fmt: skip
        return Listed(
            concatenate([part.neighbors for part in parts]), np.concatenate([part.looked_up for part in parts])
        )

    def scores(self, rows: Positions, block: slice) -> Array:
        """Kept scores of some queries against a block of the corpus, shape (b, c); call inside `arithmetic_flags`."""
        left = self.queries.operand(torch.from_numpy(rows)).to(self.device)
        right = self.corpus.operand(block).to(self.device)
        found = products(left, right, self.cell.arithmetic).cpu()
        self._finish(found.numpy(), self.queries.norms[rows], self.corpus.norms[block])
        kept: Array = keep_(found, self.cell.kept).numpy()
        return kept

    def _finish(self, found: Array, left: Floats, right: Floats) -> None:
        if self.similarity is Similarity.l2:
            to_distances(found, left**2, right**2)
        elif self.similarity is Similarity.cosine and self.cell.arithmetic is not Arithmetic.codes:
            # rows without a length are those that nobody may find
            to_cosines(found, np.where(left > 0, left, 1.0), np.where(right > 0, right, 1.0))

    def _block(self, rows: Positions, own: Positions, depth: int, wanted: Positions) -> Listed:
        b, limit = len(rows), TIE_LIMIT
        looked_up = np.full(wanted.shape, np.nan)
        state: tuple[Array, ...] = ()
        for start in range(0, len(self.corpus), BLOCK_CORPUS):
            stop = min(start + BLOCK_CORPUS, len(self.corpus))
            block = self.scores(rows, slice(start, stop))
            state = state or _empty(b, 2 * (depth + limit), block.dtype)
            collect(block, start, own, self.skip[start:stop], depth, limit, *state)
            look_up(block, start, wanted, looked_up)
        thresholds, counts, dropped, scores, positions = state
        tied = np.empty(b, np.int64)
        settle(depth, limit, thresholds, counts, dropped, scores, positions, tied)
        if (tied < 0).any():
            raise InputError(
                f"precision cell {cell_name(self.cell)!r}: {int((tied < 0).sum())} queries have scores that are not"
                " numbers; choose a format with a wider range"
            )
        return Listed(_neighbors(scores, positions, tied, depth, self._findable(own)), looked_up)

    def _findable(self, own: Positions) -> int:
        return int((~self.skip).sum()) - int(bool((own >= 0).any()))


def _empty(b: int, capacity: int, dtype: np.dtype[np.float32]) -> tuple[Array, ...]:
    return (
        np.full(b, -np.inf, dtype),
        np.zeros(b, np.int64),
        np.zeros(b, np.int64),
        np.empty((b, capacity), dtype),
        np.empty((b, capacity), np.int64),
    )


def _neighbors(scores: Array, positions: Array, tied: Positions, depth: int, n_corpus: int) -> Neighbors:
    listed = np.where(tied > TIE_LIMIT, 0, tied)
    starts = np.concatenate(([0], np.cumsum(listed)))
    inside = np.arange(starts[-1]) - np.repeat(starts[:-1], listed)
    rows = np.repeat(np.arange(len(tied)), listed)
    return Neighbors(
        positions=positions[:, :depth].copy(),
        scores=scores[:, :depth].astype(np.float64),
        tied_beyond=tied,
        tie_starts=starts,
        tie_positions=positions[rows, depth + inside],
        n_corpus=n_corpus,
    )
