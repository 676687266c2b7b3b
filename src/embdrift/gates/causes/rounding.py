"""Numbers were stored in a narrower format."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

MAJORITY = 0.5
"""A format's rounding is the cause where it gives at least this share of the vectors, number by number."""

RECOGNISED = "as if stored in "


def format_rounding(known: Evidence) -> Cause | None:
    """The candidate's numbers are the reference's, rounded to a known format."""
    found = known.row("as_if_stored")
    if found is None or not found.value >= MAJORITY or RECOGNISED not in found.note:
        return None
    name = found.note.partition(RECOGNISED)[2].partition(";")[0]
    error = known.value("relative_error_median")
    if error == 0:
        return None  # most vectors are as they were, and what changed the others was no rounding
    evidence = [f"{percent(found.value)} of the vectors are the reference's, rounded to {name}, number by number"]
    if error > 0:
        evidence.append(f"their median relative error is {number(error)}")
    return Cause(f"rounding to {name}", tuple(evidence))
