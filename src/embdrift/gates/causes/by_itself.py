"""Every vector moved by itself: noise, or another model."""

import math

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.causes.identifiers import FOUND, strangers
from embdrift.gates.causes.mixed_versions import parts
from embdrift.gates.causes.offset import MOST
from embdrift.gates.causes.rotation import LEFT
from embdrift.gates.outcome import Axis
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

LEAST_MOVED = 0.002
"""Median 1 - cosine below which movement is rounding."""


def moved_by_itself(known: Evidence) -> Cause | None:
    """Neighbours are lost, and neither a rotation, an offset, other ids nor a part of the corpus explains it."""
    raw, aligned = known.value("self_displacement"), known.value("aligned_self_displacement")
    if known.neighbors is not Axis.moved or not raw >= LEAST_MOVED or _explained(known, raw, aligned):
        return None
    evidence = [f"1 − cosine of old and new vectors is {number(raw)}, and {number(aligned)} after the best rotation"]
    noise, overlap = known.value("noise_equivalent_overlap"), known.value("overlap")
    if not math.isnan(noise):
        evidence.append(
            f"{percent(overlap)} of the neighbours are kept, {percent(noise)} under random movement of that size"
        )
    return Cause("every vector moved by itself: noise, or another model", tuple(evidence))


def _explained(known: Evidence, raw: float, aligned: float) -> bool:
    turned = aligned <= LEFT * raw
    dealt = strangers(known) or known.value("self_found") < FOUND
    return turned or dealt or known.value("offset_share") >= MOST or parts(known) is not None
