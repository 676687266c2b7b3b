"""Summary rows of an ANN-recall study: its metrics at the operating points, one row each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.index import BuildFacts, State
from embdrift.metrics.catalog import Role, metric_named
from embdrift.metrics.interval import known_mean
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.settings import IndexKey
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import TargetCost, TargetState
from embdrift.studies.engine.rows import SummaryRow, mean_row, summary_frame

BUILD_METRICS = {
    "ann_build_seconds": "build_seconds",
    "ann_index_bytes": "index_bytes",
    "ann_peak_memory_bytes": "peak_memory_bytes",
    "ann_list_imbalance": "imbalance",
}
"""Metric -> field of `BuildFacts`."""


@dataclass(frozen=True)
class IndexRow:
    """A summary row with the index and the search setting that it is about."""

    row: SummaryRow
    index: str
    search: str


def summary_of(study: str, analysis: Analysis, options: AnnOptions) -> pd.DataFrame:
    """The common columns, and `index` and `search`, since every metric is one of an index at a setting.

    * `ann_recall`: of the reference at the operating point, over the reporting half
    * `ann_recall_transfer`, `ann_recall_stale`: the same on a candidate, and `…_change` their paired differences
    * `ann_recall_reseeded_change`: the reference against itself with other build seeds
    * these three with `_tie_aware`, `_p1`, `_p5`, `_below_half`, `_below_four_fifths`, `_robustness`: the spread
      of recall over queries there; with `_distances`, `_batch_qps`, `_single_qps`: the cost of a query there
    * `equal_recall_distances_ratio`, `equal_recall_time_ratio`: cost of the target, relative to the reference
    * `ann_build_seconds`, `ann_index_bytes`, `ann_peak_memory_bytes`, `ann_list_imbalance`: of each index

    Args:
        study: its name
        analysis: the conclusions
        options: the target, and the recall that is good enough for one query
    """
    rows = [
        *_points(analysis, options.target_recall),
        *_comparisons(analysis),
        *_spreads(analysis, options.threshold),
        *_costs(analysis),
        *_builds(analysis),
    ]
    frame = summary_frame(study, analysis.reference, [one.row for one in rows])
    frame.insert(4, "index", [one.index for one in rows])
    frame.insert(5, "search", [one.search for one in rows])
    return frame


def _points(analysis: Analysis, target: float) -> Iterator[IndexRow]:
    for point in analysis.points:
        about = SummaryRow(analysis.queries.scope, analysis.reference, metric="ann_recall", k=point.k)
        if point.setting is None:
            why = analysis.why_unanswered(point) if np.isnan(point.best) else f"the best recall is {point.best:.4f}"
            yield IndexRow(replace(about, note=f"no setting reaches the target of {target}: {why}"), point.index, "")
        else:
            values = point.setting.per_query[analysis.split.reporting]
            yield IndexRow(mean_row(about, values, analysis.queries.population), point.index, point.words)


def _comparisons(analysis: Analysis) -> Iterator[IndexRow]:
    for one in analysis.compared:
        metric = f"ann_recall_{one.condition.value}"
        about = SummaryRow(analysis.queries.scope, one.candidate, k=one.point.k, n=one.change.n, note=one.note)
        changed = metric_named(f"{metric}{Role.change.value}")
        change = replace(
            about, metric=changed.name, value=one.change.mean, chance=changed.chance_at(), floor=-one.reseed
        )
        change = replace(change, low=one.change.low, high=one.change.high)
        value = replace(about, metric=metric, value=one.recall)
        for row in [change] if one.condition is Condition.reseeded else [value, change]:
            yield IndexRow(row, one.point.index, one.point.words)


def _spreads(analysis: Analysis, threshold: float) -> Iterator[IndexRow]:
    """The tail of recall over the reporting half, and the cost of a query, wherever an operating point was searched."""
    among = analysis.split.reporting
    for condition, point, found in analysis.at_points():
        spread = found.spread(threshold, among)
        figures = {
            "tie_aware": known_mean(found.tie_aware[:, among]),
            "p1": spread.p1,
            "p5": spread.p5,
            "below_half": spread.below_half,
            "below_four_fifths": spread.below_four_fifths,
            "robustness": spread.robustness,
            "distances": found.distances,
            "batch_qps": float(np.median(found.batch[:, 0])),
            "single_qps": float(np.median(found.single[:, 0])),
        }
        base = "ann_recall" if condition is Condition.fresh else f"ann_recall_{condition.value}"
        about = SummaryRow(analysis.queries.scope, found.key.version, k=point.k, n=spread.n)
        for name, value in figures.items():
            note = "faiss does not count them here" if np.isnan(value) and name == "distances" else ""
            row = replace(about, metric=f"{base}_{name}", value=value, note=note)
            yield IndexRow(row, point.index, point.words)


def _builds(analysis: Analysis) -> Iterator[IndexRow]:
    """The cost of building each index on each version: medians over seeds."""
    gathered: dict[tuple[str, str], list[BuildFacts]] = {}
    for result in analysis.swept:
        trial = result.trial
        if result.state is State.done and trial.condition is Condition.fresh:
            gathered.setdefault((trial.filled_with.name, trial.build.name), []).append(result.built)
    for (version, index), facts in gathered.items():
        about = SummaryRow(analysis.queries.scope, version, n=len(facts), note=f"median over {len(facts)} builds")
        for metric, name in BUILD_METRICS.items():
            value = float(np.median([getattr(each, name) for each in facts]))
            if not np.isnan(value):
                yield IndexRow(replace(about, metric=metric, value=value), index, "")


def _costs(analysis: Analysis) -> Iterator[IndexRow]:
    for key, cost in analysis.costs.items():
        if key.version != analysis.reference:
            for name, ratio in cost_ratios(analysis.costs, key, analysis.reference).items():
                stale = "" if key.condition is Condition.fresh else "stale_"
                metric = metric_named(f"equal_recall_{stale}{name}")
                row = SummaryRow(
                    analysis.queries.scope,
                    key.version,
                    metric=metric.name,
                    value=ratio,
                    k=key.k,
                    n=len(analysis.queries.ids),
                    chance=metric.chance_at(),
                    note="" if cost.state is TargetState.reached else cost.state.value,
                )
                yield IndexRow(row, key.index, cost.search)


def cost_ratios(costs: Mapping[IndexKey, TargetCost], key: IndexKey, reference: str) -> dict[str, float]:
    """The cost of the target relative to the reference; NaN where it is unreachable on either."""
    here, base = costs[key], costs[IndexKey(Condition.fresh, reference, key.index, key.k)]
    return {
        "distances_ratio": here.distances / base.distances,
        "time_ratio": here.milliseconds / base.milliseconds,
    }
