"""One figure against what a rule compares it with: as it is, or less the reference's, chance's or noise's."""

import math
from dataclasses import dataclass

from embdrift.gates.rule import Better, Relative, Rule
from embdrift.metrics.catalog import Role, metric_named
from embdrift.results import Measurement, Summary

NAN = math.nan


@dataclass(frozen=True)
class Compared:
    """What is held against the limits.

    Args:
        value: the figure, or its distance; NaN where it is not defined
        low: lower bound where it was sampled, else NaN
        high: upper bound
        words: what it was compared with; empty where with nothing
        reason: why it is not defined
    """

    value: float
    low: float = NAN
    high: float = NAN
    words: str = ""
    reason: str = ""

    @property
    def sampled(self) -> bool:
        """Whether there is an interval."""
        return not (math.isnan(self.low) and math.isnan(self.high))

    @property
    def bounds(self) -> tuple[float, float]:
        """Both bounds; the value where nothing was sampled, and no bound at all on a side that has none."""
        if not self.sampled:
            return self.value, self.value
        return (
            -math.inf if math.isnan(self.low) else self.low,
            math.inf if math.isnan(self.high) else self.high,
        )


def compared(rule: Rule, row: Measurement, rows: Summary) -> Compared:
    """The figure of a row as the rule compares it.

    Args:
        rule: says what to compare it with
        row: the candidate's
        rows: all rows of the run, where the reference's own is found
    """
    if math.isnan(row.value):
        return Compared(NAN, reason=row.note or "no reason given")
    found = _relative(rule, row, rows)
    return _distance(found, rule.target) if rule.better is Better.target else found


def _relative(rule: Rule, row: Measurement, rows: Summary) -> Compared:
    if rule.relative_to is Relative.none:
        return Compared(row.value, row.low, row.high)
    if rule.relative_to is Relative.chance:
        return _less(row, row.chance, "what chance gives")
    if rule.relative_to is Relative.floor:
        return _less(row, row.floor, "what noise alone gives")
    return _to_reference(rule, row, rows)


def _less(row: Measurement, other: float, words: str) -> Compared:
    if math.isnan(other):
        return Compared(NAN, reason=f"the run does not say {words}")
    return Compared(row.value - other, row.low - other, row.high - other, f"{words}, {other:.4g}")


def _to_reference(rule: Rule, row: Measurement, rows: Summary) -> Compared:
    own = rows.same(row, candidate=row.reference)
    if own is None or math.isnan(own.value):
        return Compared(NAN, reason="the reference's own figure is not in the run")
    words = f"the reference's {own.value:.4g}"
    if rule.relative_to is Relative.reference_ratio:
        return Compared(*_ratios(row, own), words=words)
    paired = rows.same(row, candidate=row.candidate, metric=metric_named(row.metric).row_name(Role.change))
    if paired is not None and not math.isnan(paired.value):
        return Compared(paired.value, paired.low, paired.high, words)
    # Without pairs nothing is known about how the two errors go together: the bounds are the furthest apart.
    other = Compared(own.value, own.low, own.high)
    if math.isnan(row.low) and math.isnan(row.high) and not other.sampled:
        return Compared(row.value - own.value, words=words)
    low, high = Compared(row.value, row.low, row.high).bounds
    return Compared(row.value - own.value, low - other.bounds[1], high - other.bounds[0], words)


def _ratios(row: Measurement, own: Measurement) -> tuple[float, float, float]:
    return _ratio(row.value, own.value), _ratio(row.low, own.value), _ratio(row.high, own.value)


def _ratio(value: float, of: float) -> float:
    """How much larger in times of the other, whatever its sign; nothing grown to something is infinitely more."""
    if math.isnan(value):
        return NAN
    if of == 0:
        return 0.0 if value == 0 else math.copysign(math.inf, value)
    return (value - of) / abs(of)


def _distance(found: Compared, target: float) -> Compared:
    value = abs(found.value - target)
    if not found.sampled:
        return Compared(value, words=found.words, reason=found.reason)
    low, high = (bound - target for bound in found.bounds)
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return Compared(value, nearest, max(abs(low), abs(high)), found.words, found.reason)
