"""Rows in bfloat16: products several times as fast as in float32, and eight bits of every component.

A product of two bfloat16 numbers is exact in float32, and accumulation in float32 in any order, rounding to nearest or
towards zero, loses at most E = 1.5 (d + 4) 2^-23. The products are then rounded to bfloat16 themselves. That last
rounding is monotone, so it never carries a score from at or above a threshold that is a bfloat16 number to below it:
against such thresholds it costs nothing.

L2 takes six more columns, which hold half the squared norms as sums of three bfloat16 numbers each.
"""

import numpy as np
import torch

from embdrift.search.bars import NEVER, Codes, filled_up
from embdrift.search.bfloat16_rounding import floor_codes, round_rows
from embdrift.search.figures import NORM
from embdrift.search.low_rows import LowRows
from embdrift.types import Array, Floats, Similarity

_PIECES = 3


class Bfloat16Rows(LowRows):
    """Rows rounded to bfloat16; as left factors they have d columns, or d + 6 for L2."""

    def right(self) -> torch.Tensor:
        """See `LowRows`."""
        if self.similarity is not Similarity.l2:
            return super().right()
        rows, ones, pieces = self.values.tensor_split([-2 * _PIECES, -_PIECES], dim=1)
        return torch.cat([rows, pieces, ones], dim=1)

    @property
    def product_type(self) -> torch.dtype:
        """See `LowRows`."""
        return torch.bfloat16

    def multiply(self, right: torch.Tensor, products: torch.Tensor) -> None:
        """See `LowRows`."""
        torch.mm(self.values, right.T, out=products)

    @staticmethod
    def bits_of(products: torch.Tensor) -> Array:
        """See `LowRows`."""
        return products.view(torch.int16).numpy()

    @property
    def lost_in_sums(self) -> float:
        """See `LowRows`."""
        return 1.5 * (self.values.shape[1] + 4) * 2.0**-23

    @property
    def guesses_above(self) -> float:
        """See `LowRows`."""
        return 0.5

    def row_bar(self, thresholds: Floats, columns: "Bfloat16Rows") -> Codes:
        """See `LowRows`."""
        return Codes(codes_below(thresholds - self.bounds(columns.largest)))

    def column_bar(self, thresholds: Floats, rows: "Bfloat16Rows") -> Codes:
        """See `LowRows`."""
        return Codes(filled_up(codes_below(thresholds - self.bounds(rows.largest)), NEVER))

    def pair_bounds(self, columns: "Bfloat16Rows") -> Floats:
        """See `LowRows`: a threshold is a row's or a column's alone, so the largest of the others counts."""
        bounds = self.bounds(columns.largest)
        return np.broadcast_to(bounds[:, None], (len(bounds), len(columns.values)))

    def mean_bound(self, columns: "Bfloat16Rows") -> float:
        """See `LowRows`."""
        return float(self.bounds(columns.largest).mean())

    def scores_of(self, codes: Array) -> Floats:
        """See `LowRows`."""
        return values_of(codes)


def bfloat16_rows(wide: Array, factors: Floats, centre: Floats, hidden: Array, similarity: Similarity) -> Bfloat16Rows:
    """Round rows, multiplied by their factors and then moved by minus the centre; see `round_rows`."""
    b, d = wide.shape
    extra = 2 * _PIECES if similarity is Similarity.l2 else 0
    values = torch.empty((b, d + extra), dtype=torch.bfloat16)
    figures = np.empty((3, b))
    round_rows(wide, factors, centre, hidden, values.view(torch.int16).numpy(), figures)
    if extra:
        values[:, d : d + _PIECES] = 1
        values[:, d + _PIECES :] = -_pieces(figures[NORM] ** 2 / 2)
    return Bfloat16Rows(values, figures, similarity)


def _pieces(values: Floats) -> torch.Tensor:
    """Numbers as sums of three bfloat16 numbers, shape (b, 3): what is left over is below 2^-24 of them."""
    pieces, rest = [], torch.from_numpy(values)
    for _ in range(_PIECES):
        pieces.append(rest.to(torch.bfloat16))
        rest = rest - pieces[-1].double()
    return torch.stack(pieces, dim=1)


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
