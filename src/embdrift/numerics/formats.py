"""Number formats: how vectors are stored and scores are kept. Read by settings, and so without torch."""

import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        torch_name: torch's name of it; None where torch has no such type
    """

    bits: int
    least_exponent: int
    largest: float
    torch_name: str | None

    @property
    def dtype(self) -> "torch.dtype | None":
        """Torch's type; None where there is none."""
        import torch

        found: torch.dtype | None = getattr(torch, self.torch_name or "", None)
        return found

    @property
    def unit(self) -> float:
        """The most that one rounding moves a number, relative to it: half a unit in the last place."""
        return float(2.0**-self.bits)

    @property
    def tiny(self) -> float:
        """The most that one rounding moves a number too small to be normal: half the smallest subnormal."""
        return float(2.0 ** (self.least_exponent - self.bits))


_LARGEST_FLOAT32 = (2 - 2.0**-23) * 2.0**127

FLOATS = {
    "float64": FloatFormat(53, -1022, sys.float_info.max, "float64"),
    "float32": FloatFormat(24, -126, _LARGEST_FLOAT32, "float32"),
    "tf32": FloatFormat(11, -126, _LARGEST_FLOAT32, None),
    "float16": FloatFormat(11, -14, 65504.0, "float16"),
    "bfloat16": FloatFormat(8, -126, (2 - 2.0**-7) * 2.0**127, "bfloat16"),
    "float8_e4m3": FloatFormat(4, -6, 448.0, "float8_e4m3fn"),
    "float8_e5m2": FloatFormat(3, -14, 57344.0, "float8_e5m2"),
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
