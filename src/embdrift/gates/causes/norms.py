"""Vectors became longer or shorter."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

LEAST = 0.01
"""A median length that changed by less says nothing."""

COLLAPSED = 0.001
"""More than so many short vectors, beyond those of the reference, are no accident."""


def norm_change(known: Evidence) -> Cause | None:
    """The median length changed, or some vectors have nearly none left."""
    evidence = [*_median(known), *_collapsed(known)]
    return Cause("norm change", tuple(evidence)) if evidence else None


def _median(known: Evidence) -> list[str]:
    change = known.value("norm_median_change")
    if not abs(change) >= LEAST:
        return []
    before, after = known.value("norm_median", candidate=known.reference), known.value("norm_median")
    return [f"the median length went from {number(before)} to {number(after)}{_slip(known)}"]


def _slip(known: Evidence) -> str:
    old = known.inputs("reference", known.reference).get("unit_length")
    new = known.inputs("candidate", known.candidate).get("unit_length")
    if old and new is False:
        return ": the reference is normalised, the candidate is not"
    return ": the candidate is normalised, the reference is not" if new and old is False else ""


def _collapsed(known: Evidence) -> list[str]:
    own, before = known.value("norm_collapse"), known.value("norm_collapse", candidate=known.reference)
    if not own - before >= COLLAPSED:
        return []
    return [f"{percent(own)} of the vectors have less than a tenth of the reference's median length"]
