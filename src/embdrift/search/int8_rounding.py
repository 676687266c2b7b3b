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
from embdrift.search.turning import TOGETHER, add_and_subtract, move
from embdrift.types import Array, Floats, Positions

LARGEST = 127
TURNING_ERROR = 2.0**-19
"""What turning in float32 can change of a vector, as a share of its length.

Each of two turns multiplies once, by a rounded number, and adds or subtracts nine times at most. Every rounding moves
a component by at most 2^-24 of itself, so the vector by at most 2^-24 of its length, and what comes after keeps that
share. With the rounding to float32 before, that is 23 times 2^-24, less than 2^-19.
"""

_LONGEST_RUN = 512
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
        move(source, turn.sources[which, at], target, at, turn.signs[which, at])
    for run in range(len(turn.runs) - 1):
        begin, stop = turn.runs[run], turn.runs[run + 1]
        half = 1
        while half < stop - begin:
            for first in range(begin, stop, 2 * half):
                for at in range(first, first + half):
                    add_and_subtract(target, at, at + half)
            half *= 2


# Sums may run in any order in the next two: what they are used for allows for far more than that changes.
@numba.njit(nogil=True, inline="always", fastmath={"reassoc", "nsz", "contract"})
def _widened(vector: Array, factor: float, centre: Floats, lane: int, target: Array) -> float:
    """Write `vector * factor - centre` to a column of the target; return its squared length."""
    square = 0.0
    for at in range(len(vector)):
        exact = np.float64(vector[at]) * factor - centre[at]
        square += exact * exact
        target[at, lane] = np.float32(exact)
    return square


@numba.njit(nogil=True, inline="always", fastmath={"reassoc", "nsz", "contract"})
def _rounded(turned: Array, lane: int, scale: float, inverse: float, values: Array) -> tuple[float, float]:
    """Write a column in multiples of its scale; return the squared lengths of those and of what they lack."""
    size, lacking = 0, 0.0
    for at in range(len(turned)):
        number = np.rint(turned[at, lane] * inverse)
        values[at] = np.int8(number)
        size += int(values[at]) * int(values[at])
        lack = np.float64(turned[at, lane]) - np.float64(number) * scale
        lacking += lack * lack
    return np.float64(size) * scale * scale, lacking


@numba.njit(nogil=True, cache=True)
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
    first, second = np.zeros((d, TOGETHER), np.float32), np.zeros((d, TOGETHER), np.float32)
    largest = np.empty(TOGETHER, np.float32)
    for begin in range(0, b, TOGETHER):
        count = min(TOGETHER, b - begin)
        for lane in range(count):
            row = begin + lane
            if hidden[row]:
                first[:, lane] = 0
                figures[NORM, row] = 0.0
            else:
                figures[NORM, row] = np.sqrt(_widened(rows[row], factors[row], centre, lane, first))
        _turned(turn, 0, first, second)
        _turned(turn, 1, second, first)
        largest[:] = 0
        for at in range(d):
            for lane in range(TOGETHER):
                largest[lane] = max(largest[lane], abs(first[at, lane]))
        for lane in range(count):
            row, tiny = begin + lane, largest[lane] < _NOTHING
            scale = np.float32(1) if tiny else largest[lane] / np.float32(LARGEST)
            inverse = np.float32(0) if tiny else np.float32(1) / scale
            size, lacking = _rounded(first, lane, np.float64(scale), inverse, values[row])
            scales[row] = scale
            figures[ROUNDED, row] = np.sqrt(size)
            figures[RESIDUAL, row] = np.sqrt(lacking) + TURNING_ERROR * figures[NORM, row]
