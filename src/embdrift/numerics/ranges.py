"""What leaves a format's range, found before any search: numbers too large, vectors that vanish, lengths too large."""

from dataclasses import dataclass, field

import numpy as np
import torch

from embdrift.numerics.cells import Arithmetic
from embdrift.numerics.encoding import BLOCK, wide
from embdrift.numerics.formats import FLOATS, FloatFormat, KeptFormat, StorageFormat, float_of
from embdrift.types import Positions


@dataclass(frozen=True, eq=False)
class RangeReport:
    """Which vectors a format cannot hold.

    Args:
        overflow: rows with a value beyond the largest finite number, ascending
        overflow_dimensions: the first such dimension of each
        vanished: rows that are not zero but become zero
        norm_overflow: rows whose squared length is beyond the format, though their values are not
        underflow_share: share of the numbers that are not zero but become zero
        norm_format: the format that squared lengths were held against
    """

    overflow: Positions
    overflow_dimensions: Positions
    vanished: Positions
    norm_overflow: Positions
    underflow_share: float
    norm_format: str

    @property
    def harmful(self) -> Positions:
        """Rows whose scores would not be defined, ascending."""
        return np.union1d(self.overflow, self.vanished)


@dataclass
class _Found:
    overflow: list[Positions] = field(default_factory=list)
    dimensions: list[Positions] = field(default_factory=list)
    vanished: list[Positions] = field(default_factory=list)
    norms: list[Positions] = field(default_factory=list)
    nonzero: int = 0
    lost: int = 0


def range_report(
    vectors: torch.Tensor, storage: StorageFormat, arithmetic: Arithmetic, kept: KeptFormat, *, rows: Positions
) -> RangeReport:
    """Look for what storing vectors, rounding them for multiplication and squaring them would do to their range.

    Args:
        vectors: shape (n, d)
        storage: how they are stored; formats with scales of their own overflow nowhere
        arithmetic: what they are rounded to before they are multiplied
        kept: what scores, and so squared lengths, are kept in
        rows: the rows to look at
    """
    formats = [one for one in (_plain_float(storage), _multiply_float(arithmetic)) if one is not None]
    scaled = _plain_float(storage) is None
    largest = min((one.largest for one in formats), default=np.inf)
    smallest = max((one.tiny for one in formats), default=0.0)
    limit = FLOATS[kept.value]
    found = _Found()
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        _look(
            found,
            part,
            wide(vectors[torch.from_numpy(part)]).double().abs(),
            largest=largest,
            tiny=smallest,
            kept=limit,
        )
    empty = [np.empty(0, np.int64)]
    return RangeReport(
        overflow=np.concatenate(empty + found.overflow),
        overflow_dimensions=np.concatenate(empty + found.dimensions),
        vanished=np.concatenate(empty + ([] if scaled else found.vanished)),
        norm_overflow=np.concatenate(empty + found.norms),
        underflow_share=0.0 if scaled or not found.nonzero else found.lost / found.nonzero,
        norm_format=kept.value,
    )


def _look(
    found: _Found, rows: Positions, sizes: torch.Tensor, *, largest: float, tiny: float, kept: FloatFormat
) -> None:
    over = sizes > largest
    wrong = over.any(dim=1)
    found.overflow.append(rows[wrong.numpy()])
    found.dimensions.append(over[wrong].to(torch.uint8).argmax(dim=1).numpy() if bool(wrong.any()) else rows[:0])
    nonzero = sizes > 0
    # half the smallest subnormal is a tie and goes to the even neighbour, zero
    lost = nonzero & (sizes <= tiny)
    found.vanished.append(rows[(nonzero.any(dim=1) & (lost == nonzero).all(dim=1)).numpy()])
    found.norms.append(rows[(((sizes * sizes).sum(dim=1) > kept.largest) & ~wrong).numpy()])
    found.nonzero += int(nonzero.sum())
    found.lost += int(lost.sum())


def _plain_float(storage: StorageFormat) -> FloatFormat | None:
    """The format whose own range counts; None where a scale fits the values into it."""
    return None if storage is StorageFormat.float8_e4m3_vector else float_of(storage)


def _multiply_float(arithmetic: Arithmetic) -> FloatFormat | None:
    return FLOATS.get(arithmetic.value.removesuffix("_accumulate"))
