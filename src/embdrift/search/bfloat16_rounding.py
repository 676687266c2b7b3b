"""The compiled loops that round vectors to bfloat16, measure what rounding does to each, and round thresholds down."""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

import numba
import numpy as np

from embdrift.search.bars import ALWAYS, NEVER
from embdrift.search.figures import NORM, RESIDUAL, ROUNDED
from embdrift.types import Array, Floats


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
