"""The compiled loops that round vectors to bfloat16, measure what rounding does to each, and round thresholds down.

Rows in bfloat16: products several times as fast as in float32, and eight bits of every component.

A product of two bfloat16 numbers is exact in float32, and accumulation in float32 in any order, rounding to nearest or
towards zero, loses at most E = 1.5 (d + 4) 2^-23. The products are then rounded to bfloat16 themselves. That last
rounding is monotone, so it never carries a score from at or above a threshold that is a bfloat16 number to below it:
against such thresholds it costs nothing.

L2 takes six more columns, which hold half the squared norms as sums of three bfloat16 numbers each.
"""

# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba
import numpy as np
import torch

from embdrift.search.cpu.narrow.rows import NORM, RESIDUAL, ROUNDED, LowRows
from embdrift.search.cpu.narrow.thresholds import ALWAYS, NEVER, Codes, filled_up
from embdrift.types import Array, Floats, Similarity


# Sums may run in any order here: what they are used for allows for far more than that changes.
@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "nsz", "contract"})
def round_rows(rows: Array, factors: Floats, centre: Floats, hidden: Array, bits: Array, figures: Floats) -> None:
    """Round `row * factor - centre` to bfloat16, to nearest, ties to even.

    Args:
        rows: shape (b, d)
        factors: shape (b,), what each row is multiplied by
        centre: shape (d,), what is then taken from it
        hidden: bool, shape (b,), rows that become zero, whatever they hold
        bits: int16, shape (b, at least d), written with bfloat16 numbers
        figures: shape (3, b), written with the norms of the row, of the rounded row, and of their difference
    """
    d = rows.shape[1]
    narrow = np.empty(rows.shape[1], np.float32)
    back = np.empty(rows.shape[1], np.float32)
    narrow_bits, back_bits = narrow.view(np.uint32), back.view(np.uint32)
    for row in range(rows.shape[0]):
        if hidden[row]:
            bits[row, :d] = 0
            figures[:, row] = 0.0
            continue
        factor = factors[row]
        norm, rounded, residual = 0.0, 0.0, 0.0
        for column in range(d):
            narrow[column] = np.float32(np.float64(rows[row, column]) * factor - centre[column])
        for column in range(d):
            code = narrow_bits[column]
            code = (code + np.uint32(0x7FFF) + ((code >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
            back_bits[column] = code << np.uint32(16)
            bits[row, column] = np.int16(np.uint16(code))
        for column in range(d):
            exact = np.float64(rows[row, column]) * factor - centre[column]
            low = np.float64(back[column])
            norm += exact * exact
            rounded += low * low
            residual += (exact - low) * (exact - low)
        figures[NORM, row] = np.sqrt(norm)
        figures[ROUNDED, row] = np.sqrt(rounded)
        figures[RESIDUAL, row] = np.sqrt(residual)


@numba.njit(nogil=True, cache=True)
def floor_codes(values: Floats, codes: Array) -> None:
    """Write the ordered codes of the largest bfloat16 numbers that do not exceed the values; see `codes_below`.

    Args:
        values: shape (m,)
        codes: int16, shape (m,), written
    """
    narrow = np.empty(1, np.float32)
    bits = narrow.view(np.int32)
    for at in range(len(values)):
        value = values[at]
        if np.isnan(value):
            codes[at] = NEVER
            continue
        if value == -np.inf:
            codes[at] = ALWAYS
            continue
        narrow[0] = min(max(value, -3e38), 3e38)
        if np.float64(narrow[0]) > value:
            narrow[0] = np.nextafter(narrow[0], np.float32(-np.inf))
        # An integer that sorts like the number; a bfloat16 number's low half is all zeros, or all ones below zero.
        ordered = bits[0] ^ ((bits[0] >> 31) & 0x7FFFFFFF)
        code = ordered >> 16 if ordered >= 0 else ((ordered + 1) >> 16) - 1
        # Minus zero sorts just below zero and equals it.
        codes[at] = -1 if code == 0 else code


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
