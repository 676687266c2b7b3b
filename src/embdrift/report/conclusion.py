"""What a run found, in sentences."""

from dataclasses import dataclass
from enum import IntEnum


class Movement(IntEnum):
    """How far the neighbors moved, in words; larger is further."""

    none = 0
    noise = 1
    slight = 2
    moderate = 3
    strong = 4
    chance = 5
    unknown = 6


@dataclass(frozen=True)
class Finding:
    """What was found about one candidate.

    Args:
        candidate: its name
        headline: one sentence
        details: further sentences, the most important first
        movement: how far its neighbors moved, in words
    """

    candidate: str
    headline: str
    details: tuple[str, ...] = ()
    movement: Movement = Movement.unknown


@dataclass(frozen=True)
class Conclusion:
    """What a run found: one sentence, and a finding per candidate, the least moved first."""

    sentence: str
    findings: tuple[Finding, ...]
