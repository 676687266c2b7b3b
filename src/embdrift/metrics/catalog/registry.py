"""All metrics by name: those declared here, those that follow from them, and any that a program adds."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import partial

from embdrift.errors import InputError
from embdrift.metrics.catalog.ann_recall import ANN_RECALL
from embdrift.metrics.catalog.distribution import DISTRIBUTION
from embdrift.metrics.catalog.freshness import FRESHNESS
from embdrift.metrics.catalog.golden import GOLDEN
from embdrift.metrics.catalog.metric import Direction, IntervalKind, Metric, PerQuery, Role, Topic, Unit
from embdrift.metrics.catalog.neighbors import NEIGHBORS
from embdrift.metrics.catalog.precision import PRECISION
from embdrift.metrics.catalog.quality import QUALITY
from embdrift.metrics.catalog.vectors import CAUSES, HUBNESS, VECTORS

_P_FORMULA = (
    "How likely a mean difference this far from 0 is if either version were as often the better one: paired "
    "randomization test, the sign of each difference flipped at random, two-sided."
)
_P_TEXTS = {
    Role.p_value: ("p", _P_FORMULA),
    Role.p_holm: ("p after Holm", f"{_P_FORMULA} Corrected by Holm's method over the candidates of the run."),
}
_METRICS: dict[str, Metric] = {}


def register(metric: Metric) -> None:
    """Add a metric: studies measure it per query if it says how, and reports, gates and exports know it.

    Its paired change and the tests of that, where it declares them, come with it.

    Args:
        metric: its declaration
    Raises:
        InputError: when there is a metric of that name
    """
    for each in (metric, *_derived(metric)):
        if each.name in _METRICS:
            raise InputError(f"metric names must be distinct, got {each.name!r} a second time")
        _METRICS[each.name] = each


def unregister(name: str) -> None:
    """Take back a metric that was added by `register`, and what came with it.

    Args:
        name: of the metric
    """
    metric = _METRICS.pop(name)
    for each in _derived(metric):
        del _METRICS[each.name]


def all_metrics() -> tuple[Metric, ...]:
    """Every metric in the order of declaration, each followed by its change and tests."""
    return tuple(_METRICS.values())


def list_metrics() -> dict[Metric, PerQuery]:
    """The metrics computed query by query from two neighbor tables, with their functions, in the order of columns."""
    return {metric: metric.per_query for metric in _METRICS.values() if metric.per_query is not None}


def headline_metrics() -> tuple[Metric, ...]:
    """The metrics that stand beside overlap in a report's first table, in the order of their columns."""
    chosen = [metric for metric in _METRICS.values() if metric.headline is not None]
    return tuple(sorted(chosen, key=lambda metric: metric.headline or 0))


def studies() -> tuple[str, ...]:
    """The studies that measure something."""
    return tuple(dict.fromkeys(metric.study for metric in _METRICS.values()))


def is_metric(name: str) -> bool:
    """Whether a metric of this name is declared."""
    return name in _METRICS


def metric_named(name: str) -> Metric:
    """The declaration of a metric; one without claims for a name from a later version, so that its runs can be read.

    >>> metric_named("ndcg_change").base, metric_named("ndcg_change").label_at(10)
    ('ndcg', 'nDCG@10, change')
    """
    if name in _METRICS:
        return _METRICS[name]
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    unknown = Metric("unknown", " ".join(words), "Not described in this version's catalog.", "", Topic.neighbors,
                     bounds=(None, None), resting=None)  # fmt: skip
    return replace(unknown, name="_".join(words) or "unknown")


def nearest_metrics(name: str) -> str:
    """The metrics whose names are nearest to a wrong one, as a phrase; empty where none is near.

    >>> nearest_metrics("overlp")
    "'overlap' or 'overlap_predicted' or 'overlap_as_listed'"
    """
    return " or ".join(map(repr, get_close_matches(name, sorted(_METRICS), n=3, cutoff=0.5)))


def _derived(metric: Metric) -> Iterator[Metric]:
    for role in metric.derived:
        name = metric.row_name(role)
        derived = partial(
            Metric, name, role=role, base=metric.name, study=metric.study, topic=metric.topic, level=metric.level
        )
        if role is Role.change:
            formula = f"Candidate minus reference, query by query: {metric.formula}"
            yield derived(
                label=f"{metric.label}, change", formula=formula, better=metric.better, unit=metric.unit,
                bounds=(-1.0, 1.0), interval=IntervalKind.bootstrap, chance=0.0,
            )  # fmt: skip
        else:
            label, formula = _P_TEXTS[role]
            yield derived(
                label=f"{metric.label}, {label}", formula=formula, better=Direction.neither,
                unit=Unit.p_value, resting=1.0 if role is Role.p_value else None,
            )  # fmt: skip


for _family in (
    NEIGHBORS, HUBNESS, VECTORS, QUALITY, DISTRIBUTION, GOLDEN, FRESHNESS, CAUSES, PRECISION, ANN_RECALL,
):  # fmt: skip
    for _metric in _family:
        register(_metric)
