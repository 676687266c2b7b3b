"""Vectors that hold nothing, or nothing of their own."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import percent

LEAST = 0.0005
"""More than so many, beyond the reference's, are worth a word."""

WORDS = {
    "null_vectors": "are zero",
    "near_zero_vectors": "are nearly zero",
    "constant_vectors": "hold one number throughout",
    "duplicated_vectors": "repeat another one",
}


def broken_vectors(known: Evidence) -> Cause | None:
    """More vectors than before are zero, constant or copies."""
    evidence = []
    for metric, words in WORDS.items():
        own, before = known.value(metric), known.value(metric, candidate=known.reference)
        if own - before >= LEAST:
            evidence.append(f"{percent(own)} of the vectors {words}, and {percent(before)} of the reference's")
    return Cause("broken vectors", tuple(evidence)) if evidence else None
