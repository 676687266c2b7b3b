"""From vectors to stored codes and back, and the values that leave a format's range."""

from dataclasses import dataclass, field

import numpy as np
import torch

from embdrift.numerics.cells import Arithmetic
from embdrift.numerics.formats import FLOATS, INTEGERS, FloatFormat, KeptFormat, Scheme, StorageFormat, float_of
from embdrift.types import Positions

BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Encoded:
    """Vectors as they are stored.

    Args:
        storage: in what format
        codes: shape (n, d); in the format's own type, int8 for whole numbers, and -1 or 1 in int8 for bits
        scale: float32, shape (n, 1) or (1, d), what a code is multiplied by; None where codes are the values
        offset: float32, shaped alike, what is added then; None where nothing is
    """

    storage: StorageFormat
    codes: torch.Tensor
    scale: torch.Tensor | None = None
    offset: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: torch.Tensor | slice) -> "Encoded":
        """Some of the vectors."""
        return Encoded(self.storage, self.codes[rows], _of(self.scale, rows), _of(self.offset, rows))

    def decode(self) -> torch.Tensor:
        """The values that the codes stand for: float32 where they are exact in it, else float64."""
        if self.codes.dtype == torch.float64:
            return self.codes
        if self.scale is None:
            return self.codes.to(torch.float32)
        values = self.codes.to(torch.float64) * self.scale.to(torch.float64)
        return values if self.offset is None else values + self.offset.to(torch.float64)


def _of(values: torch.Tensor | None, rows: torch.Tensor | slice) -> torch.Tensor | None:
    return values if values is None or values.shape[0] == 1 else values[rows]


@dataclass(frozen=True, eq=False)
class Codec:
    """One storage format, fitted to a corpus where it has a scale per dimension; made by `fit`.

    Args:
        storage: the format
        scale: float32, shape (1, d), for formats with one scale per dimension
        offset: float32, shape (1, d), for affine ones among them
    """

    storage: StorageFormat
    scale: torch.Tensor | None = None
    offset: torch.Tensor | None = None

    def encode(self, vectors: torch.Tensor) -> Encoded:
        """Vectors of shape (n, d), stored. Float64 vectors pass through float32, unless they are stored in float64."""
        parts = [self._block(wide(vectors[start : start + BLOCK])) for start in range(0, max(len(vectors), 1), BLOCK)]
        codes = torch.cat([part.codes for part in parts])
        per_vector = parts[0].scale is not None and self.scale is None
        if not per_vector:
            return Encoded(self.storage, codes, self.scale, self.offset)
        return Encoded(self.storage, codes, _joined([p.scale for p in parts]), _joined([p.offset for p in parts]))

    def _block(self, values: torch.Tensor) -> Encoded:
        if self.storage is StorageFormat.float64:
            return Encoded(self.storage, values.to(torch.float64))
        values = values.to(torch.float32)
        if self.storage is StorageFormat.binary:
            return Encoded(self.storage, torch.where(values > 0, 1, -1).to(torch.int8))
        if self.storage is StorageFormat.float8_e4m3_vector:
            scale = _or_one(values.abs().amax(dim=1, keepdim=True) / FLOATS["float8_e4m3"].largest)
            return Encoded(self.storage, (values / scale).to(torch.float8_e4m3fn), scale)
        if self.storage in INTEGERS:
            scheme = INTEGERS[self.storage]
            fitted, offset = (self.scale, self.offset) if scheme.per_dimension else scales(values, scheme, 1)
            assert fitted is not None
            return Encoded(self.storage, _codes(values, scheme, fitted, offset), fitted, offset)
        target = float_of(self.storage)
        assert target is not None
        assert target.dtype is not None
        return Encoded(self.storage, values.to(target.dtype))


def fit(storage: StorageFormat, corpus: torch.Tensor) -> Codec:
    """A storage format with its scales per dimension, where it has such, taken from a corpus of shape (n, d)."""
    scheme = INTEGERS.get(storage)
    if scheme is None or not scheme.per_dimension:
        return Codec(storage)
    low = torch.full((1, corpus.shape[1]), torch.inf)
    high = -low
    for start in range(0, len(corpus), BLOCK):
        block = wide(corpus[start : start + BLOCK]).to(torch.float32)
        low = torch.minimum(low, block.amin(dim=0, keepdim=True))
        high = torch.maximum(high, block.amax(dim=0, keepdim=True))
    return Codec(storage, *scales(torch.cat((low, high)), scheme, 0))


def scales(values: torch.Tensor, scheme: Scheme, axis: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Scale and offset that spread the codes over the values along an axis.

    Args:
        values: float32, shape (n, d)
        scheme: what codes there are
        axis: 1 for one scale per vector, 0 for one per dimension
    """
    if scheme.symmetric:
        return _or_one(values.abs().amax(dim=axis, keepdim=True) / scheme.high), None
    low = values.amin(dim=axis, keepdim=True).double()
    step = _or_one((values.amax(dim=axis, keepdim=True).double() - low) / (scheme.high - scheme.low)).float()
    return step, (low - scheme.low * step.double()).float()


def wide(vectors: torch.Tensor) -> torch.Tensor:
    """Vectors in float64 if they are kept so, else in float32, which holds every other type exactly."""
    return vectors if vectors.dtype == torch.float64 else vectors.to(torch.float32)


def _codes(values: torch.Tensor, scheme: Scheme, scale: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
    moved = values.double() if offset is None else values.double() - offset.double()
    return torch.clamp(torch.round(moved / scale.double()), scheme.low, scheme.high).to(torch.int8)


def _or_one(scale: torch.Tensor) -> torch.Tensor:
    """The scale of values that are all alike may be anything but zero."""
    return torch.where(scale > 0, scale, torch.ones_like(scale))


def _joined(parts: list[torch.Tensor | None]) -> torch.Tensor | None:
    known = [part for part in parts if part is not None]
    return torch.cat(known) if known else None


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
    # half the smallest subnormal is a tie and goes to the even neighbor, zero
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
