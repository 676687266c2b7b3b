"""What each metric measures, as the text file and Grafana tell it."""

from collections.abc import Iterable

from embdrift.metrics.catalog import metric_named
from embdrift.report.machine.prometheus.names import HELP, figure_name

_BOUNDS = {
    "low": "lower bound of its 95 % interval",
    "high": "upper bound of its 95 % interval",
    "chance": "what chance would give",
    "floor": "what noise alone gives",
    "null": "the former name of `_chance`, which goes with the next release",
}


def helps(metrics: Iterable[str]) -> dict[str, str]:
    """Texts by the name of the metric, for embdrift's own and for these figures."""
    texts = dict(HELP)
    for metric in metrics:
        name, _ = figure_name(metric)
        text = metric_named(metric)
        texts[name] = f"{text.label_at(None)}: {text.definition}"
        texts |= {f"{name}_{bound}": f"{text.label_at(None)}: {what}." for bound, what in _BOUNDS.items()}
    return texts
