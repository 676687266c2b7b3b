"""What screened scores must reach, as compiled loops take it: for scores in bfloat16, and for sums of int8 products."""

from typing import NamedTuple

import numpy as np

from embdrift.types import Array

WIDTH = 32
"""Scores looked at together; what belongs to columns is filled up to a multiple of it, so that nobody reads beyond."""

NEVER = np.int16(32767)
"""An ordered code that no score reaches."""

ALWAYS = np.int16(-32768)
"""An ordered code that every score reaches."""


class Codes(NamedTuple):
    """For bfloat16 scores: integers that sort like them.

    Args:
        codes: int16, shape (b,), ordered code that a row's, or a column's, score must reach
    """

    codes: Array


class RowLevels(NamedTuple):
    """For int8 products, of which the sum I of row i and column j stands for the score s_i s_j I - h_i - h_j.

    The score may be short of the exact one by r_i n_j + p_i g_j.

    Args:
        reached: float32, shape (b,), (t_i + h_i) / s_i with the threshold t_i; infinity for never
        inverses: float32, shape (b,), 1 / s_i
        raised: float32, shape (b,), h_i / s_i
        residuals: float32, shape (b,), r_i / s_i
        lengths: float32, shape (b,), p_i / s_i
    """

    reached: Array
    inverses: Array
    raised: Array
    residuals: Array
    lengths: Array


class ColumnLevels(NamedTuple):
    """The same for columns.

    Args:
        scales: float32, shape (c,), s_j
        halves: float32, shape (c,), h_j
        wanted: float32, shape (c,), the threshold t_j; infinity for never
        norms: float32, shape (c,), n_j
        errors: float32, shape (c,), g_j
    """

    scales: Array
    halves: Array
    wanted: Array
    norms: Array
    errors: Array


Bar = Codes | RowLevels | ColumnLevels


def filled_up(values: Array, filling: float | np.int16) -> Array:
    """Values of columns, with more behind them up to a multiple of `WIDTH`."""
    result = np.full(-(-len(values) // WIDTH) * WIDTH, filling, values.dtype)
    result[: len(values)] = values
    return result
