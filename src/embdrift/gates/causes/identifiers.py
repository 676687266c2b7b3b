"""Documents and vectors no longer belong together."""

import math

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.outcome import Axis
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

IDENTIFIED = 0.002
"""From this share up, vectors that belonged to other items are no accident."""

FOUND = 0.5
"""Where fewer items than this are nearest to their own old vector, the identifiers are in doubt."""

FAR = 0.5
"""Aligned movement, in times of that of vectors dealt at random, from which up vectors have nothing to do with ids."""


def identifiers_mixed_up(known: Evidence) -> Cause | None:
    """Neighbours are lost, and the vectors are there all the same, under other ids.

    Either items hold what was another item's vector, or the distribution is as it was and items do not find
    themselves.
    """
    others = known.value("vector_of_another")
    if others >= IDENTIFIED:
        evidence = (f"{percent(others)} of the items hold what was another item's vector", *_found(known))
        return Cause("identifiers mixed up", evidence)
    if strangers(known):
        evidence = ("the vectors as a whole are distributed as before", *_found(known), *_aligned(known))
        return Cause("identifiers mixed up", evidence)
    return None


def strangers(known: Evidence) -> bool:
    """Whether the distribution is as before, neighbours are lost, and vectors are under other ids than before."""
    if known.distribution is not Axis.unmoved or known.neighbors is not Axis.moved:
        return False
    found = known.value("self_found")
    return known.value("vector_of_another") >= IDENTIFIED or found < FOUND if not math.isnan(found) else _far(known)


def _far(known: Evidence) -> bool:
    row = known.row("aligned_self_displacement")
    return row is not None and row.value >= FAR * row.chance


def _found(known: Evidence) -> tuple[str, ...]:
    found = known.value("self_found")
    return () if math.isnan(found) else (f"{percent(found)} of the items are nearest to their own old vector",)


def _aligned(known: Evidence) -> tuple[str, ...]:
    row = known.row("aligned_self_displacement")
    if row is None or math.isnan(row.value) or math.isnan(row.chance):
        return ()
    return (f"after the best rotation 1 − cosine is {number(row.value)}; {number(row.chance)} if dealt at random",)
