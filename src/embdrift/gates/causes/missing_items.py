"""Items are gone."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import percent

LEAST = 0.0005
"""A smaller share of the corpus says nothing."""


def missing_items(known: Evidence) -> Cause | None:
    """Items of the reference have no vector in the candidate."""
    for one in known.record.get("alignment", ()):
        if (one.get("candidate"), one.get("scope")) == (known.candidate, "corpus"):
            removed, shared = int(one["removed"]), int(one["shared"])
            share = removed / (removed + shared)
            if share >= LEAST:
                words = f"{removed:,} of {removed + shared:,} items of the reference ({percent(share)}) are not there"
                return Cause("items missing", (words,))
    return None
