"""Summary rows and tables about the numbers of a candidate that should be equal to the reference."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from embdrift.numerics import Slip, Verdict
from embdrift.studies.engine.matching import Pairing
from embdrift.studies.engine.rows import SummaryRow
from embdrift.studies.engine.study import CheckedSet
from embdrift.studies.precision.frames import provenance_frame
from embdrift.studies.precision.recognising import Recognised
from embdrift.types import Floats

SLIPS = {
    Slip.none: "",
    Slip.scaled: "all vectors were multiplied by one factor",
    Slip.not_normalised: "the reference has unit length, the candidate has not",
    Slip.normalised: "the candidate has unit length, the reference has not",
    Slip.lengths: "the lengths of the vectors changed",
}


def change_rows(found: Recognised, about: SummaryRow) -> list[SummaryRow]:
    """What changed in the numbers of one set.

    Args:
        found: what is known about it
        about: scope and candidate
    """
    change = found.change
    n = len(change.errors)
    numeric = change.verdict in (Verdict.equal, Verdict.numeric_scale)
    values = {
        "equal_rows": change.equal_rows,
        "equal_values": change.equal_values,
        "ulps_median": change.ulps_median,
        "ulps_mean": change.ulps_mean,
        "ulps_max": change.ulps_max,
        "relative_error_median": change.median,
        "relative_error_max": change.largest,
        "length_ratio": float(np.median(change.ratios)),
        "standing_out": float(len(change.standing_out)),
        "numeric_scale": float(numeric),
        "wrongly_stored": float(len(found.wrong.rows)) if found.storage is not None else float("nan"),
    }
    notes = {
        "ulps_median": f"units of {change.ulps_format}",
        "ulps_mean": f"units of {change.ulps_format}",
        "ulps_max": f"units of {change.ulps_format}",
        "length_ratio": SLIPS[change.slip],
        "relative_error_median": "after lengths were made equal" if change.slip is not Slip.none else "",
        "relative_error_max": "after lengths were made equal" if change.slip is not Slip.none else "",
        "numeric_scale": change.verdict.value,
        "wrongly_stored": "" if found.storage is not None else "no format's rounding explains the difference",
    }
    rows = [replace(about, metric=name, value=value, n=n, note=notes.get(name, "")) for name, value in values.items()]
    best = max(found.shares, key=lambda storage: found.shares[storage])
    text = f"as if stored in {best.value}" if found.storage is not None else f"the nearest is {best.value}"
    if change.verdict is Verdict.equal:
        text = "equal bit for bit"
    return [*rows, replace(about, metric="as_if_stored", value=found.shares[best], n=n, note=text)]


def change_frames(
    found: Recognised, checked: CheckedSet, pairing: Pairing, *, name: str, what: str, count: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables about the numbers of one set, with their names.

    Args:
        found: what is known about it
        checked: the candidate's vectors
        pairing: which rows hold the same item
        name: the candidate
        what: "corpus" or "queries"
        count: items to list
    """
    change = found.change
    holds = {
        int(row): str(pairing.ids[owner]) for row, owner in zip(found.swapped.rows, found.swapped.owners, strict=True)
    }
    yield (
        "numeric",
        pd.DataFrame(
            [
                {
                    "candidate": name,
                    "set": what,
                    "verdict": change.verdict.value,
                    "slip": change.slip.value,
                    "length_ratio": float(np.median(change.ratios)),
                    "equal_rows": change.equal_rows,
                    "equal_values": change.equal_values,
                    "ulps_median": change.ulps_median,
                    "ulps_mean": change.ulps_mean,
                    "ulps_max": change.ulps_max,
                    "ulps_format": change.ulps_format,
                    "relative_error_median": change.median,
                    "relative_error_max": change.largest,
                    "standing_out": len(change.standing_out),
                    "swapped": len(found.swapped.rows),
                    "as_if": "" if found.storage is None else found.storage.value,
                    "wrongly_stored": len(found.wrong.rows),
                    "n": len(change.errors),
                }
            ]
        ),
    )
    yield "formats", format_frame(found, name=name, what=what)
    yield "standing_out", _standing_out(change.errors, found, pairing, name=name, what=what, holds=holds, count=count)
    yield (
        "provenance",
        provenance_frame(
            found.wrong, pairing.candidate_rows, pairing.ids, name=name, what=what, holds=holds, count=count
        ),
    )


def format_frame(found: Recognised, *, name: str, what: str) -> pd.DataFrame:
    """Which share of the vectors each format's rounding explains, in both directions."""
    rows = [("candidate is reference rounded", storage.value, share) for storage, share in found.shares.items()]
    rows += [("reference is candidate rounded", storage.value, share) for storage, share in found.reverse.items()]
    frame = pd.DataFrame(rows, columns=["direction", "format", "share"])
    frame.insert(0, "set", what)
    frame.insert(0, "candidate", name)
    return frame


def _standing_out(
    errors: Floats, found: Recognised, pairing: Pairing, *, name: str, what: str, holds: dict[int, str], count: int
) -> pd.DataFrame:
    at = found.change.standing_out[:count]
    median = found.change.median
    return pd.DataFrame(
        {
            "candidate": name,
            "set": what,
            "row": pairing.candidate_rows[at],
            "id": pairing.ids[at].astype(str),
            "relative_error": errors[at],
            "times_median": errors[at] / median if median > 0 else np.full(len(at), np.inf),
            "holds_id": [holds.get(int(place), "") for place in at],
        }
    )
