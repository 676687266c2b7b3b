"""Does this processor add products as the bounds on errors assume? Tried once, on products that would show it.

The formats that a first look may take on a CPU, and which of them a search takes.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from embdrift.search.cpu.narrow.bfloat16 import bfloat16_rows
from embdrift.search.cpu.narrow.corpus import rounded
from embdrift.search.cpu.narrow.int8 import MOST_DIMENSIONS, int8_rows
from embdrift.search.cpu.narrow.rows import MakeRows
from embdrift.search.cpu.narrow.thresholds import sample_ranks
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.task import wide_rows
from embdrift.types import Floats

_DIMENSIONS = (2, 33, 390, 4096)


def fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("amx"))


@cache
def sound_bfloat16() -> bool:
    """Whether bfloat16 products keep the error bound here; a warning says so once where they do not."""
    return _holds(_keeps_bound, "adds bfloat16 products less exactly than the search allows for")


def fast_int8() -> bool:
    """Whether this processor multiplies int8 in hardware, with sums that do not overflow."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))


@cache
def sound_int8() -> bool:
    """Whether sums of int8 products are exact here; a warning says so once where they are not."""
    return _holds(_adds_exactly, "does not add int8 products exactly")


def _holds(test: Callable[[int], bool], fault: str) -> bool:
    if all(test(d) for d in _DIMENSIONS):
        return True
    warnings.warn(f"this processor {fault}; another number format is used instead", RuntimeWarning, stacklevel=3)
    return False


def _adds_exactly(d: int) -> bool:
    left, right = (_whole(d, rows, seed=d + rows) for rows in (48, 80))
    return torch.equal(_summed(left, right).long(), left.long() @ right.long().T)


def _summed(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    # Written where they are wanted, as a search does it.
    return torch._int_mm(left, right.T, out=torch.empty((len(left), len(right)), dtype=torch.int32))


def _whole(d: int, rows: int, *, seed: int) -> torch.Tensor:
    """Rows whose products go wrong in sums of 16 bits: the largest numbers, the same below zero, plain noise."""
    values = np.random.default_rng(seed).integers(-127, 128, (rows, d))
    values[::4], values[1::4] = 127, -127
    return torch.from_numpy(values).to(torch.int8)


def _keeps_bound(d: int) -> bool:
    left, right = _telling(d, 48, seed=d), _telling(d, 80, seed=d + 1)
    exact = left.double().numpy() @ right.double().numpy().T
    error = np.abs(_multiplied(left, right) - exact)
    sizes = left.double().norm(dim=1).numpy()[:, None] * right.double().norm(dim=1).numpy()
    # The last term is the rounding of the product itself to bfloat16.
    return bool((error <= 1.5 * (d + 4) * 2.0**-23 * sizes + 2.0**-8 * np.abs(exact) + 2.0**-100).all())


def _multiplied(left: torch.Tensor, right: torch.Tensor) -> Floats:
    return np.asarray(torch.mm(left, right.T).double().numpy())


def _telling(d: int, rows: int, *, seed: int) -> torch.Tensor:
    """Rows whose products go wrong in narrow sums: equal signs, cancelling giants, long tails, plain noise."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, d))
    values[::4] = 1
    values[1::4] = 2.0**-7 + 2.0**-9 * rng.random((len(values[1::4]), d))
    values[1::4, [0, -1]] = [256, -256]
    values[2::4] = np.abs(values[2::4])
    return torch.from_numpy(values).to(torch.bfloat16)


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
