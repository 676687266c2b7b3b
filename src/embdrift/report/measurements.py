"""Judged quality before and after, from the figures of a run."""

from dataclasses import dataclass

from embdrift.metrics.catalog import Role, Topic, metric_named
from embdrift.results import Measurement, Summary


@dataclass(frozen=True)
class QualityChange:
    """One measure of judged quality, before and after."""

    label: str
    reference: float
    candidate: Measurement
    change: Measurement


def quality_changes(figures: Summary, scope: str, candidate: str) -> list[QualityChange]:
    """Every measure of judged quality for which a paired change was measured, or a value at least."""
    return [
        _quality_change(figures, row)
        for row in figures.all(scope, candidate)
        if metric_named(row.metric).topic is Topic.judgments and metric_named(row.metric).role is Role.value
    ]


def _quality_change(figures: Summary, row: Measurement) -> QualityChange:
    change = figures.beside(row, metric_named(row.metric).row_name(Role.change))
    return QualityChange(metric_named(row.metric).label_at(row.k), row.value - change.value, row, change)
