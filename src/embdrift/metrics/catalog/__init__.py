"""Every metric declared once: names, definitions, chance, intervals and where each appears follow from here.

To add a metric, write its function in `embdrift.metrics` and declare it in the file of its family here; one that is
computed per query names the function as `per_query`. Studies, reports, gates, exports and the self-test then have it;
`python -m embdrift.metrics.catalog` writes it into `results/README.md`. A program adds its own with `register`.
"""

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
