"""The bfloat16 screen: products several times as fast as in float32, and a bound on what rounding does to them.

A screened score v stands for `factor` times the exact score s. With x~ the rounded row, r = ||x - x~|| computed
exactly, and E = 1.5 (d + 4) 2^-23, which covers accumulation in float32 in any order, rounding to nearest or towards
zero (a product of two bfloat16 numbers is exact in float32),

    |factor s - v| <= r_x ||y|| + ||x~|| (r_y + E ||y~||)

by Cauchy-Schwarz, before v itself is rounded to bfloat16. That last rounding is monotone, so it never carries a score
from at or above a threshold that is a bfloat16 number to below it: against such thresholds it costs nothing.

L2 screens -||x - y||^2 / 2 = <x, y> - hx - hy with hx = ||x||^2 / 2, through six more columns that hold hx and hy as
sums of three bfloat16 numbers each.

The defined score is a rounded float64 sum itself; what that adds is below a millionth of the term with E.
"""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search.rounding import NORM, RESIDUAL, ROUNDED, floor_codes, round_rows
from embdrift.types import Array, Floats, Metric, Positions

_PIECES = 3
# Norms and exact scores are rounded too, by far less than this.
_SLACK = 1 + 1e-6
# Processors take numbers below 2^-126 for zero: this covers what up to 2^20 of them lose.
_TINY = 2.0**-100


@dataclass(frozen=True)
class Largest:
    """The largest figures of some rows, which bound what any of them can do to a product."""

    norm: float
    rounded: float
    residual: float


@dataclass(frozen=True, eq=False)
class LowRows:
    """Rows rounded to bfloat16, and what rounding did to each.

    Args:
        values: bfloat16, shape (b, c), the rows as left factors; c is d, or d + 6 for L2
        figures: shape (3, b): ||x||, ||x~|| and ||x - x~||
        metric: what products of the rows stand for
    """

    values: torch.Tensor
    figures: Floats
    metric: Metric

    def part(self, chosen: slice | Positions) -> "LowRows":
        """Some of the rows."""
        index = chosen if isinstance(chosen, slice) else torch.from_numpy(chosen)
        return LowRows(self.values[index], self.figures[:, chosen], self.metric)

    def right(self) -> torch.Tensor:
        """The rows as right factors, shape (b, c)."""
        if self.metric is not Metric.l2:
            return self.values
        rows, ones, pieces = self.values.tensor_split([-2 * _PIECES, -_PIECES], dim=1)
        return torch.cat([rows, pieces, ones], dim=1)

    def largest(self) -> Largest:
        """The largest figure of each kind."""
        return Largest(*(float(self.figures[kind].max(initial=0.0)) for kind in (NORM, ROUNDED, RESIDUAL)))


def low_rows(wide: Array, factors: Floats, centre: Floats, hidden: Array, metric: Metric) -> LowRows:
    """Round rows, multiplied by their factors and then moved by minus the centre; see `round_rows`."""
    b, d = wide.shape
    extra = 2 * _PIECES if metric is Metric.l2 else 0
    values = torch.empty((b, d + extra), dtype=torch.bfloat16)
    figures = np.empty((3, b))
    round_rows(wide, factors, centre, hidden, values.view(torch.int16).numpy(), figures)
    if extra:
        values[:, d : d + _PIECES] = 1
        values[:, d + _PIECES :] = -_pieces(figures[NORM] ** 2 / 2)
    return LowRows(values, figures, metric)


def _pieces(values: Floats) -> torch.Tensor:
    """Numbers as sums of three bfloat16 numbers, shape (b, 3): what is left over is below 2^-24 of them."""
    pieces, rest = [], torch.from_numpy(values)
    for _ in range(_PIECES):
        pieces.append(rest.to(torch.bfloat16))
        rest = rest - pieces[-1].double()
    return torch.stack(pieces, dim=1)


def joined(parts: list[LowRows]) -> LowRows:
    """Blocks of rows, one below the other; at least one."""
    values = torch.cat([part.values for part in parts])
    return LowRows(values, np.concatenate([part.figures for part in parts], axis=1), parts[0].metric)


def bounds(rows: LowRows, others: Largest) -> Floats:
    """How far a screened score of each row with any of some others can be from `factor` times the exact one, (b,)."""
    accumulated = 1.5 * (rows.values.shape[1] + 4) * 2.0**-23
    norms, rounded, residuals = rows.figures
    found = (residuals + _TINY) * others.norm + rounded * (others.residual + _TINY + accumulated * others.rounded)
    if rows.metric is Metric.l2:
        found = found + (accumulated + 2.0**-23) * (norms**2 + others.norm**2) / 2
    return np.asarray(found * _SLACK + _TINY)


def codes_below(values: Floats) -> Array:
    """Ordered codes of the largest bfloat16 numbers that do not exceed the values; NaN gives `NEVER`.

    Returns:
        int16, shape as `values`
    """
    result = np.empty(values.shape, np.int16)
    floor_codes(values.ravel(), result.ravel())
    return result


def values_of(codes: Array) -> Floats:
    """The numbers that ordered codes stand for, shape as `codes`."""
    bits = np.asarray(codes ^ ((codes >> 15) & np.int16(0x7FFF)), np.int16)
    return np.asarray(torch.from_numpy(bits).view(torch.bfloat16).double().numpy())
