"""Which measures notice a fault: a figure further from no change than it ever is where nothing changed."""

import numpy as np
import pandas as pd

from embdrift.metrics.catalog import Level, Metric, Role, Topic, all_metrics, metric_named
from embdrift.types import Floats

LEVEL = 0.05
"""Level of every test: a p-value at or below it is an alarm."""

_ROUNDING = 1e-6


def is_test(measure: str) -> bool:
    """Whether a measure is a p-value."""
    return _metric_of(measure).role is Role.p_value


def figures_of(summary: pd.DataFrame, *, candidate: str, reference: str, k: int) -> pd.DataFrame:
    """The figures of one candidate, each with how far it is from no change.

    Args:
        summary: of a drift run
        candidate: its name
        reference: the reference's name
        k: headline number of neighbors
    Returns:
        columns measure, value, departure; one row per figure of all items together
    """
    whole = summary[(summary["cohort"] == "") & (summary["k"].isna() | (summary["k"] == k) | _at_depth(summary))]
    own = whole[whole["candidate"] == candidate]
    before = whole[whole["candidate"] == reference].set_index(["scope", "metric"])["value"].to_dict()
    rows = []
    for scope, metric, value in own[["scope", "metric", "value"]].itertuples(index=False):
        declared = metric_named(metric)
        if declared.resting is None:
            continue
        change = float(value) - before.get((scope, metric), declared.resting)
        departure = max(change, 0.0) if declared.one_sided and not np.isnan(change) else abs(change)
        rows.append((measure_name(metric, scope), float(value), departure))
    return pd.DataFrame(rows, columns=["measure", "value", "departure"]).drop_duplicates("measure")


def main_measure(measure: str) -> bool:
    """Whether a measure is about the corpus, or about the answers to queries; those of the queries' vectors are not."""
    metric, _, scope = measure.partition(" ")
    judged = metric_named(metric).topic is Topic.judgments
    return not scope or judged or metric in ("overlap", "rbo", "top1_flip")


def measure_name(metric: str, scope: str) -> str:
    """A figure's name, with its scope where that is not the corpus."""
    return metric if scope == "corpus" else f"{metric} ({scope})"


def limits(same: pd.DataFrame) -> dict[str, float]:
    """The furthest that each measure was from no change where nothing changed.

    Args:
        same: columns measure, departure
    """
    furthest = same.groupby("measure")["departure"].max()
    return {str(measure): float(limit) for measure, limit in furthest.items()}


def noticed(figures: pd.DataFrame, allowed: dict[str, float]) -> Floats:
    """1 where a figure raises an alarm, 0 where it does not, NaN where it is not defined.

    Args:
        figures: columns measure, value, departure
        allowed: `limits` of runs where nothing changed; tests need none, their level is `LEVEL`
    """
    tests = figures["measure"].map(is_test).to_numpy(bool)
    departure = figures["departure"].to_numpy(float)
    # What is not defined where nothing changed, such as the overlap with added items, may not be there at all.
    limit = np.fmax(figures["measure"].map(allowed).to_numpy(float), _ROUNDING)
    alarm = np.where(tests, figures["value"].to_numpy(float) <= LEVEL, departure > limit)
    return np.where(np.isnan(figures["value"].to_numpy(float)), np.nan, alarm)


def _at_depth(summary: pd.DataFrame) -> pd.Series:
    """Recall and reciprocal rank read all ranks that were searched."""
    judged = [metric for metric in all_metrics() if metric.topic is Topic.judgments and metric.level is Level.depth]
    deep = [metric.name for metric in judged if metric.role in (Role.value, Role.change)]
    return summary["metric"].isin(deep)


def _metric_of(measure: str) -> Metric:
    return metric_named(measure.partition(" ")[0])
