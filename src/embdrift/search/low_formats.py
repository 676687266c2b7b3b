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
from embdrift.types import Floats, Positions


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

# Rows and columns whose exact scores tell how much a format's bound lets through.
_TRIED_ROWS, _TRIED_COLUMNS = 64, 4096
# An exact score costs as much as this many screened ones cost less in int8 than in bfloat16.
_COST = 70
_MOST_LET_THROUGH = 10.0


def fitting(low: LowFormat, dimensions: int) -> bool:
    """Whether a format can screen vectors of so many dimensions on this processor."""
    return dimensions <= low.most_dimensions and low.sound()


def fastest(dimensions: int) -> list[LowFormat]:
    """The formats that are fast here, fastest first."""
    return [low for low in LOW_FORMATS.values() if low.fast() and fitting(low, dimensions)]


def cheapest(prepared: Prepared, formats: list[LowFormat]) -> LowFormat:
    """The format of least work: the first, unless its bound lets too many pairs through that need exact scores."""
    first, *others = formats
    if not others:
        return first
    k, n = prepared.task.k, len(prepared.skip)
    coarse, fine = let_through(prepared, first), let_through(prepared, others[0])
    pays = coarse < _MOST_LET_THROUGH and (coarse - fine) * k * _COST < n
    return first if pays else cheapest(prepared, others)


def let_through(prepared: Prepared, low: LowFormat) -> float:
    """How many pairs a format's bound lets through for each that a threshold lets through, on average of some rows."""
    found = np.flatnonzero(~prepared.skip)
    random = np.random.default_rng(1)
    rows, columns = (
        random.choice(found, min(size, len(found)), replace=False) for size in (_TRIED_ROWS, _TRIED_COLUMNS)
    )
    scores = _screened_exactly(prepared, rows, columns)
    rank = min(len(columns), int(sample_ranks(prepared.task.k, len(columns), len(found))[0]))
    reached = -np.partition(-scores, rank - 1, axis=1)[:, rank - 1]
    bounds = rounded(prepared, low.make, rows).bounds(rounded(prepared, low.make, columns).largest())
    return float((scores >= (reached - bounds)[:, None]).sum() / (scores >= reached[:, None]).sum())


def _screened_exactly(prepared: Prepared, rows: Positions, columns: Positions) -> Floats:
    """What the screen would say of corpus rows if it lost nothing, shape (b, c)."""
    left, right = (
        prepared.screen.corpus_rows(wide_rows(prepared.task.corpus, at), prepared.corpus_norms[at], np.float64)
        for at in (rows, columns)
    )
    scores = left @ right.T
    halves = prepared.screen.halves(right)
    scores -= 0.0 if halves is None else halves
    scores[rows[:, None] == columns] = -np.inf
    return np.asarray(scores)
