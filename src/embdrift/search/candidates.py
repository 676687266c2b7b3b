"""Room for the hits of rows that look for neighbours."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embdrift.search import tiles
from embdrift.search.task import SearchTask
from embdrift.types import Array, Floats, Positions

# A row may enter several times as many hits as it wants neighbours; in large corpora, where any other way to its
# neighbours takes longer, as many as this share of all items.
_SCORED_SHARE = 128


@dataclass(frozen=True, eq=False)
class Candidates:
    """The hits of some rows so far, with their exact scores.

    Args:
        counts: shape (b,), hits held; `tiles.CROWDED` where there was no room, or there were too many
        entered: shape (b,), hits so far
        positions: shape (b, capacity)
        scores: shape (b, capacity)
        thresholds: shape (b,), the exact score that a hit must reach to matter
        most: hits that a row may have before it counts as crowded
    """

    counts: Positions
    entered: Positions
    positions: Array
    scores: Floats
    thresholds: Floats
    most: int

    @classmethod
    def for_rows(cls, thresholds: Floats, task: SearchTask) -> "Candidates":
        """Room for rows of a search with these thresholds; NaN for a row that does not look here."""
        shape = (len(thresholds), capacity(task.k))
        most = max(10 * task.k + 256, len(task.corpus) // _SCORED_SHARE)
        counts = np.where(np.isnan(thresholds), tiles.CROWDED, 0).astype(np.int64)
        entered, positions = np.zeros(len(counts), np.int64), np.empty(shape, task.position_type)
        return cls(counts, entered, positions, np.empty(shape), thresholds.copy(), most)

    def part(self, rows: slice) -> "Candidates":
        """The candidates of some rows."""
        return Candidates(
            self.counts[rows],
            self.entered[rows],
            self.positions[rows],
            self.scores[rows],
            self.thresholds[rows],
            self.most,
        )

    @cached_property
    def room(self) -> tiles.Room:
        """The same for compiled loops."""
        return tiles.Room(self.counts, self.entered, self.positions, self.scores, self.thresholds, self.most)

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
    return 2 * k + k // 2 + 32


def row_bytes(k: int, kind: type[np.int32] | type[np.int64]) -> int:
    """Bytes that the candidates of a row take."""
    return capacity(k) * (8 + np.dtype(kind).itemsize)
