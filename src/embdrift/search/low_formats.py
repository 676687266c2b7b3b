"""The formats that a first look may take on a CPU, and which of them a search takes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embdrift.search.bfloat16_rows import bfloat16_rows
from embdrift.search.int8_rows import MOST_DIMENSIONS, int8_rows
from embdrift.search.low_corpus import rounded
from embdrift.search.low_rows import MakeRows
from embdrift.search.prepared import Prepared
from embdrift.search.self_test import fast_bfloat16, fast_int8, sound_bfloat16, sound_int8
from embdrift.search.task import wide_rows
from embdrift.search.thresholds import sample_ranks
from embdrift.types import Floats


@dataclass(frozen=True)
class LowFormat:
    """A number format that screens faster than float32 does.

    Args:
        name: what users call it
        make: rounds rows
        fast: whether this processor has instructions for it
        sound: whether this processor keeps its bound
        most_dimensions: longer vectors do not fit
    """

    name: str
    make: MakeRows
    fast: Callable[[], bool]
    sound: Callable[[], bool]
    most_dimensions: int


INT8 = LowFormat("int8", int8_rows, fast_int8, sound_int8, MOST_DIMENSIONS)
BFLOAT16 = LowFormat("bfloat16", bfloat16_rows, fast_bfloat16, sound_bfloat16, 2**20)
LOW_FORMATS = {low.name: low for low in (INT8, BFLOAT16)}

LEAST_TRIED = 2**14
"""Smaller corpora take the finest of formats at once: a trial would cost more than it gains."""
# Rows and columns whose exact scores tell how much a format's bound lets through.
_TRIED_ROWS, _TRIED_COLUMNS = 64, 2048
# An exact score costs as much as this many screened ones cost less in int8 than in bfloat16.
_COST = 70
_MOST_LET_THROUGH = 10.0


def fitting(low: LowFormat, dimensions: int) -> bool:
    """Whether a format can screen vectors of so many dimensions on this processor."""
    return dimensions <= low.most_dimensions and low.sound()


def fastest(dimensions: int) -> list[LowFormat]:
    """The formats that are fast here, fastest first, which is coarsest first."""
    return [low for low in LOW_FORMATS.values() if low.fast() and fitting(low, dimensions)]


def cheapest(prepared: Prepared, formats: list[LowFormat]) -> LowFormat:
    """The format of least work: the fastest, unless its bound lets too many pairs through that need exact scores."""
    n = len(prepared.skip)
    if len(formats) == 1 or n < LEAST_TRIED:
        return formats[-1]
    trial = _Trial(prepared)
    through = [trial.let_through(low) for low in formats]
    for at, low in enumerate(formats[:-1]):
        more = through[at] - through[at + 1]
        if more < 0 or (through[at] < _MOST_LET_THROUGH and more * prepared.task.k * _COST < n):
            return low
    return formats[-1]


class _Trial:
    """Some rows and columns of a corpus, with the scores of their pairs.

    Args:
        prepared: what is searched
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared, found = prepared, np.flatnonzero(~prepared.skip)
        random = np.random.default_rng(1)
        self._rows, self._columns = (
            random.choice(found, min(size, len(found)), replace=False) for size in (_TRIED_ROWS, _TRIED_COLUMNS)
        )
        self._scores = self._screened_exactly()
        size = len(self._columns)
        rank = min(size, int(sample_ranks(prepared.task.k, size, len(found))[0]))
        self._reached = np.partition(self._scores, size - rank, axis=1)[:, size - rank]

    def let_through(self, low: LowFormat) -> float:
        """How many pairs a format's bound lets through for each that a threshold lets through, on average."""
        rows, columns = (rounded(self._prepared, low.make, at) for at in (self._rows, self._columns))
        through = self._scores >= self._reached[:, None] - rows.pair_bounds(columns)
        return float(through.sum() / (self._scores >= self._reached[:, None]).sum())

    def _screened_exactly(self) -> Floats:
        """What a screen would say that loses nothing, shape (b, c)."""
        screen, norms = self._prepared.screen, self._prepared.corpus_norms
        left, right = (
            screen.corpus_rows(wide_rows(self._prepared.task.corpus, at), norms[at], np.float64)
            for at in (self._rows, self._columns)
        )
        scores = left @ right.T
        halves = screen.halves(right)
        scores -= 0.0 if halves is None else halves
        scores[self._rows[:, None] == self._columns] = -np.inf
        return np.asarray(scores)
