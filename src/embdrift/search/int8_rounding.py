"""The compiled loop that turns vectors, rounds them to int8, and measures what rounding does to each.

Eight bits with one scale for a vector serve well where its components are of about one size, which the few outlier
dimensions of encoders prevent. So vectors are turned first, all alike, which changes no score: components change
places and signs, and each run of them is replaced by its Hadamard transform, twice.
"""
# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from functools import cache
from typing import NamedTuple

import numba
import numpy as np

from embdrift.search.figures import NORM, RESIDUAL, ROUNDED
from embdrift.types import Array, Floats, Positions

LARGEST = 127
TURNING_ERROR = 2.0**-19
"""What turning in float32 can change of a vector, as a share of its length.

Each of two turns multiplies once, by a rounded number, and adds or subtracts nine times at most. Every rounding moves
a component by at most 2^-24 of itself, so the vector by at most 2^-24 of its length, and what comes after keeps that
share. With the rounding to float32 before, that is 23 times 2^-24, less than 2^-19.
"""

_LONGEST_RUN = 512
# Vectors turned side by side, so that every step is one vector instruction.
_TOGETHER = 16
# Vectors with nothing larger than this count as zero, so that all numbers stay within float32's range.
_NOTHING = np.float32(2.0**-60)


class Turn(NamedTuple):
    """How vectors of some dimension are turned, twice.

    Args:
        sources: int64, shape (2, d), where each component comes from
        signs: float32, shape (2, d), what it is multiplied by: 1 or -1 over the square root of its run's length
        runs: int64, shape (r + 1,), where each run of components begins; lengths are powers of two
    """

    sources: Positions
    signs: Array
    runs: Positions


@cache
def turn_for(d: int) -> Turn:
    """The turn of vectors of d dimensions; always the same."""
    random = np.random.default_rng(d)
    lengths = _run_lengths(d)
    runs = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    share = np.repeat(1 / np.sqrt(lengths), lengths)
    sources = np.stack([random.permutation(d) for _ in range(2)]).astype(np.int64)
    return Turn(sources, (random.choice([-1.0, 1.0], (2, d)) * share).astype(np.float32), runs)


def _run_lengths(d: int) -> Positions:
    powers = [1 << bit for bit in range(_LONGEST_RUN.bit_length() - 1) if d % _LONGEST_RUN & (1 << bit)]
    return np.array([_LONGEST_RUN] * (d // _LONGEST_RUN) + powers[::-1], np.int64)


@numba.njit(nogil=True, inline="always")
def _turned(turn: Turn, which: int, source: Array, target: Array) -> None:
    for at in range(len(source)):
        sign = turn.signs[which, at]
        for lane in range(_TOGETHER):
            target[at, lane] = source[turn.sources[which, at], lane] * sign
    for run in range(len(turn.runs) - 1):
        begin, stop = turn.runs[run], turn.runs[run + 1]
        half = 1
        while half < stop - begin:
            for first in range(begin, stop, 2 * half):
                for at in range(first, first + half):
                    for lane in range(_TOGETHER):
                        one, other = target[at, lane], target[at + half, lane]
                        target[at, lane] = one + other
                        target[at + half, lane] = one - other
            half *= 2


# Sums may run in any order here: what they are used for allows for far more than that changes.
@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "nsz", "contract"})
def turn_and_round(
    rows: Array,
    factors: Floats,
    centre: Floats,
    hidden: Array,
    turn: Turn,
    values: Array,
    scales: Array,
    figures: Floats,
) -> None:
    """Turn `row * factor - centre` and round it to whole multiples of the row's scale, -127 to 127.

    Args:
        rows: shape (b, d)
        factors: shape (b,), what each row is multiplied by
        centre: shape (d,), what is then taken from it
        hidden: bool, shape (b,), rows that become zero, whatever they hold
        turn: how
        values: int8, shape (b, at least d), written
        scales: float32, shape (b,), written
        figures: shape (3, b), written with the norms of the row, of the rounded row, and of their difference
    """
    b, d = rows.shape
    first, second = np.zeros((d, _TOGETHER), np.float32), np.zeros((d, _TOGETHER), np.float32)
    largest, squares = np.empty(_TOGETHER, np.float32), np.empty((2, _TOGETHER))
    for begin in range(0, b, _TOGETHER):
        count = min(_TOGETHER, b - begin)
        for lane in range(count):
            row = begin + lane
            norm, factor = 0.0, factors[row]
            for at in range(d):
                exact = 0.0 if hidden[row] else np.float64(rows[row, at]) * factor - centre[at]
                norm += exact * exact
                first[at, lane] = np.float32(exact)
            figures[NORM, row] = np.sqrt(norm)
        _turned(turn, 0, first, second)
        _turned(turn, 1, second, first)
        largest[:] = 0
        for at in range(d):
            for lane in range(_TOGETHER):
                largest[lane] = max(largest[lane], abs(first[at, lane]))
        for lane in range(count):
            tiny = largest[lane] < _NOTHING
            scale = np.float32(1) if tiny else largest[lane] / np.float32(LARGEST)
            scales[begin + lane] = scale
            largest[lane] = np.float32(0) if tiny else np.float32(1) / scale
        squares[:] = 0
        for at in range(d):
            for lane in range(count):
                number = np.rint(first[at, lane] * largest[lane])
                values[begin + lane, at] = np.int8(number)
                low = np.float64(number) * np.float64(scales[begin + lane])
                squares[0, lane] += low * low
                squares[1, lane] += (np.float64(first[at, lane]) - low) * (np.float64(first[at, lane]) - low)
        for lane in range(count):
            row = begin + lane
            figures[ROUNDED, row] = np.sqrt(squares[0, lane])
            figures[RESIDUAL, row] = np.sqrt(squares[1, lane]) + TURNING_ERROR * figures[NORM, row]
