"""Whether vectors can be compared at all."""

from collections.abc import Iterable

import numpy as np

from embdrift.data.vector_report import NORM_RANGE, VectorReport, inspect_vectors
from embdrift.errors import InputError
from embdrift.settings import ZeroVectors
from embdrift.types import EmbeddingSet, Positions, Similarity

__all__ = [
    "VectorReport",
    "extreme_sentence",
    "inspect_vectors",
    "non_finite_sentence",
    "require_usable",
    "zero_sentence",
]

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
