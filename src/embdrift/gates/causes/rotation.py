"""The whole space was turned."""

import math

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

LEAST_MOVED = 0.01
"""Vectors that moved less than this were not turned by any amount that matters."""

LEFT = 0.1
"""A rotation explains the movement where at most so large a part of it is left after alignment."""


def rotation(known: Evidence) -> Cause | None:
    """Old and new vectors differ, and one rotation lays nearly all of them over each other."""
    raw, aligned = known.value("self_displacement"), known.value("aligned_self_displacement")
    if not (raw >= LEAST_MOVED and aligned <= LEFT * raw):
        return None
    evidence = [f"1 − cosine of old and new vectors is {number(raw)}, and {number(aligned)} after one rotation of all"]
    overlap = known.value("overlap")
    if not math.isnan(overlap):
        evidence.append(f"{percent(overlap)} of the neighbours are kept")
    return Cause("uniform rotation", tuple(evidence))
