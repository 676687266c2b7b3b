"""The summary of an ANN-recall study: the figures at its operating points, one row each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.index import BuildFacts, State
from embdrift.studies.ann_recall.analysis import Analysis, EqualPlace
from embdrift.studies.ann_recall.cells import FRESH
from embdrift.studies.ann_recall.comparing import RESEEDED, search_words
from embdrift.studies.ann_recall.equal_recall import REACHED, EqualRecall
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.settings import known_mean
from embdrift.studies.engine.summary import SummaryRow, mean_row, summary_frame

BUILD_FIGURES = {
    "ann_build_seconds": "build_seconds",
    "ann_index_bytes": "index_bytes",
    "ann_peak_memory_bytes": "peak_memory_bytes",
    "ann_list_imbalance": "imbalance",
}
"""Similarity -> field of `BuildFacts`."""


@dataclass(frozen=True)
class IndexRow:
    """A summary row with the index and the search setting that it is about."""

    row: SummaryRow
    index: str
    search: str


def summary_of(study: str, analysis: Analysis, options: AnnOptions) -> pd.DataFrame:
    """The common columns, and `index` and `search`, since every figure is one of an index at a setting.

    * `ann_recall`: of the reference at the operating point, over the reporting half
    * `ann_recall_transfer`, `ann_recall_stale`: the same on a candidate, and `…_change` their paired differences
    * `ann_recall_reseeded_change`: the reference against itself with other build seeds
    * these three with `_tie_aware`, `_p1`, `_p5`, `_below_half`, `_below_four_fifths`, `_robustness`: how recall is
      spread over queries there; with `_distances`, `_batch_qps`, `_single_qps`: what a query costs there
    * `equal_recall_distances_ratio`, `equal_recall_time_ratio`: cost of the target, in times of the reference's
    * `ann_build_seconds`, `ann_index_bytes`, `ann_peak_memory_bytes`, `ann_list_imbalance`: of each index

    Args:
        study: its name
        analysis: what was found
        options: the target, and what counts as good enough for one query
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
    for one in analysis.tuned:
        about = SummaryRow(analysis.asked.scope, analysis.reference, metric="ann_recall", k=one.k)
        if one.setting is None:
            best = f"the best recall is {one.best:.4f}"
            why = analysis.reasons.why(FRESH, analysis.reference, one.index, one.k) if np.isnan(one.best) else best
            yield IndexRow(replace(about, note=f"no setting reaches the target of {target}: {why}"), one.index, "")
        else:
            values = one.setting.per_query[analysis.split.reporting]
            yield IndexRow(mean_row(about, values, analysis.asked.population), one.index, search_words(one))


def _comparisons(analysis: Analysis) -> Iterator[IndexRow]:
    for one in analysis.compared:
        metric = f"ann_recall_{one.question}"
        about = SummaryRow(analysis.asked.scope, one.candidate, k=one.tuned.k, n=one.change.n, note=one.note)
        change = replace(about, metric=f"{metric}_change", value=one.change.mean, chance=0.0, floor=-one.reseed)
        change = replace(change, low=one.change.low, high=one.change.high)
        value = replace(about, metric=metric, value=one.recall)
        for row in [change] if one.question == RESEEDED else [value, change]:
            yield IndexRow(row, one.tuned.index, search_words(one.tuned))


def _spreads(analysis: Analysis, threshold: float) -> Iterator[IndexRow]:
    """The tail of recall over the reporting half, and what a query costs, wherever an operating point was searched."""
    among = analysis.split.reporting
    for question, one, found in analysis.at_tuned():
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
        base = "ann_recall" if question == FRESH else f"ann_recall_{question}"
        about = SummaryRow(analysis.asked.scope, found.place.version, k=one.k, n=spread.n)
        for name, value in figures.items():
            note = "faiss does not count them here" if np.isnan(value) and name == "distances" else ""
            row = replace(about, metric=f"{base}_{name}", value=value, note=note)
            yield IndexRow(row, one.index, search_words(one))


def _builds(analysis: Analysis) -> Iterator[IndexRow]:
    """What each index took to build on each version: medians over seeds."""
    gathered: dict[tuple[str, str], list[BuildFacts]] = {}
    for one in analysis.swept:
        if one.state is State.done and one.cell.question == FRESH:
            gathered.setdefault((one.cell.holds.name, one.cell.build.name), []).append(one.built)
    for (version, index), facts in gathered.items():
        about = SummaryRow(analysis.asked.scope, version, n=len(facts), note=f"median over {len(facts)} builds")
        for metric, name in BUILD_FIGURES.items():
            value = float(np.median([getattr(each, name) for each in facts]))
            if not np.isnan(value):
                yield IndexRow(replace(about, metric=metric, value=value), index, "")


def _costs(analysis: Analysis) -> Iterator[IndexRow]:
    for place, found in analysis.equal.items():
        if place.version != analysis.reference:
            for figure, ratio in cost_ratios(analysis.equal, place, analysis.reference).items():
                yield IndexRow(_cost_row(analysis, place, found, figure, ratio), place.index, found.search)


def _cost_row(analysis: Analysis, place: EqualPlace, found: EqualRecall, figure: str, ratio: float) -> SummaryRow:
    stale = "" if place.question == FRESH else "stale_"
    return SummaryRow(
        analysis.asked.scope,
        place.version,
        metric=f"equal_recall_{stale}{figure}",
        value=ratio,
        k=place.k,
        n=len(analysis.asked.ids),
        chance=1.0,
        note="" if found.state == REACHED else found.state,
    )


def cost_ratios(equal: Mapping[EqualPlace, EqualRecall], place: EqualPlace, reference: str) -> dict[str, float]:
    """What the target costs there in times of what it costs on the reference; NaN where either is unreachable."""
    here, base = equal[place], equal[EqualPlace(FRESH, reference, place.index, place.k)]
    return {
        "distances_ratio": here.distances / base.distances,
        "time_ratio": here.milliseconds / base.milliseconds,
    }
