"""What probably lies behind a change, one cause a file; another one is a line here."""

from collections.abc import Callable

from embdrift.gates.causes.broken_vectors import broken_vectors
from embdrift.gates.causes.by_itself import moved_by_itself
from embdrift.gates.causes.cohort import cohort_alone
from embdrift.gates.causes.dimensions import dimensions
from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.causes.identifiers import identifiers_mixed_up, strangers
from embdrift.gates.causes.missing_items import missing_items
from embdrift.gates.causes.mixed_versions import mixed_versions
from embdrift.gates.causes.norms import norm_change
from embdrift.gates.causes.numerics import numeric_change
from embdrift.gates.causes.offset import offset
from embdrift.gates.causes.rotation import rotation
from embdrift.gates.causes.rounding import format_rounding
from embdrift.gates.causes.text_length import text_length
from embdrift.gates.causes.version_cards import version_cards
from embdrift.gates.verdict import Cause

__all__ = ["CAUSES", "Evidence", "likely_causes", "strangers"]

CAUSES: tuple[Callable[[Evidence], Cause | None], ...] = (
    identifiers_mixed_up,
    mixed_versions,
    cohort_alone,
    rotation,
    offset,
    moved_by_itself,
    norm_change,
    format_rounding,
    numeric_change,
    text_length,
    dimensions,
    broken_vectors,
    missing_items,
    version_cards,
)


def likely_causes(known: Evidence) -> tuple[Cause, ...]:
    """Every cause that the figures speak for, those that do most harm first."""
    found = (cause(known) for cause in CAUSES)
    return tuple(one for one in found if one is not None)
