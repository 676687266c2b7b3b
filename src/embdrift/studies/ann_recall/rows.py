"""The summary of an ANN-recall study: the figures at its operating points, one row each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.studies.ann_recall.analysis import Analysis, EqualPlace
from embdrift.studies.ann_recall.cells import FRESH
from embdrift.studies.ann_recall.comparing import RESEEDED, search_words
from embdrift.studies.ann_recall.equal_recall import REACHED, EqualRecall
from embdrift.studies.summary import SummaryRow, mean_row, summary_frame


@dataclass(frozen=True)
class IndexRow:
    """A summary row with the index and the search setting that it is about."""

    row: SummaryRow
    index: str
    search: str


def summary_of(study: str, analysis: Analysis, target: float) -> pd.DataFrame:
    """The common columns, and `index` and `search`, since every figure is one of an index at a setting.

    * `ann_recall`: of the reference at the operating point, over the reporting half
    * `ann_recall_transfer`, `ann_recall_stale`: the same on a candidate, and `…_change` their paired differences
    * `ann_recall_reseeded_change`: the reference against itself with other build seeds
    * `equal_recall_distances_ratio`, `equal_recall_time_ratio`: cost of the target, in times of the reference's

    Args:
        study: its name
        analysis: what was found
        target: the recall that points are tuned to
    """
    rows = [*_points(analysis, target), *_comparisons(analysis), *_costs(analysis)]
    frame = summary_frame(study, analysis.reference, [one.row for one in rows])
    frame.insert(4, "index", [one.index for one in rows])
    frame.insert(5, "search", [one.search for one in rows])
    return frame


def _points(analysis: Analysis, target: float) -> Iterator[IndexRow]:
    for one in analysis.tuned:
        about = SummaryRow(analysis.asked.scope, analysis.reference, metric="ann_recall", k=one.k)
        if one.setting is None:
            best = "it could not be built" if np.isnan(one.best) else f"the best recall is {one.best:.4f}"
            yield IndexRow(replace(about, note=f"no setting reaches the target of {target}: {best}"), one.index, "")
        else:
            values = one.setting.per_query[analysis.split.reporting]
            yield IndexRow(mean_row(about, values, analysis.asked.population), one.index, search_words(one))


def _comparisons(analysis: Analysis) -> Iterator[IndexRow]:
    for one in analysis.compared:
        metric = f"ann_recall_{one.question}"
        about = SummaryRow(analysis.asked.scope, one.candidate, k=one.tuned.k, n=one.change.n, note=one.note)
        change = replace(about, metric=f"{metric}_change", value=one.change.mean, null=0.0, floor=-one.reseed)
        change = replace(change, low=one.change.low, high=one.change.high)
        value = replace(about, metric=metric, value=one.recall)
        for row in [change] if one.question == RESEEDED else [value, change]:
            yield IndexRow(row, one.tuned.index, search_words(one.tuned))


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
        null=1.0,
        note="" if found.state == REACHED else found.state,
    )


def cost_ratios(equal: Mapping[EqualPlace, EqualRecall], place: EqualPlace, reference: str) -> dict[str, float]:
    """What the target costs there in times of what it costs on the reference; NaN where either is unreachable."""
    here, base = equal[place], equal[EqualPlace(FRESH, reference, place.index, place.k)]
    return {
        "distances_ratio": here.distances / base.distances,
        "time_ratio": here.milliseconds / base.milliseconds,
    }
