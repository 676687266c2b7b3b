"""What the versions' own cards say was done differently."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause

SHOWN = 6
WITHOUT = "no version card"


def version_cards(known: Evidence) -> Cause | None:
    """The version cards differ: another model, tokenizer, pooling, length or format, as recorded when embedding."""
    said = [str(one) for one in known.record.get("differences", {}).get(known.candidate, ())]
    differing = tuple(one for one in said if not one.startswith(WITHOUT))
    return Cause("made otherwise, by the version cards", differing[:SHOWN]) if differing else None
