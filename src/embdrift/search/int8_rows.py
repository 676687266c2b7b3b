"""Rows in int8: products twice as fast as in bfloat16, with sums that lose nothing, and a coarser rounding.

A row is turned (see `int8_rounding`) and rounded to multiples of a scale of its own, s = largest component / 127. The
sum I of products is exact in int32 for up to 2^17 dimensions, and stands for the score s_i s_j I, less half of each
squared norm for L2. Comparing that with thresholds takes float32, with a few roundings of at most 2^-24 of the numbers
involved each: E = 2^-20 is more than they lose together.

What a pair's score may be off by (see `low_rows`) is added to it when it is compared, as r_i ||y_j|| + ||x~_i|| g_j
with g_j = r_j + E ||y~_j||: a few long vectors, or a few badly rounded ones, are nobody's matter but their own. What E
takes for L2 goes into the halves.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import torch

from embdrift.search.bars import ColumnLevels, RowLevels, filled_up
from embdrift.search.bfloat16_rows import values_of
from embdrift.search.figures import NORM, RESIDUAL, ROUNDED
from embdrift.search.int8_rounding import turn_and_round, turn_for
from embdrift.search.low_rows import SLACK, TINY, LowRows
from embdrift.types import Array, Floats, Positions, Similarity

MOST_DIMENSIONS = 2**17
# torch 2.13 leaves products of rows of one column unwritten.
_LEAST_COLUMNS = 2


@dataclass(frozen=True, eq=False)
class Int8Rows(LowRows):
    """Rows turned and rounded to int8.

    Args:
        scales: float32, shape (b,), what a unit of each row's values stands for
    """

    scales: Array

    @cached_property
    def _halves(self) -> Floats:
        return self.figures[NORM] ** 2 / 2 if self.similarity is Similarity.l2 else np.zeros(len(self.scales))

    @cached_property
    def _lost(self) -> Floats:
        """What comparing may lose for the squared norms of L2, shape (b,)."""
        return (self.lost_in_sums + 2.0**-23) * SLACK * self._halves

    @cached_property
    def _errors(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The bound of a pair is `residuals * norms' + lengths * errors'`, primes for the other row's, each (b,)."""
        norms, lengths, residuals = self.figures[NORM], self.figures[ROUNDED], self.figures[RESIDUAL]
        errors = residuals + TINY + self.lost_in_sums * lengths
        return (residuals + TINY) * SLACK, norms, lengths * SLACK, errors

    def part(self, chosen: slice | Positions) -> Self:
        """See `LowRows`."""
        return replace(super().part(chosen), scales=self.scales[chosen])

    def joined(self, others: list[Self]) -> Self:
        """See `LowRows`."""
        return replace(super().joined(others), scales=np.concatenate([part.scales for part in (self, *others)]))

    @property
    def product_type(self) -> torch.dtype:
        """See `LowRows`."""
        return torch.int32

    def multiply(self, right: torch.Tensor, products: torch.Tensor) -> None:
        """See `LowRows`."""
        torch._int_mm(self.values, right.T, out=products)

    @staticmethod
    def bits_of(products: torch.Tensor) -> Array:
        """See `LowRows`."""
        return products.numpy()

    @property
    def lost_in_sums(self) -> float:
        """See `LowRows`."""
        return 2.0**-20

    @property
    def guesses_above(self) -> float:
        """See `LowRows`."""
        return 0.0

    def row_bar(self, thresholds: Floats, columns: "Int8Rows") -> RowLevels:
        """See `LowRows`."""
        inverses = 1 / self.scales.astype(np.float64)
        raised = self._halves - self._lost - TINY
        residuals, _, lengths, _ = self._errors
        reached = _never((thresholds + raised) * inverses)
        return RowLevels(reached, *((of * inverses).astype(np.float32) for of in (1.0, raised, residuals, lengths)))

    def column_bar(self, thresholds: Floats, rows: "Int8Rows") -> ColumnLevels:
        """See `LowRows`."""
        _, norms, _, errors = self._errors
        others = (filled_up(of.astype(np.float32), 0) for of in (norms, errors))
        halves = filled_up((self._halves - self._lost).astype(np.float32), 0)
        return ColumnLevels(filled_up(self.scales, 0), halves, filled_up(_never(thresholds), np.inf), *others)

    def pair_bounds(self, columns: "Int8Rows") -> Floats:
        """See `LowRows`."""
        residuals, _, lengths, _ = self._errors
        _, norms, _, errors = columns._errors
        of_sums = np.outer(residuals, norms) + np.outer(lengths, errors)
        return of_sums + self._lost[:, None] + columns._lost + TINY

    def mean_bound(self, columns: "Int8Rows") -> float:
        """See `LowRows`."""
        residuals, _, lengths, _ = self._errors
        _, norms, _, errors = columns._errors
        of_sums = residuals.mean() * norms.mean() + lengths.mean() * errors.mean()
        return float(of_sums + self._lost.mean() + columns._lost.mean() + TINY)

    def scores_of(self, codes: Array) -> Floats:
        """See `LowRows`."""
        return values_of(codes) * self.scales[:, None] - self._halves[:, None]


def int8_rows(wide: Array, factors: Floats, centre: Floats, hidden: Array, similarity: Similarity) -> Int8Rows:
    """Turn and round rows, multiplied by their factors and then moved by minus the centre; see `turn_and_round`."""
    b, d = wide.shape
    values, figures = np.zeros((b, max(d, _LEAST_COLUMNS)), np.int8), np.empty((3, b))
    scales = np.empty(b, np.float32)
    turn_and_round(wide, factors, centre, hidden, turn_for(d), values, scales, figures)
    return Int8Rows(torch.from_numpy(values), figures, similarity, scales)


def _never(thresholds: Floats) -> Array:
    return np.where(np.isnan(thresholds), np.inf, thresholds).astype(np.float32)
