"""Part of the corpus comes from another version."""

import math

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.causes.identifiers import IDENTIFIED
from embdrift.gates.causes.split import Split, two_groups
from embdrift.gates.outcome import Axis
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

LEAST_MOVED = 0.05
"""1 - cosine that tells another version from a change of numbers."""

STAYED = 0.25
"""Those that stayed moved at most so much in times of those that went."""

FEWEST = 0.002
"""A smaller share is single items, not part of a corpus."""


def mixed_versions(known: Evidence) -> Cause | None:
    """Movement falls into two groups: items that stayed, and items that went far, by vectors that nobody had before.

    Items that hold other items' vectors fall into two groups too; they are told by those vectors.
    """
    found = parts(known)
    if found is None or _held_by_others(known):
        return None
    words = known.displacement()[1]
    return Cause(
        "part of the corpus from another version",
        (
            f"{percent(found.share)} of the items moved far and the others stayed: {words} is {number(found.high)} and"
            f" {number(found.low)} on average, with nothing between",
        ),
    )


def parts(known: Evidence) -> Split | None:
    """The items that stayed and those that went far, where movement falls into these two groups."""
    found = two_groups(known.displacement()[0])
    if found is None or found.high < LEAST_MOVED or found.low > STAYED * found.high:
        return None
    return found if FEWEST <= found.share <= 1 - FEWEST else None


def _held_by_others(known: Evidence) -> bool:
    others = known.value("vector_of_another")
    if math.isnan(others):
        return known.distribution is Axis.unmoved
    return others >= IDENTIFIED
