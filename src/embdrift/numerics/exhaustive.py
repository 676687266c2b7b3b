"""The best of every query by comparing it with the whole corpus, in the arithmetic of one cell."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.numerics.cells import Arithmetic, Cell, cell_name
from embdrift.numerics.flags import arithmetic_flags
from embdrift.numerics.kernels import collect, look_up, settle, to_cosines, to_distances
from embdrift.numerics.multiplying import products
from embdrift.numerics.rounding import keep_
from embdrift.numerics.sides import Side
from embdrift.search.ranking import concatenate
from embdrift.types import TIE_LIMIT, Array, Floats, Neighbors, Positions, Similarity

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
            depth: neighbours per query
            wanted: shape (q, w), corpus positions whose scores are wanted besides
            block_queries: queries at a time; may change scores by a rounding, since sums may run in another order
        Raises:
            InputError: when scores are not numbers, so that too few neighbours are found
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
