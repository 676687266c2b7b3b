"""What each metric is called for people, how it is defined, and which direction is better.

Tables and figures take their labels from here, so that they need to know columns only, not metrics. Each study's
metrics are a file in `embdrift.report.metric_texts`.
"""

from embdrift.report.metric_texts.precision import PRECISION
from embdrift.report.metric_texts.shift import SHIFT
from embdrift.report.metric_texts.text import Better, MetricText, Topic

METRICS: tuple[MetricText, ...] = (*SHIFT, *PRECISION)
CATALOG = {metric.name: metric for metric in METRICS}
CHANGE = "_change"


def metric_text(name: str) -> MetricText:
    """How a metric is named and shown; a paired change takes its metric's words, an unknown metric its own name."""
    known = CATALOG.get(name)
    if known:
        return known
    base = CATALOG.get(name.removesuffix(CHANGE))
    if base and name.endswith(CHANGE):
        formula = f"Candidate minus reference, query by query: {base.formula}"
        return MetricText(name, f"{base.label}, change", formula, base.better, base.topic, (-1.0, 1.0), base.as_share)
    words = name.replace("_", " ").replace("{", "(").replace("}", ")")
    return MetricText(
        name, words, "Not described in this version's catalogue.", Better.neither, Topic.neighbors, (None, None)
    )
