"""Room for the hits of rows that look for neighbours."""

from dataclasses import dataclass

import numpy as np

from embdrift.search import tiles
from embdrift.types import Array, Floats, Positions


@dataclass(frozen=True, eq=False)
class Candidates:
    """The hits of some rows so far, with their exact scores.

    Args:
        counts: shape (b,), hits held; `tiles.CROWDED` where there was no room
        positions: shape (b, capacity)
        scores: shape (b, capacity)
        thresholds: shape (b,), the exact score that a hit must reach to matter
    """

    counts: Positions
    positions: Array
    scores: Floats
    thresholds: Floats

    @classmethod
    def room(cls, thresholds: Floats, k: int, kind: type[np.int32] | type[np.int64]) -> "Candidates":
        """Room for rows with these thresholds; NaN for a row that does not look here."""
        shape = (len(thresholds), capacity(k))
        counts = np.where(np.isnan(thresholds), tiles.CROWDED, 0).astype(np.int64)
        return cls(counts, np.empty(shape, kind), np.empty(shape), thresholds.copy())

    def part(self, rows: slice | Positions) -> "Candidates":
        """The candidates of some rows."""
        return Candidates(self.counts[rows], self.positions[rows], self.scores[rows], self.thresholds[rows])

    def wanted(self) -> Floats:
        """The thresholds of rows that still look; NaN for crowded ones."""
        return np.where(self.counts < 0, np.nan, self.thresholds)

    def kth_best(self, k: int) -> Floats:
        """The k-th best score of each row; minus infinity where there are fewer, NaN where there was no room."""
        result = np.empty(len(self.counts))
        tiles.kth_best(k, self.counts, self.scores, result)
        return result

    def ordered(self) -> tuple[Positions, Positions, Floats]:
        """Where each row's candidates begin, shape (b + 1,), and all of them, by row and position, with scores."""
        starts = np.concatenate(([0], np.cumsum(self.counts))).astype(np.int64)
        positions, scores = np.empty(starts[-1], np.int64), np.empty(starts[-1])
        tiles.by_position(self.counts, starts, self.positions, self.scores, positions, scores)
        return starts, positions, scores


def capacity(k: int) -> int:
    """Candidates that a row has room for."""
    return 2 * k + k // 2 + 64


def row_bytes(k: int, kind: type[np.int32] | type[np.int64]) -> int:
    """Bytes that the candidates of a row take."""
    return capacity(k) * (8 + np.dtype(kind).itemsize)
