"""The similarity of each item or query to its nearest item, and the change of the share of poor matches."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from embdrift.data.blocks import wide_norms
from embdrift.metrics.catalog import Role, metric_named
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.own import NO_VALUES, Threshold
from embdrift.studies.drift.vectors import VersionVectors, vectors_of
from embdrift.studies.engine.matching import Labels, sample
from embdrift.studies.engine.rows import SummaryRow, mean_row
from embdrift.studies.engine.study import CommonOptions, QuerySet, StudyInput, Version, search_depth
from embdrift.studies.engine.tables import Tables, row_slices
from embdrift.types import Array, Floats, Positions, Similarity


def top1_similarity(
    tables: Tables, version: Version, scope: QuerySet, common: CommonOptions, query_sample: int | None
) -> Floats:
    """Cosine of each item to the nearest other item, or of each query to its best item, whatever ranks them.

    Args:
        tables: where neighbors come from
        version: which has queries where the scope asks for them
        scope: who searches
        common: k, which sets how deep is searched, and the seed of the sample
        query_sample: sampled rows that search; None for all
    Returns:
        shape (m,), in canonical order; NaN for what did not search, or has or finds only a zero vector
    """
    ids, rows = version.searching(scope).ordered_ids, version.searching(scope).ordered_rows
    chosen = np.arange(len(ids)) if query_sample is None else sample(ids, query_sample, common.seed)
    searched = tables.of(version, scope, search_depth(common.k), rows=None if query_sample is None else rows[chosen])
    found = np.full(len(ids), np.nan)
    cosine = version.corpus.similarity is Similarity.cosine
    nearest = searched.shallower(1)
    items = version.corpus.ordered_rows
    for places in row_slices(len(chosen)):
        part = chosen[places]
        if cosine:
            found[part] = searched.take(rows[part]).scores[:, 0]
        else:
            item = items[nearest.block(places).positions[:, 0]]
            found[part] = _cosines(version, scope, rows[part], item)
    return found


def _cosines(version: Version, scope: QuerySet, rows: Positions, items: Positions) -> Floats:
    queries, query_norms = wide_norms(version.searching(scope).vectors[torch.from_numpy(rows)])
    found, found_norms = wide_norms(version.corpus.vectors[torch.from_numpy(items)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((queries * found).sum(dim=1).numpy() / (query_norms * found_norms).numpy())


def poor_match_changes(given: StudyInput, options: DriftOptions, tables: Tables) -> Iterator[SummaryRow]:
    """The paired change of the share below the threshold, whose interval is narrower than two shares apart would give.

    Args:
        given: versions
        options: the threshold
        tables: where top-1 similarities come from
    """
    changed = metric_named(metric_named("share_below_threshold").row_name(Role.change))
    for scope in given.reference.query_sets:
        old = _side(given, options, tables, given.reference, scope)
        threshold = Threshold(old, options.poor_match)
        for version in given.candidates:
            about = SummaryRow(scope, version.name, metric=changed.name, chance=changed.chance_at())
            change = _change(old, _side(given, options, tables, version, scope), threshold.value)
            population = None if scope is QuerySet.queries else len(change)
            yield mean_row(replace(about, note=threshold.note), change, population, undefined=NO_VALUES)


def _side(
    given: StudyInput, options: DriftOptions, tables: Tables, version: Version, scope: QuerySet
) -> VersionVectors:
    top1 = top1_similarity(tables, version, scope, given.common, options.query_sample)
    return vectors_of(version, scope, Labels(None, texts=False), top1)


def _change(old: VersionVectors, new: VersionVectors, threshold: float) -> Floats:
    """Shape (m,), for each shared item 1 where it lost its good match, -1 where it gained one, else 0."""
    _, before, after = np.intersect1d(old.ids, new.ids, return_indices=True)
    return _poor(new.top1, threshold)[after] - _poor(old.top1, threshold)[before]


def _poor(top1: Array | None, threshold: float) -> Floats:
    assert top1 is not None
    unknown = np.isnan(top1) | np.isnan(threshold)
    return np.where(unknown, np.nan, (top1 < threshold).astype(np.float64))
