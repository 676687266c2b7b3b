"""The compiled loop that turns vectors, rounds them to int8, and measures what rounding does to each.

Eight bits with one scale for a vector serve well where its components are of about one size, which the few outlier
dimensions of encoders prevent. So vectors are turned first, all alike, which changes no score: components change
places and signs, and each run of them is replaced by its Hadamard transform, twice.

Rows in int8: products twice as fast as in bfloat16, with sums that lose nothing, and a coarser rounding.

A row is turned (see `int8_rounding`) and rounded to multiples of a scale of its own, s = largest component / 127. The
sum I of products is exact in int32 for up to 2^17 dimensions, and stands for the score s_i s_j I, less half of each
squared norm for L2. Comparing that with thresholds takes float32, with a few roundings of at most 2^-24 of the numbers
involved each: E = 2^-20 is more than they lose together.

What a pair's score may be off by (see `low_rows`) is added to it when it is compared, as r_i ||y_j|| + ||x~_i|| g_j
with g_j = r_j + E ||y~_j||: a few long vectors, or a few badly rounded ones, are nobody's matter but their own. What E
takes for L2 goes into the halves.
"""

# ruff: noqa: PLR0917 (compiled functions take their arguments by position)

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import NamedTuple, Self

import numba
import numpy as np
import torch

from embdrift.search.cpu.narrow.bfloat16 import values_of
from embdrift.search.cpu.narrow.hadamard import TOGETHER, add_and_subtract, move
from embdrift.search.cpu.narrow.rows import NORM, RESIDUAL, ROUNDED, SLACK, TINY, LowRows
from embdrift.search.cpu.narrow.thresholds import ColumnLevels, RowLevels, filled_up
from embdrift.types import Array, Floats, Positions, Similarity

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
