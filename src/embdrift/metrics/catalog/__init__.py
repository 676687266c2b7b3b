"""Every metric declared once: names, definitions, chance, intervals and where each appears follow from here."""

from embdrift.metrics.catalog.metric import (
    TIED,
    Direction,
    IntervalKind,
    Level,
    ListPair,
    Metric,
    Role,
    Sizes,
    Topic,
    Unit,
)
from embdrift.metrics.catalog.registry import (
    all_metrics,
    headline_metrics,
    is_metric,
    list_metrics,
    metric_named,
    nearest_metrics,
    register,
    studies,
    unregister,
)

__all__ = [
    "TIED",
    "Direction",
    "IntervalKind",
    "Level",
    "ListPair",
    "Metric",
    "Role",
    "Sizes",
    "Topic",
    "Unit",
    "all_metrics",
    "headline_metrics",
    "is_metric",
    "list_metrics",
    "metric_named",
    "nearest_metrics",
    "register",
    "studies",
    "unregister",
]
