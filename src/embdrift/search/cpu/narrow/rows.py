"""What is kept of each rounded row: the places of three lengths.

Rows in a format that processors multiply fast, and a bound on what that does to their products.

A screened score v stands for `factor` times the exact score s. With x~ the rounded row, r = ||x - x~|| computed
exactly, and E what adding up the products of two rounded rows can lose, as a share of the product of their lengths,

    |factor s - v| <= r_x ||y|| + ||x~|| (r_y + E ||y~||)

by Cauchy-Schwarz. For L2, where v = <x, y> - hx - hy stands for -||x - y||^2 / 2, with hx = ||x||^2 / 2, both halves
and their sum are rounded too: (E + 2^-23) (||x||^2 + ||y||^2) / 2 more.

The defined score is a rounded float64 sum itself; what that adds is below a millionth of the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import torch

from embdrift.search.cpu.narrow.thresholds import Bar
from embdrift.types import Array, Floats, Positions, Similarity

NORM, ROUNDED, RESIDUAL = 0, 1, 2
"""The length of the row, of the rounded row, and of their difference."""


SLACK = 1 + 2.0**-19
"""Norms, exact scores and bounds are rounded too, by less than this share of the bound."""
TINY = 2.0**-100
"""Processors take numbers below 2^-126 for zero: this covers what up to 2^20 of them lose."""


@dataclass(frozen=True)
class Largest:
    """The largest figures of some rows, which bound what any of them can do to a product."""

    norm: float
    rounded: float
    residual: float


@dataclass(frozen=True, eq=False)
class LowRows(ABC):
    """Rounded rows, and what rounding did to each.

    Args:
        values: shape (b, c), the rows as left factors
        figures: shape (3, b): ||x||, ||x~|| and ||x - x~||
        similarity: what products of the rows stand for
    """

    values: torch.Tensor
    figures: Floats
    similarity: Similarity

    def part(self, chosen: slice | Positions) -> Self:
        """Some of the rows."""
        index = chosen if isinstance(chosen, slice) else torch.from_numpy(chosen)
        return replace(self, values=self.values[index], figures=self.figures[:, chosen])

    def joined(self, others: list[Self]) -> Self:
        """These rows and others, one below the other."""
        parts = [self, *others]
        figures = np.concatenate([part.figures for part in parts], axis=1)
        return replace(self, values=torch.cat([part.values for part in parts]), figures=figures)

    def without_values(self) -> Self:
        """Only what rounding did to the rows."""
        return replace(self, values=self.values[:0])

    def right(self) -> torch.Tensor:
        """The rows as right factors, shape (b, c)."""
        return self.values

    @property
    @abstractmethod
    def product_type(self) -> torch.dtype:
        """What products are written as."""

    @abstractmethod
    def multiply(self, right: torch.Tensor, products: torch.Tensor) -> None:
        """Write products with right factors, shape (b, m)."""

    @staticmethod
    @abstractmethod
    def bits_of(products: torch.Tensor) -> Array:
        """Products as the integers that compiled loops take."""

    @property
    @abstractmethod
    def lost_in_sums(self) -> float:
        """E: what adding up products can lose."""

    @property
    @abstractmethod
    def guesses_above(self) -> float:
        """By what share of the bound a guess from screened scores is raised: what few rows fail, and many gain from."""

    @abstractmethod
    def row_bar(self, thresholds: Floats, columns: Self) -> Bar:
        """What scores of these rows with columns must reach, or no exact one reaches the threshold.

        Args:
            thresholds: shape (b,), `factor` times an exact score each, NaN for never
            columns: the others
        """

    @abstractmethod
    def column_bar(self, thresholds: Floats, rows: Self) -> Bar:
        """The same for these rows as columns of others."""

    @abstractmethod
    def pair_bounds(self, columns: Self) -> Floats:
        """How far at most the score of each pair is taken to be from `factor` times the exact one, shape (b, c)."""

    @abstractmethod
    def mean_bound(self, columns: Self) -> float:
        """The mean of that over all pairs."""

    @abstractmethod
    def scores_of(self, codes: Array) -> Floats:
        """The scores that a row's ordered codes stand for (see `tiles.rank_codes`), shape (b, m) as the codes."""

    @cached_property
    def largest(self) -> Largest:
        """The largest figure of each kind."""
        return Largest(*(float(self.figures[kind].max(initial=0.0)) for kind in (NORM, ROUNDED, RESIDUAL)))

    def bounds(self, others: Largest) -> Floats:
        """How far a screened score of each row with any of some others can be from `factor` times the exact one, (b,).

        Args:
            others: of the other rows
        """
        lost = self.lost_in_sums
        norms, rounded, residuals = self.figures
        found = (residuals + TINY) * others.norm + rounded * (others.residual + TINY + lost * others.rounded)
        if self.similarity is Similarity.l2:
            found = found + (lost + 2.0**-23) * (norms**2 + others.norm**2) / 2
        return np.asarray(found * SLACK + TINY)


MakeRows = Callable[[Array, Floats, Floats, Array, Similarity], LowRows]
"""Rounds rows (b, d), multiplied by factors (b,), less a centre (d,); those hidden (b,) become zero."""
