"""The ladder that is measured where a config names none."""

from embdrift.numerics.cells import Arithmetic, Cell
from embdrift.numerics.formats import KeptFormat, StorageFormat


def default_ladder() -> list[Cell]:
    """From float32 throughout to one bit a dimension, one axis changed at a time where that tells axes apart."""
    return [
        Cell(),
        Cell(arithmetic=Arithmetic.tf32),
        Cell(storage=StorageFormat.float16),
        Cell(storage=StorageFormat.float16, kept=KeptFormat.float16),
        Cell(storage=StorageFormat.bfloat16),
        Cell(storage=StorageFormat.bfloat16, kept=KeptFormat.bfloat16),
        Cell(storage=StorageFormat.float8_e4m3),
        Cell(storage=StorageFormat.float8_e5m2),
        Cell(storage=StorageFormat.float8_e4m3_vector),
        Cell(storage=StorageFormat.int8_vector_symmetric),
        Cell(storage=StorageFormat.int8_dimension_affine),
        Cell(storage=StorageFormat.int8_dimension_affine, arithmetic=Arithmetic.codes),
        Cell(storage=StorageFormat.int4_vector_symmetric),
        Cell(storage=StorageFormat.binary, arithmetic=Arithmetic.codes),
        Cell(storage=StorageFormat.binary, arithmetic=Arithmetic.codes, rescore=10),
    ]
