"""Precision configurations: storage, arithmetic and the format of kept scores. Read by settings: without torch."""

from dataclasses import dataclass
from enum import Enum

from embdrift.errors import InputError
from embdrift.numerics.formats import INTEGERS, KeptFormat, StorageFormat


class Arithmetic(Enum):
    """In what arithmetic scores are computed from the stored vectors.

    * float64: embdrift's own definition of the scores
    * float32: multiplied and summed in float32
    * tf32, float16, bfloat16: components rounded to that format, multiplied exactly, summed in float32
    * float16_accumulate: multiplied and summed in float16, where the hardware does that
    * codes: the stored codes themselves, scales and offsets never undone: another similarity
    """

    float64 = "float64"
    float32 = "float32"
    tf32 = "tf32"
    float16 = "float16"
    bfloat16 = "bfloat16"
    float16_accumulate = "float16_accumulate"
    codes = "codes"


class QueryFormat(Enum):
    """How queries are held: stored like the corpus, or as they were given."""

    same = "same"
    given = "given"


class RescoreWith(Enum):
    """What the best candidates are scored again with, in float64: the original vectors, or the stored codes.

    With codes, the query is as it was given.
    """

    original = "original"
    codes = "codes"


class Fidelity(Enum):
    """What the figures of a cell rest on.

    * native: the arithmetic of the device itself
    * exact: emulated, equal to the last bit
    * emulated: products are exact, but the order in which hardware sums them is not known
    """

    native = "native"
    exact = "exact"
    emulated = "emulated"


@dataclass
class Cell:
    """One way to store, compute and keep.

    Args:
        name: what to call it; empty for a name made from the settings
        storage: how vectors are stored
        arithmetic: in what arithmetic scores are computed
        kept: in what format scores are kept
        query: how queries are held
        rescore: score the best `rescore` times k again; None for not at all
        rescore_with: what to score them with
    """

    name: str = ""
    storage: StorageFormat = StorageFormat.float32
    arithmetic: Arithmetic = Arithmetic.float32
    kept: KeptFormat = KeptFormat.float32
    query: QueryFormat = QueryFormat.same
    rescore: int | None = None
    rescore_with: RescoreWith = RescoreWith.original


def cell_name(cell: Cell) -> str:
    """What a cell is called: its own name, else what it differs in from float32 throughout."""
    if cell.name:
        return cell.name
    parts = [cell.storage.value]
    if cell.arithmetic is Arithmetic.codes:
        parts.append("raw codes" if cell.storage is not StorageFormat.binary else "")
    elif cell.arithmetic is not Arithmetic.float32:
        parts.append(f"{cell.arithmetic.value} arithmetic")
    if cell.kept is not KeptFormat.float32:
        parts.append(f"{cell.kept.value} scores")
    if cell.query is QueryFormat.given:
        parts.append("queries as given")
    if cell.rescore is not None:
        parts.append(f"rescored x{cell.rescore}" + (" with codes" if cell.rescore_with is RescoreWith.codes else ""))
    return ", ".join(part for part in parts if part)


def is_labelled(cell: Cell) -> bool:
    """Whether lost neighbours can be explained by rounding; raw codes and binary are another similarity."""
    return cell.arithmetic is not Arithmetic.codes and cell.storage is not StorageFormat.binary


def fidelity(cell: Cell, *, cuda: bool) -> Fidelity:
    """What the figures of a cell rest on, on a GPU or on a CPU."""
    if cuda or cell.arithmetic in (Arithmetic.float64, Arithmetic.float32):
        return Fidelity.native
    if cell.arithmetic is Arithmetic.codes and cell.query is QueryFormat.same:
        return Fidelity.exact
    return Fidelity.emulated


def check_cell(cell: Cell) -> None:
    """Check that the three axes of a cell go together.

    Raises:
        InputError: when they do not
    """
    raw = cell.storage in INTEGERS or cell.storage is StorageFormat.binary
    if cell.arithmetic is Arithmetic.codes and not raw:
        raise InputError(
            f"precision cell {cell_name(cell)!r}: only int8, int4 and binary storage has codes to compare, got"
            f" {cell.storage.value}; choose another arithmetic"
        )
    if cell.rescore is not None and cell.rescore < 1:
        raise InputError(f"precision cell {cell_name(cell)!r}: rescore must be at least 1, got {cell.rescore}")


def check_ladder(ladder: list[Cell]) -> None:
    """Check every cell, and that names differ.

    Raises:
        InputError: when a cell does not hold together, two have one name, or there is none
    """
    if not ladder:
        raise InputError("the precision ladder is empty: give at least one cell, or choose precision=default")
    names = [cell_name(cell) for cell in ladder]
    for cell, name in zip(ladder, names, strict=True):
        check_cell(cell)
        if names.count(name) > 1:
            raise InputError(f"the precision ladder has {names.count(name)} cells called {name!r}; give each a name")


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
