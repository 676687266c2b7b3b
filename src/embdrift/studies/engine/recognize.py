"""Recognition of number formats: the rounding that explains the difference between two vector sets, row by row."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from embdrift.numerics import (
    ChangeKind,
    Codec,
    LengthChange,
    NumericChange,
    Provenance,
    StorageFormat,
    Swapped,
    fit,
    numeric_change,
    swapped,
    value_provenance,
)
from embdrift.studies.engine.matching import Matching
from embdrift.studies.engine.rows import SummaryRow
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
"""A format is recognized where it explains at least this share of the rows."""

SUSPECTS = 2000
"""At most this many outlying rows are looked up among all others, to see whose vector they hold."""

SLIPS = {
    LengthChange.none: "",
    LengthChange.scaled: "all vectors were multiplied by one factor",
    LengthChange.not_normalized: "the reference has unit length, the candidate has not",
    LengthChange.normalized: "the candidate has unit length, the reference has not",
    LengthChange.lengths: "the lengths of the vectors changed",
}


@dataclass(frozen=True, eq=False)
class Recognition:
    """The difference between two sets of the same items.

    Args:
        change: how far apart they are
        shares: format -> share of the screened rows whose candidate is the reference rounded to it
        reverse: format -> share of those whose reference is the candidate rounded to it
        storage: the format that explains most rows exactly, where it explains a majority; float32 where sets are equal
        codec: that format, fitted to the reference
        wrong: the rows that it does not explain, by place in the matching; empty where no format is recognized
        swapped: rows that hold another item's vector
    """

    change: NumericChange
    shares: dict[StorageFormat, float]
    reverse: dict[StorageFormat, float]
    storage: StorageFormat | None
    codec: Codec | None
    wrong: Provenance
    swapped: Swapped


def recognize(reference: CheckedSet, candidate: CheckedSet, matching: Matching) -> Recognition:
    """Compare two sets of the same dimension.

    Args:
        reference: what the vectors should be
        candidate: what they are
        matching: which rows hold the same item
    """
    a, b = reference.vectors, candidate.vectors
    old, new = matching.reference_rows, matching.candidate_rows
    change = numeric_change(a, b, old, new)
    codecs = {storage: fit(storage, a) for storage in TRIED}
    chosen = np.unique(np.linspace(0, len(old) - 1, min(SCREENED, len(old))).astype(np.int64))
    first, second = _rows(a, old[chosen]), _rows(b, new[chosen])
    shares = {storage: _share(second, first, codec) for storage, codec in codecs.items()}
    reverse = {
        storage: _share(first, second, Codec(storage))
        for storage in (StorageFormat.float16, StorageFormat.bfloat16)
        if change.verdict is not ChangeKind.equal
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
    return Recognition(change, shares, reverse, storage, codec, wrong, moved)


def _share(values: torch.Tensor, originals: torch.Tensor, codec: Codec) -> float:
    return 1 - len(value_provenance(values, originals, codec).rows) / len(values)


def _rows(vectors: torch.Tensor, rows: Positions) -> torch.Tensor:
    return vectors[torch.from_numpy(rows)]


def _nothing_wrong() -> Provenance:
    none = np.empty(0, np.int64)
    return Provenance(none, none, none, np.empty(0), np.empty(0))


def change_values(change: NumericChange) -> dict[str, float]:
    """The size of a numeric change, by metric."""
    return {
        "equal_rows": change.equal_rows,
        "equal_values": change.equal_values,
        "ulps_median": change.ulps_median,
        "ulps_mean": change.ulps_mean,
        "ulps_max": change.ulps_max,
        "relative_error_median": change.median,
        "relative_error_max": change.largest,
        "length_ratio": float(np.median(change.ratios)),
        "standing_out": len(change.standing_out),
    }


def change_rows(found: Recognition, about: SummaryRow) -> list[SummaryRow]:
    """Summary rows about the numbers of one set.

    Args:
        found: how it differs from the reference
        about: scope and candidate
    """
    change, recognized = found.change, found.storage is not None
    n = len(change.errors)
    values = change_values(change) | {
        "numeric_scale": float(change.verdict in (ChangeKind.equal, ChangeKind.numeric_scale)),
        "wrongly_stored": float(len(found.wrong.rows)) if recognized else float("nan"),
    }
    units = f"units of {change.ulps_format}"
    scaled = "after lengths were made equal" if change.slip is not LengthChange.none else ""
    notes = {
        "ulps_median": units,
        "ulps_mean": units,
        "ulps_max": units,
        "length_ratio": SLIPS[change.slip],
        "relative_error_median": scaled,
        "relative_error_max": scaled,
        "numeric_scale": change.verdict.value,
        "wrongly_stored": "" if recognized else "no format's rounding explains the difference",
    }
    rows = [
        replace(about, metric=name, value=float(value), n=n, note=notes.get(name, "")) for name, value in values.items()
    ]
    best = max(found.shares, key=lambda storage: found.shares[storage])
    text = f"as if stored in {best.value}" if recognized else f"the nearest is {best.value}"
    if change.verdict is ChangeKind.equal:
        text = "equal bit for bit"
    return [*rows, replace(about, metric="as_if_stored", value=found.shares[best], n=n, note=text)]


def format_frame(found: Recognition, *, name: str, what: str) -> pd.DataFrame:
    """The share of the vectors that each format's rounding explains, in both directions."""
    rows = [("candidate is reference rounded", storage.value, share) for storage, share in found.shares.items()]
    rows += [("reference is candidate rounded", storage.value, share) for storage, share in found.reverse.items()]
    frame = pd.DataFrame(rows, columns=["direction", "format", "share"])
    frame.insert(0, "set", what)
    frame.insert(0, "candidate", name)
    return frame
