"""Vectors have another dimension."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause


def dimensions(known: Evidence) -> Cause | None:
    """The candidate's vectors are longer lists of numbers than the reference's, or shorter ones."""
    old = known.inputs("reference", known.reference).get("d")
    new = known.inputs("candidate", known.candidate).get("d")
    if old is None or new is None or old == new:
        return None
    name = "dimensions cut" if new < old else "more dimensions"
    return Cause(name, (f"vectors have {new} dimensions, and had {old}",))
