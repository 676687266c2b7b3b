"""Small inputs for precision studies."""

import numpy as np

from embdrift.api import load_version
from embdrift.cache import TableCache
from embdrift.progress import Silent
from embdrift.studies.engine.study import CommonOptions, StudyInput
from embdrift.studies.engine.tables import Tables
from embdrift.studies.precision import PrecisionOptions
from embdrift.studies.precision.reference import reference_neighbors
from embdrift.studies.precision.study import precision_study
from embdrift.types import EmbeddingSet, Similarity


def version(name, corpus, queries=None, *, similarity=Similarity.cosine, ids=None):
    ids = np.array([f"item-{row:04d}" for row in range(len(corpus))]) if ids is None else ids
    asked = None
    if queries is not None:
        asked_ids = np.array([f"query-{row:03d}" for row in range(len(queries))])
        asked = EmbeddingSet(name, queries, asked_ids, similarity=similarity)
    return load_version(EmbeddingSet(name, corpus, ids, similarity=similarity), asked, name=name, similarity=similarity)


def study(folder, reference, *candidates, ladder=None, qrels=None, k=10, **options):
    given = StudyInput(reference, candidates, qrels=qrels, common=CommonOptions(k=k))
    chosen = PrecisionOptions(**({} if ladder is None else {"ladder": ladder}), repeats=1, timed_queries=16, **options)
    return precision_study(given, chosen, cache=TableCache(folder), progress=Silent())


def corpus_scope(folder, reference, *, k=10, **options):
    tables = Tables(TableCache(folder), "cpu", Silent())
    return reference_neighbors(reference, PrecisionOptions(**options), tables, k=k, seed=0)[0]


def figure(result, candidate, metric, scope="corpus", k=None):
    rows = result.summary
    rows = rows[(rows["candidate"] == candidate) & (rows["metric"] == metric) & (rows["scope"] == scope)]
    if k is not None:
        rows = rows[rows["k"] == k]
    assert len(rows) == 1, f"{len(rows)} rows of {metric} for {candidate}"
    return rows.iloc[0]
