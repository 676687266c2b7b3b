"""What each metric is called for people, how it is defined, and which direction is better.

Tables and figures take their labels from here, so that they need to know columns only, not metrics. Each study's
metrics are a file in `embdrift.report.metric_texts`.
"""

from embdrift.report.metric_texts.ann_recall import ANN_RECALL
from embdrift.report.metric_texts.drift import DRIFT
from embdrift.report.metric_texts.further import FURTHER
from embdrift.report.metric_texts.owners import OWNERS
from embdrift.report.metric_texts.precision import PRECISION
from embdrift.report.metric_texts.shift import SHIFT
from embdrift.report.metric_texts.text import Better, MetricText, Topic

METRICS: tuple[MetricText, ...] = (*SHIFT, *DRIFT, *FURTHER, *OWNERS, *PRECISION, *ANN_RECALL)
CATALOG = {metric.name: metric for metric in METRICS}
CHANGE, P_VALUE, P_HOLM = "_change", "_p", "_p_holm"
DERIVED = (CHANGE, P_VALUE, P_HOLM)
_P_FORMULA = (
    "How likely a mean difference this far from 0 is if either version were as often the better one: paired "
    "randomisation test, the sign of each difference turned at random, two-sided."
)
_P_TEXTS = {
    P_HOLM: ("p after Holm", f"{_P_FORMULA} Corrected by Holm's method over the candidates of the run."),
    P_VALUE: ("p", _P_FORMULA),
}


def metric_text(name: str) -> MetricText:
    """How a metric is named and shown; a paired change takes its metric's words, an unknown metric its own name."""
    known = CATALOG.get(name)
    if known:
        return known
    base = CATALOG.get(name.removesuffix(CHANGE))
    if base and name.endswith(CHANGE):
        formula = f"Candidate minus reference, query by query: {base.formula}"
        return MetricText(name, f"{base.label}, change", formula, base.better, base.topic, (-1.0, 1.0), base.as_share)
    for suffix, (label, formula) in _P_TEXTS.items():
        base = CATALOG.get(name.removesuffix(suffix))
        if base and name.endswith(suffix):
            return MetricText(name, f"{base.label}, {label}", formula, Better.neither, base.topic)
    words = name.replace("_", " ").replace("{", "(").replace("}", ")")
    return MetricText(
        name, words, "Not described in this version's catalogue.", Better.neither, Topic.neighbors, (None, None)
    )
