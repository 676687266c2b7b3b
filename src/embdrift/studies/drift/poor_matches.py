"""Whether more items, or queries, are left without a good match, item by item."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.own import NO_VALUES, Threshold
from embdrift.studies.drift.sides import Side, side_of
from embdrift.studies.drift.top1 import top1_similarity
from embdrift.studies.engine.matching import Labels
from embdrift.studies.engine.rows import SummaryRow, mean_row
from embdrift.studies.engine.study import QuerySet, StudyInput, Version
from embdrift.studies.engine.tables import Tables
from embdrift.types import Array, Floats


def poor_match_changes(given: StudyInput, options: DriftOptions, tables: Tables) -> Iterator[SummaryRow]:
    """The paired change of the share below the threshold, whose interval is narrower than two shares apart would give.

    Args:
        given: versions
        options: the threshold
        tables: where top-1 similarities come from
    """
    for scope in given.reference.query_sets:
        old = _side(given, options, tables, given.reference, scope)
        threshold = Threshold(old, options.poor_match)
        for version in given.candidates:
            about = SummaryRow(scope, version.name, metric="share_below_threshold_change", chance=0.0)
            change = _change(old, _side(given, options, tables, version, scope), threshold.value)
            population = None if scope is QuerySet.queries else len(change)
            yield mean_row(replace(about, note=threshold.note), change, population, undefined=NO_VALUES)


def _side(given: StudyInput, options: DriftOptions, tables: Tables, version: Version, scope: QuerySet) -> Side:
    top1 = top1_similarity(tables, version, scope, given.common, options.query_sample)
    return side_of(version, scope, Labels(None, texts=False), top1)


def _change(old: Side, new: Side, threshold: float) -> Floats:
    """Shape (m,), for each shared item 1 where it lost its good match, -1 where it gained one, else 0."""
    _, before, after = np.intersect1d(old.ids, new.ids, return_indices=True)
    return _poor(new.top1, threshold)[after] - _poor(old.top1, threshold)[before]


def _poor(top1: Array | None, threshold: float) -> Floats:
    assert top1 is not None
    unknown = np.isnan(top1) | np.isnan(threshold)
    return np.where(unknown, np.nan, (top1 < threshold).astype(np.float64))
