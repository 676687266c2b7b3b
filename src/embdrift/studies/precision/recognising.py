"""Which format's rounding would explain the difference between two vector sets, and which rows it does not explain."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics import (
    Codec,
    NumericChange,
    Provenance,
    StorageFormat,
    Swapped,
    Verdict,
    fit,
    numeric_change,
    swapped,
    value_provenance,
)
from embdrift.studies.engine.matching import Pairing
from embdrift.studies.engine.study import CheckedSet
from embdrift.types import Positions

TRIED = (
    StorageFormat.float32,
    StorageFormat.float16,
    StorageFormat.bfloat16,
    StorageFormat.float8_e4m3,
    StorageFormat.float8_e5m2,
    StorageFormat.float8_e4m3_vector,
    StorageFormat.int8_vector_symmetric,
    StorageFormat.int8_vector_affine,
    StorageFormat.int8_dimension_symmetric,
    StorageFormat.int8_dimension_affine,
    StorageFormat.int4_vector_symmetric,
    StorageFormat.int4_dimension_affine,
)
"""From the most bits to the fewest; of formats that explain as many rows, the first is named."""

SCREENED = 2000
"""Rows on which all formats are tried; the best is then held against every row."""

MAJORITY = 0.5
"""A format is recognised where it explains at least this share of the rows."""

SUSPECTS = 2000
"""Rows that stand out are looked up among all others, to see whose vector they hold, up to so many."""


@dataclass(frozen=True, eq=False)
class Recognised:
    """How two sets of the same items differ.

    Args:
        change: how far apart they are
        shares: format -> share of the screened rows whose candidate is the reference rounded to it
        reverse: format -> share of those whose reference is the candidate rounded to it
        storage: the format that explains most rows exactly, where it explains a majority; float32 where sets are equal
        codec: that format, fitted to the reference
        wrong: the rows that it does not explain, by place in the pairing; empty where no format is recognised
        swapped: rows that hold another item's vector
    """

    change: NumericChange
    shares: dict[StorageFormat, float]
    reverse: dict[StorageFormat, float]
    storage: StorageFormat | None
    codec: Codec | None
    wrong: Provenance
    swapped: Swapped


def recognise(reference: CheckedSet, candidate: CheckedSet, pairing: Pairing) -> Recognised:
    """Compare two sets of one dimension.

    Args:
        reference: what the vectors should be
        candidate: what they are
        pairing: which rows hold the same item
    """
    a, b = reference.vectors, candidate.vectors
    old, new = pairing.reference_rows, pairing.candidate_rows
    change = numeric_change(a, b, old, new)
    codecs = {storage: fit(storage, a) for storage in TRIED}
    chosen = np.unique(np.linspace(0, len(old) - 1, min(SCREENED, len(old))).astype(np.int64))
    first, second = _rows(a, old[chosen]), _rows(b, new[chosen])
    shares = {storage: _share(second, first, codec) for storage, codec in codecs.items()}
    reverse = {
        storage: _share(first, second, Codec(storage))
        for storage in (StorageFormat.float16, StorageFormat.bfloat16)
        if change.verdict is not Verdict.equal
    }
    best = max(shares, key=lambda storage: shares[storage])
    storage = best if shares[best] >= MAJORITY else None
    wrong = _nothing_wrong()
    if storage is not None:
        wrong = value_provenance(_rows(b, new), _rows(a, old), codecs[storage])
    suspects = np.union1d(wrong.rows, change.standing_out)[:SUSPECTS]
    moved = Swapped(np.empty(0, np.int64), np.empty(0, np.int64))
    if 0 < len(suspects) < len(old):
        moved = swapped(a, b, old, new, suspects, tolerance=min(3 * change.median, 0.05))
    codec = None if storage is None else codecs[storage]
    return Recognised(change, shares, reverse, storage, codec, wrong, moved)


def _share(values: torch.Tensor, originals: torch.Tensor, codec: Codec) -> float:
    return 1 - len(value_provenance(values, originals, codec).rows) / len(values)


def _rows(vectors: torch.Tensor, rows: Positions) -> torch.Tensor:
    return vectors[torch.from_numpy(rows)]


def _nothing_wrong() -> Provenance:
    none = np.empty(0, np.int64)
    return Provenance(none, none, none, np.empty(0), np.empty(0))
