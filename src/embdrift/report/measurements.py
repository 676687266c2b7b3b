"""Judged quality before and after, from the figures of a run."""

from dataclasses import dataclass

from embdrift.report.metric_texts.text import Topic
from embdrift.report.metrics_catalog import DERIVED, metric_text
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
        if metric_text(row.metric).topic is Topic.judgements and not row.metric.endswith(DERIVED)
    ]


def _quality_change(figures: Summary, row: Measurement) -> QualityChange:
    change = figures.change(row)
    return QualityChange(metric_text(row.metric).label_at(row.k), row.value - change.value, row, change)
