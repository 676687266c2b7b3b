"""Room for the hits of rows that look for neighbours."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embdrift.search import tiles
from embdrift.types import Array, Floats, Positions


@dataclass(frozen=True, eq=False)
class Candidates:
    """The hits of some rows so far, with their exact scores.

    Args:
        counts: shape (b,), hits held; `tiles.CROWDED` where there was no room, or there were too many
        entered: shape (b,), hits so far
        positions: shape (b, capacity)
        scores: shape (b, capacity)
        thresholds: shape (b,), the exact score that a hit must reach to matter
    """

    counts: Positions
    entered: Positions
    positions: Array
    scores: Floats
    thresholds: Floats

    @classmethod
    def for_rows(cls, thresholds: Floats, k: int, kind: type[np.int32] | type[np.int64]) -> "Candidates":
        """Room for rows with these thresholds; NaN for a row that does not look here."""
        shape = (len(thresholds), capacity(k))
        counts = np.where(np.isnan(thresholds), tiles.CROWDED, 0).astype(np.int64)
        return cls(counts, np.zeros(len(counts), np.int64), np.empty(shape, kind), np.empty(shape), thresholds.copy())

    def part(self, rows: slice) -> "Candidates":
        """The candidates of some rows."""
        return Candidates(
            self.counts[rows],
            self.entered[rows],
            self.positions[rows],
            self.scores[rows],
            self.thresholds[rows],
        )

    @cached_property
    def room(self) -> tiles.Room:
        """The same for compiled loops."""
        return tiles.Room(self.counts, self.entered, self.positions, self.scores, self.thresholds)

    def let_look(self, rows: Positions, thresholds: Floats) -> None:
        """Give rows that did not look a threshold; NaN where they still do not."""
        self.thresholds[rows] = thresholds
        self.counts[rows] = np.where(np.isnan(thresholds), tiles.CROWDED, 0)

    def wanted(self, rows: Positions) -> Floats:
        """The thresholds of rows; NaN for crowded ones."""
        return np.where(self.counts[rows] < 0, np.nan, self.thresholds[rows])

    def settled(self, rows: Positions, k: int) -> Floats:
        """The k-th best score of rows, which keep nothing worse.

        It is minus infinity where there are fewer, NaN where there was no room.
        """
        result = np.empty(len(rows))
        tiles.settle(k, rows, self.counts, self.positions, self.scores, result)
        return result

    def ordered(self, rows: Positions) -> tuple[Positions, Positions, Floats]:
        """Where each row's candidates begin, shape (b + 1,), and all of them, by row and position, with scores."""
        starts = np.concatenate(([0], np.cumsum(self.counts[rows]))).astype(np.int64)
        positions, scores = np.empty(starts[-1], np.int64), np.empty(starts[-1])
        tiles.by_position(rows, self.counts, self.positions, self.scores, starts, positions, scores)
        return starts, positions, scores


def capacity(k: int) -> int:
    """Candidates that a row has room for."""
    return 2 * k + k // 2 + 64


def row_bytes(k: int, kind: type[np.int32] | type[np.int64]) -> int:
    """Bytes that the candidates of a row take."""
    return capacity(k) * (8 + np.dtype(kind).itemsize)
