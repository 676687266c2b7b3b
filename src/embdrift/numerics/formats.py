"""Number formats, and rounding to them bit for bit in a type that this machine computes fast in."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch


class StorageFormat(Enum):
    """How vectors are stored.

    * float64 … float8_e5m2: each number rounded to the nearest of the format, ties to even
    * float8_e4m3_vector: the same after each vector is scaled so that its largest component is the format's largest
    * int8_vector_…, int8_dimension_…, int4_…: whole numbers with one scale per vector or per dimension; symmetric ones
      put zero at code 0, affine ones spread the codes from the smallest to the largest value
    * binary: one bit a dimension, whether the component is above zero
    """

    float64 = "float64"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"
    float8_e4m3 = "float8_e4m3"
    float8_e5m2 = "float8_e5m2"
    float8_e4m3_vector = "float8_e4m3_vector"
    int8_vector_symmetric = "int8_vector_symmetric"
    int8_vector_affine = "int8_vector_affine"
    int8_dimension_symmetric = "int8_dimension_symmetric"
    int8_dimension_affine = "int8_dimension_affine"
    int4_vector_symmetric = "int4_vector_symmetric"
    int4_dimension_affine = "int4_dimension_affine"
    binary = "binary"


class KeptFormat(Enum):
    """The format that finished scores are kept and compared in."""

    float64 = "float64"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


@dataclass(frozen=True)
class FloatFormat:
    """One binary floating-point format.

    Args:
        bits: of the significand, the hidden one counted
        least_exponent: of the smallest normal number, as a power of two
        largest: the largest finite number
        dtype: how torch calls it; None where it has no type of its own
    """

    bits: int
    least_exponent: int
    largest: float
    dtype: torch.dtype | None

    @property
    def unit(self) -> float:
        """The most that one rounding moves a number, relative to it: half a unit in the last place."""
        return float(2.0**-self.bits)

    @property
    def tiny(self) -> float:
        """The most that one rounding moves a number too small to be normal: half the smallest subnormal."""
        return float(2.0 ** (self.least_exponent - self.bits))


FLOATS = {
    "float64": FloatFormat(53, -1022, float(torch.finfo(torch.float64).max), torch.float64),
    "float32": FloatFormat(24, -126, float(torch.finfo(torch.float32).max), torch.float32),
    "tf32": FloatFormat(11, -126, float(torch.finfo(torch.float32).max), None),
    "float16": FloatFormat(11, -14, 65504.0, torch.float16),
    "bfloat16": FloatFormat(8, -126, float(torch.finfo(torch.bfloat16).max), torch.bfloat16),
    "float8_e4m3": FloatFormat(4, -6, 448.0, torch.float8_e4m3fn),
    "float8_e5m2": FloatFormat(3, -14, 57344.0, torch.float8_e5m2),
}
"""IEEE 754, and "FP8 Formats for Deep Learning" (Micikevicius and others, 2022) for the narrow ones."""


@dataclass(frozen=True)
class Scheme:
    """How numbers become scaled codes.

    Args:
        low: the smallest code
        high: the largest code
        per_dimension: one scale per dimension, fitted on the corpus; else one per vector
        symmetric: zero is code 0
    """

    low: int
    high: int
    per_dimension: bool
    symmetric: bool


INTEGERS = {
    StorageFormat.int8_vector_symmetric: Scheme(-127, 127, per_dimension=False, symmetric=True),
    StorageFormat.int8_vector_affine: Scheme(-128, 127, per_dimension=False, symmetric=False),
    StorageFormat.int8_dimension_symmetric: Scheme(-127, 127, per_dimension=True, symmetric=True),
    StorageFormat.int8_dimension_affine: Scheme(-128, 127, per_dimension=True, symmetric=False),
    StorageFormat.int4_vector_symmetric: Scheme(-7, 7, per_dimension=False, symmetric=True),
    StorageFormat.int4_dimension_affine: Scheme(-8, 7, per_dimension=True, symmetric=False),
}

# What is kept per vector beside its codes, in bytes: a float32 scale and, where affine, a float32 offset.
_SIDE_BYTES = {
    StorageFormat.float8_e4m3_vector: 4,
    StorageFormat.int8_vector_symmetric: 4,
    StorageFormat.int8_vector_affine: 8,
    StorageFormat.int4_vector_symmetric: 4,
}


def bits_per_number(storage: StorageFormat) -> int:
    """Bits that one component takes."""
    if storage is StorageFormat.binary:
        return 1
    if storage in INTEGERS:
        return (INTEGERS[storage].high - INTEGERS[storage].low).bit_length()
    dtype = FLOATS[storage.value.removesuffix("_vector")].dtype
    assert dtype is not None
    return 8 * dtype.itemsize


def bytes_per_vector(storage: StorageFormat, d: int) -> int:
    """Bytes that one stored vector takes, its own scale included; scales shared by all vectors are not counted."""
    return -(-bits_per_number(storage) * d // 8) + _SIDE_BYTES.get(storage, 0)


def float_of(storage: StorageFormat) -> FloatFormat | None:
    """The floating-point format that components are rounded to; None for whole numbers and bits."""
    return FLOATS.get(storage.value.removesuffix("_vector"))


def to_tf32(values: torch.Tensor) -> torch.Tensor:
    """Float32 values rounded to TF32's 10 stored bits, ties away from zero, as the instruction cvt.rna.tf32 rounds.

    A new tensor of float32. Hardware may drop the lower bits instead, so that bounds for a GPU allow for twice as much.
    """
    bits = values.contiguous().view(torch.int32)
    return torch.where(torch.isfinite(values), ((bits + 0x1000) & ~0x1FFF).view(torch.float32), values)


def rounded(values: torch.Tensor, name: str) -> torch.Tensor:
    """Values rounded to a format and widened again to float32 (float64 for float64).

    Args:
        values: float32 or float64
        name: a key of `FLOATS`
    """
    if name == "float64":
        return values.to(torch.float64)
    narrow = values.to(torch.float32)
    if name == "float32":
        return narrow
    if name == "tf32":
        return to_tf32(narrow)
    dtype = FLOATS[name].dtype
    assert dtype is not None
    return narrow.to(dtype).to(torch.float32)


def keep_(scores: torch.Tensor, kept: KeptFormat) -> torch.Tensor:
    """Scores rounded to the format that they are kept in, in place where they can be."""
    if kept.value == str(scores.dtype).removeprefix("torch.") or kept is KeptFormat.float64:
        return scores
    if kept is KeptFormat.float32:
        return scores.to(torch.float32)
    dtype = FLOATS[kept.value].dtype
    assert dtype is not None
    # hardware holds sums in float32 before it narrows them
    return scores.copy_(scores.to(torch.float32).to(dtype))


def ulp(values: torch.Tensor, target: FloatFormat) -> torch.Tensor:
    """The unit in the last place of a format at each value, float64."""
    _, exponents = np.frexp(values.to(torch.float64).numpy())
    # NumPy's ldexp, since PyTorch's goes through float32
    return torch.from_numpy(np.ldexp(1.0, np.maximum(exponents - 1, target.least_exponent) - target.bits + 1))
