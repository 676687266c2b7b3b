"""What the figures say about one candidate, as facts that sentences can be made from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from embdrift.report.conclusion import Movement
from embdrift.report.measurements import QualityChange, quality_changes
from embdrift.results import AlignmentRecord, Measurement, Record, Summary

# Words for people, not gates: from here up, a share kept is called slight or moderate movement.
SLIGHT = 0.95
MODERATE = 0.8
# Chance-corrected overlap below which old and new lists have no more in common than chance would give them.
CHANCE = 0.02
# A space counts as turned where alignment takes away nine tenths of a movement that is more than rounding.
TURNED_RAW = 0.01
TURNED_RATIO = 0.1
# A mean of ones, written and read again, may miss 1 by a few units in the last place.
ALL = 1 - 1e-12
# Overlap within this of the noise equivalent is called as much as noise.
ALIKE = 0.02


@dataclass(frozen=True)
class Facts:
    """The figures of one candidate that its finding rests on.

    Args:
        candidate: its name
        scope: the scope that the finding is about
        overlap: share of the k nearest neighbours kept, with chance and floor
        movement: how far the neighbours moved, in words
        furthest: the same for the scope where they moved furthest
        turned: True where alignment takes away nearly all movement of the vectors
        judged: measures of judged quality, the most usual first
        alignment: how the ids meet, where they do not all agree
        differences: what differs between the version cards
    """

    candidate: str
    scope: str
    overlap: Measurement
    noise_equivalent: Measurement
    first_hit: Measurement
    lost: Measurement
    displaced: Measurement
    displaced_aligned: Measurement
    ties: Measurement
    other_overlaps: Mapping[str, Measurement]
    hubness_same: bool
    movement: Movement
    furthest: Movement
    turned: bool
    judged: tuple[QualityChange, ...]
    alignment: tuple[AlignmentRecord, ...]
    differences: tuple[str, ...]

    @property
    def quality_falls(self) -> bool:
        """Whether the judged change is below zero with its whole interval."""
        return any(each.change.high < 0 for each in self.judged[:1])

    @property
    def looks_safe(self) -> bool:
        """Whether no figure of this run speaks against the candidate; not a verdict to ship it."""
        return self.furthest <= Movement.slight and not self.quality_falls and not self.turned


def facts(record: Record, figures: Summary, scopes: tuple[str, ...], candidate: str) -> Facts:
    """Gather the facts about one candidate, in the first of the scopes."""
    scope = scopes[0] if scopes else "corpus"

    def first_defined(metric: str) -> Measurement:
        found = [figures.get(metric, each, candidate) for each in (scope, *scopes)]
        return next((each for each in found if each.defined), found[0])

    raw, aligned = first_defined("self_displacement"), first_defined("aligned_self_displacement")
    moved = {each: _movement_in(figures, each, candidate) for each in scopes}
    return Facts(
        candidate=candidate,
        scope=scope,
        overlap=figures.get("overlap", scope, candidate),
        noise_equivalent=figures.get("noise_equivalent_overlap", scope, candidate),
        first_hit=figures.get("top1_flip", scope, candidate),
        lost=figures.get("lost_beyond_depth", scope, candidate),
        displaced=raw,
        displaced_aligned=aligned,
        ties=figures.get("tie_exposure", scope, candidate),
        other_overlaps={each: figures.get("overlap", each, candidate) for each in scopes if each != scope},
        hubness_same=abs(first_defined("hubness_change").value) < 1e-6,
        movement=moved.get(scope, Movement.unknown),
        furthest=max((each for each in moved.values() if each != Movement.unknown), default=Movement.unknown),
        turned=raw.value >= TURNED_RAW and aligned.value <= TURNED_RATIO * raw.value,
        judged=_usual_first([each for place in scopes for each in quality_changes(figures, place, candidate)]),
        alignment=tuple(each for each in record.alignment if each.candidate == candidate),
        differences=record.differences.get(candidate, ()),
    )


def _movement_in(figures: Summary, scope: str, candidate: str) -> Movement:
    names = ("overlap", "top1_flip", "rbo")
    return movement(*[figures.get(name, scope, candidate) for name in names])


def movement(overlap: Measurement, top1_flip: Measurement, rbo: Measurement) -> Movement:
    """How far the neighbours moved, in words; order within the list counts only for "none"."""
    if not overlap.defined:
        return Movement.unknown
    if overlap.value >= ALL and not top1_flip.value > 0 and not rbo.value < ALL:
        return Movement.none
    if overlap.value >= overlap.floor:
        return Movement.noise
    if _above_chance(overlap) < CHANCE:
        return Movement.chance
    if overlap.value >= SLIGHT:
        return Movement.slight
    return Movement.moderate if overlap.value >= MODERATE else Movement.strong


def _above_chance(overlap: Measurement) -> float:
    """Overlap with chance taken out, as in R_NX: 0 at chance, 1 where all is kept."""
    chance = overlap.chance if math.isfinite(overlap.chance) else 0.0
    return (overlap.value - chance) / (1 - chance) if chance < 1 else 1.0


def _usual_first(judged: list[QualityChange]) -> tuple[QualityChange, ...]:
    return tuple(sorted(judged, key=lambda each: (not each.change.defined, not each.label.startswith(("nDCG", "MRR")))))


def least_moved_first(found: list[Facts]) -> list[Facts]:
    """From the least to the most moved; among equals, turned spaces later; where overlap is not defined, last."""

    def place(each: Facts) -> tuple[bool, float, bool]:
        return not each.overlap.defined, -each.overlap.value if each.overlap.defined else 0.0, each.turned

    return sorted(found, key=place)
