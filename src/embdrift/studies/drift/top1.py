"""The similarity of each item, or query, to the nearest item that it finds."""

import numpy as np
import torch

from embdrift.data.blocks import wide_norms
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.study import CommonOptions, QuerySet, Version, search_depth
from embdrift.studies.engine.tables import Tables, row_slices
from embdrift.types import Floats, Positions, Similarity


def top1_similarity(
    tables: Tables, version: Version, scope: QuerySet, common: CommonOptions, query_sample: int | None
) -> Floats:
    """Cosine of each item to the nearest other item, or of each query to its best item, whatever metric ranks them.

    Args:
        tables: where neighbours come from
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
    ours, ours_norms = wide_norms(version.searching(scope).vectors[torch.from_numpy(rows)])
    theirs, their_norms = wide_norms(version.corpus.vectors[torch.from_numpy(items)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ours * theirs).sum(dim=1).numpy() / (ours_norms * their_norms).numpy())
