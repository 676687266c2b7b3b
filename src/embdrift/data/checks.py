"""One pass over a set of vectors: what it finds, and whether these vectors can be compared at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch

from embdrift.data.blocks import block_rows, row_blocks, wide_norms
from embdrift.data.fingerprints import Fingerprint, RowHashes, dtype_name, duplicate_of, row_bytes
from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.settings import ZeroVectors
from embdrift.types import EmbeddingSet, Floats, Positions, Similarity

NORM_RANGE = (1e-140, 1e150)
"""Vectors shorter or longer than this have squares that leave float64, in which scores are computed."""

UNIT_TOLERANCE = {torch.float64: 1e-4, torch.float32: 1e-4, torch.float16: 1e-3, torch.bfloat16: 5e-3}
"""How far a length may be from 1: rounding of each type with room to spare."""


@dataclass(frozen=True, eq=False)
class VectorReport:
    """What one pass over a set of vectors has found.

    Args:
        n: number of vectors
        d: dimension
        dtype: type of the values, such as "float32"
        zero_rows: rows whose values are all zero, ascending
        non_finite_rows: rows with a NaN or infinite value, ascending
        non_finite_dimensions: the first such dimension of each of these rows
        extreme_rows: finite rows so long or short that their scores leave float64, ascending
        norm_min, norm_median, norm_max: Euclidean lengths of the finite rows; NaN where there are none
        unit_length: whether every row has length 1 to within the rounding of its type
        duplicate_groups: distinct vectors that occur more than once
        duplicate_vectors: vectors that are equal to an earlier one, value for value
        fingerprint: SHA-256 of type, shape and bytes, as `embdrift.data.fingerprint` gives it
    """

    n: int
    d: int
    dtype: str
    zero_rows: Positions
    non_finite_rows: Positions
    non_finite_dimensions: Positions
    extreme_rows: Positions
    norm_min: float
    norm_median: float
    norm_max: float
    unit_length: bool
    duplicate_groups: int
    duplicate_vectors: int
    fingerprint: str


@dataclass
class _Pass:
    """What a pass collects block by block: 24 bytes a row, whatever the dimension."""

    vectors: torch.Tensor
    norms: Floats = field(init=False)
    non_finite: list[Positions] = field(default_factory=list)

    def __post_init__(self) -> None:
        n, d = self.vectors.shape
        self.norms = np.empty(n)
        self.taken = Fingerprint(self.vectors)
        self.hashes = RowHashes(n, d * self.vectors.element_size())

    def add(self, start: int, block: torch.Tensor) -> None:
        wide, norms = wide_norms(block)
        self.norms[start : start + len(block)] = norms.numpy()
        suspects = torch.nonzero(~torch.isfinite(norms))[:, 0]
        if len(suspects):
            wrong = ~torch.isfinite(wide[suspects])  # (suspects, d); none where a float64 row's length alone overflows
            places = torch.stack((suspects + start, wrong.to(torch.uint8).argmax(dim=1)), dim=1)
            self.non_finite.append(places[wrong.any(dim=1)].numpy())
        self.hashes.add(start, row_bytes(block))
        self.taken.add(block)


def inspect_vectors(embedding_set: EmbeddingSet, *, progress: Progress | None = None) -> VectorReport:
    """Look at every vector once, a block of rows at a time, and report what matters for comparing them.

    Args:
        embedding_set: the vectors, perhaps larger than memory
        progress: receives progress updates, in rows
    """
    vectors, listener = embedding_set.vectors, progress or Silent()
    found = _Pass(vectors)
    listener.start(f"checking {embedding_set.name}", embedding_set.n)
    # The pass holds a block in float64 and as 64-bit words beside the block itself.
    for start, block in row_blocks(vectors, block_rows(embedding_set.d, 8)):
        found.add(start, block)
        listener.advance(len(block))
    listener.finish()
    return _report(vectors, found)


def _report(vectors: torch.Tensor, found: _Pass) -> VectorReport:
    n, d = vectors.shape
    wrong = np.concatenate((np.empty((0, 2), np.int64), *found.non_finite))  # (rows, 2): row, first dimension
    norms = np.delete(found.norms, wrong[:, 0])
    first = duplicate_of(vectors, found.hashes.hashes)
    repeated = first != np.arange(n)
    tolerance = UNIT_TOLERANCE.get(vectors.dtype, 0.0)
    extreme = (
        np.isinf(found.norms) | (found.norms > NORM_RANGE[1]) | ((found.norms < NORM_RANGE[0]) & (found.norms > 0))
    )
    extreme[wrong[:, 0]] = False
    return VectorReport(
        n=n,
        d=d,
        dtype=dtype_name(vectors),
        zero_rows=np.flatnonzero(found.norms == 0),
        non_finite_rows=wrong[:, 0],
        non_finite_dimensions=wrong[:, 1],
        extreme_rows=np.flatnonzero(extreme),
        norm_min=float(norms.min()) if len(norms) else float("nan"),
        norm_median=float(np.median(norms)) if len(norms) else float("nan"),
        norm_max=float(norms.max()) if len(norms) else float("nan"),
        unit_length=not len(wrong) and bool((np.abs(norms - 1) <= tolerance).all()),
        duplicate_groups=len(np.unique(first[repeated])),
        duplicate_vectors=int(repeated.sum()),
        fingerprint=found.taken.value(),
    )


SHOWN = 5


def require_usable(embedding_set: EmbeddingSet, report: VectorReport, *, zero_vectors: ZeroVectors) -> Positions:
    """The rows to leave out before scores are computed: none, or the vectors of zeros where that is asked for.

    Raises:
        InputError: when a value is NaN or infinite, a vector leaves the range in which scores can be computed, or the
            similarity is cosine and a vector is all zeros (unless these are to be left out)
    """
    if len(report.non_finite_rows):
        raise InputError(f"{embedding_set.label}: {non_finite_sentence(embedding_set, report)}; embed these again")
    if len(report.extreme_rows):
        raise InputError(f"{embedding_set.label}: {extreme_sentence(embedding_set, report)}; scale all vectors alike")
    if embedding_set.similarity is not Similarity.cosine or not len(report.zero_rows):
        return np.empty(0, dtype=np.int64)
    if zero_vectors is ZeroVectors.error and len(report.zero_rows) < report.n:
        raise InputError(
            f"{embedding_set.label}: {zero_sentence(embedding_set, report)}; embed these again or set "
            "zero_vectors=leave_out"
        )
    if len(report.zero_rows) == report.n:
        raise InputError(f"{embedding_set.label}: all {report.n:,} vectors are zero, so no cosine is defined")
    return report.zero_rows


def non_finite_sentence(embedding_set: EmbeddingSet, report: VectorReport) -> str:
    """How many vectors hold NaN or infinite values, with the first few rows, ids and dimensions."""
    rows = report.non_finite_rows
    places = zip(rows[:SHOWN].tolist(), report.non_finite_dimensions[:SHOWN].tolist(), strict=True)
    values = (f"{_place(embedding_set, row)} dimension {column}" for row, column in places)
    return f"{len(rows):,} of {report.n:,} vectors hold NaN or infinite values: {_listed(values, len(rows))}"


def extreme_sentence(embedding_set: EmbeddingSet, report: VectorReport) -> str:
    """How many vectors have lengths whose squares leave float64, with the first few rows and ids."""
    rows = report.extreme_rows
    shown = _listed((_place(embedding_set, row) for row in rows[:SHOWN].tolist()), len(rows))
    low, high = NORM_RANGE
    return f"{len(rows):,} of {report.n:,} vectors have lengths outside {low:g} to {high:g}: {shown}"


def zero_sentence(embedding_set: EmbeddingSet, report: VectorReport) -> str:
    """How many vectors are all zeros, with the first few rows and ids."""
    rows = report.zero_rows
    shown = _listed((_place(embedding_set, row) for row in rows[:SHOWN].tolist()), len(rows))
    return f"{len(rows):,} of {report.n:,} vectors are zero, so their cosine is undefined: {shown}"


def _place(embedding_set: EmbeddingSet, row: int) -> str:
    return f"row {row} (id {embedding_set.ids[row].item()!r})" if embedding_set.has_ids else f"row {row}"


def _listed(shown: Iterable[str], count: int) -> str:
    return ", ".join(shown) + (", …" if count > SHOWN else "")
