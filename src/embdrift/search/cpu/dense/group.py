"""A group of rows screened around its centre, in float32; see `centred` for the arithmetic and its bound."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import torch

from embdrift.search.cpu.dense.reach import best
from embdrift.search.cpu.dense.recentered import SLACK, UNIT, UNIT64, Centre, Columns, Rows, column_points
from embdrift.search.cpu.float32 import BLOCK
from embdrift.search.cpu.kernels import collect, finish
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import cut, rows_at_once
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Positions

# Columns much longer than all others would spoil the bound: so many are scored by everyone instead.
_MOST_LONG = 32
# Powers of two beyond these leave float64's range where two of them meet.
_FINEST = 500
_LARGEST = 2.0**60


class Around:
    """Rows and columns around a centre.

    Args:
        prepared: what is searched
        centre: what they lie around
        rows: the rows
        positions: corpus positions, ascending: all that can be among the best k of a row, or tie with the last
    """

    def __init__(self, prepared: Prepared, centre: Centre, rows: Rows, positions: Positions) -> None:
        self._prepared, self._centre, self._rows = prepared, centre, rows
        measured = self._measured(positions)
        kept = self._reachable(measured)
        self.positions = positions[kept]
        self._columns = measured.take(kept)
        self._split()

    def _measured(self, positions: Positions) -> Columns:
        parts = [self._centre.columns(points)[1] for _, points in self._blocks(positions)]
        fields = ("lengths", "bias", "sizes")
        return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))

    def _blocks(self, positions: Positions) -> Iterator[tuple[int, Floats]]:
        begin = 0
        for part in cut(positions, rows_at_once(len(self._centre.point), BLOCK)):
            wide = wide_rows(self._prepared.task.corpus, part)
            yield begin, column_points(self._prepared, wide, self._prepared.corpus_norms[part])
            begin += len(part)

    def _reachable(self, columns: Columns) -> Array:
        reach = self._reach(columns)
        return np.asarray(columns.bias + reach >= best(columns.bias - reach, self._prepared.task.k + 1).min())

    def _reach(self, columns: Columns) -> Floats:
        """How far scores of any row may be from a column's bias."""
        error = self._centre.rounded64(self._rows, columns.lengths.max(), columns.sizes.max()).max()
        d = len(self._centre.point)
        return np.asarray((1 + d * UNIT64) * self._rows.lengths.max() * columns.lengths + 2 * error)

    def _split(self) -> None:
        """Set apart what is too long, and choose what biases are counted from and where they end."""
        sizes, k = self._columns.sizes, self._prepared.task.k
        self._is_long = np.zeros(len(sizes), np.bool_)
        if self._centre.perpendicular and len(sizes) > _MOST_LONG + k + 1:
            self._is_long = sizes > 2 * best(sizes, _MOST_LONG + 1).min()
        self._screened = self._columns.take(~self._is_long)
        reach = self._reach(self._screened)
        bias = self._screened.bias
        self._from = float(best(bias - reach, k + 1).min())
        self._to = float(best(bias + reach, k).min() + reach.max())

    @property
    def unit(self) -> float:
        """What a score changes by, at most, where a row moves by the square root of two (but for its square)."""
        return float(self._screened.sizes.max()) if self._centre.perpendicular else 1.0

    @property
    def spread(self) -> float:
        """How far apart the scores of a row can be."""
        bias = self._screened.bias
        products = 2 * self._rows.lengths.max() * self._screened.lengths.max()
        return float(min(bias.max(), self._to) - bias.min() + products)

    @cached_property
    def _powers(self) -> tuple[float, float]:
        """What rows and columns are multiplied by."""
        sizes = (self._rows.lengths.max(), self._screened.lengths.max())
        left, right = (float(2.0 ** np.clip(-np.frexp(size)[1], -_FINEST, _FINEST)) for size in sizes)
        return left, right

    @cached_property
    def _biases(self) -> Array:
        """The biases b in the units of the products, float32, counted from about the k-th best score."""
        shifted = np.minimum(self._screened.bias, self._to) - self._from
        with np.errstate(over="ignore"):
            return np.asarray((shifted * self._powers[0] * self._powers[1]).astype(np.float32))

    @cached_property
    def _margins(self) -> Floats:
        """Twice the bound on the error of each row's screened scores, in the units of the products."""
        (left, right), d = self._powers, len(self._centre.point)
        products = self._rows.lengths * left * self._screened.lengths.max() * right
        gamma = d * UNIT / (1 - d * UNIT)
        bound = (2 * UNIT + gamma) * products + 2 * UNIT * (products + float(np.abs(self._biases).max()))
        exact = self._centre.rounded64(self._rows, self._screened.lengths.max(), self._screened.sizes.max())
        return np.asarray(2 * (SLACK * bound + d * 2.0**-124 + exact * left * right))

    @property
    def margins(self) -> Floats:
        """The same in the units of g."""
        return self._margins / self._powers[0] / self._powers[1]

    def candidates(self, own: Positions) -> list[Positions | None]:
        """All that can be among the best k of each row or tie with the last; None where they are too many.

        Args:
            own: shape (b,), the corpus position that each must not find, or -1
        """
        long, others = self.positions[self._is_long], self.positions[~self._is_long]
        counts, places = self._screen(others, own)
        lists: list[Positions | None] = []
        for row, count in enumerate(counts):
            mine = np.union1d(others[places[row, :count]], long[long != own[row]]) if count >= 0 else None
            lists.append(mine)
        return lists

    def _screen(self, positions: Positions, own: Positions) -> tuple[Positions, Array]:
        """How many candidates each row has (-1: too many), and their places among `positions`."""
        task, b = self._prepared.task, len(own)
        capacity = min(4 * task.k + 256, len(positions))
        counts = np.where(self._margins < _LARGEST, 0, -1)
        thresholds = np.full(b, -np.inf, np.float32)
        scores, places = np.empty((b, capacity), np.float32), np.empty((b, capacity), task.position_type)
        mine = np.minimum(np.searchsorted(positions, own), len(positions) - 1)
        mine = np.where(positions[mine] == own, mine, -1)
        for first, screened in self._products(positions):
            skip = np.zeros(screened.shape[1], np.bool_)
            collect(screened, first, mine, skip, task.k, self._margins, thresholds, counts, scores, places)
            if (counts < 0).all():
                break
        finish(task.k, self._margins, counts, scores, places)
        return counts, places

    def _products(self, positions: Positions) -> Iterator[tuple[int, Array]]:
        """Screened scores, float32, of all rows with a block of columns after the other."""
        left, right = self._powers
        rows = torch.from_numpy((self._rows.differences * left).astype(np.float32))
        for first, points in self._blocks(positions):
            columns = torch.from_numpy((self._centre.columns(points)[0] * right).astype(np.float32))
            screened = (rows @ columns.T).numpy()
            screened += self._biases[first : first + len(points)]
            yield first, screened
