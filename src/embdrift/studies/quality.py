"""Judged quality of each version's answers to the queries, and its paired change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.data import Qrels
from embdrift.errors import InputError
from embdrift.metrics import judged_quality
from embdrift.studies.inputs import Version
from embdrift.studies.pairing import canonical
from embdrift.studies.summary import SummaryRow, mean_row
from embdrift.studies.tables import Searched
from embdrift.types import Array, Floats

UNJUDGED = "queries without a relevant item"


@dataclass(frozen=True, eq=False)
class Judged:
    """Judged quality of one version.

    Args:
        ids: shape (q,), the queries that were ranked, as text, in canonical order
        values: metric -> shape (q,), NaN for queries without a relevant item
        k: metric -> ranks that it reads
    """

    ids: Array
    values: dict[str, Floats]
    k: dict[str, int]


def judge(version: Version, searched: Searched, qrels: Qrels, *, k: int) -> Judged:
    """Quality of a version's exact answers: nDCG at k, reciprocal rank and recall at the depth searched.

    Raises:
        InputError: when no judgement names a query and an item that are there
    """
    assert version.queries is not None
    ids, rows = canonical(version.queries)
    inside = np.isin(rows, searched.rows)
    ids, rows = ids[inside].astype(str), rows[inside]
    names = version.corpus.vectors.ids.astype(str)
    depth = searched.table.depth
    known = qrels.frame[qrels.frame["query"].isin(set(ids.tolist())) & qrels.frame["item"].isin(set(names.tolist()))]
    if not len(known):
        raise InputError(
            f"none of {len(qrels.frame)} judgements names a query of {version.queries.vectors.label} and an item of"
            f" {version.corpus.vectors.label}; check that their ids are written alike"
        )
    relevant = _by_query(qrels.frame[qrels.frame["query"].isin(set(ids.tolist()))])
    found = searched.take(rows).positions
    ranked = {query: names[found[at]].tolist() for at, query in enumerate(ids.tolist())}
    measures = {f"nDCG@{k}": "ndcg", f"RR@{depth}": "rr", f"R@{depth}": "recall"}
    quality = judged_quality(ranked, relevant, list(measures))
    values = {measures[name]: column for name, column in quality.values.items()}
    return Judged(ids, values, {"ndcg": k, "rr": depth, "recall": depth})


def quality_rows(reference: Judged, candidate: Judged, *, name: str) -> list[SummaryRow]:
    """A candidate's quality, and its change against the reference over the queries that both answered."""
    _, old, new = np.intersect1d(reference.ids, candidate.ids, return_indices=True)
    rows = own_rows(candidate, name=name)
    for metric, values in candidate.values.items():
        change = values[new] - reference.values[metric][old]
        about = SummaryRow("queries", name, metric=f"{metric}_change", k=candidate.k[metric], null=0.0)
        rows.append(mean_row(about, change, None, undefined=UNJUDGED))
    return rows


def own_rows(judged: Judged, *, name: str) -> list[SummaryRow]:
    """A version's own quality."""
    return [
        mean_row(SummaryRow("queries", name, metric=metric, k=judged.k[metric]), values, None, undefined=UNJUDGED)
        for metric, values in judged.values.items()
    ]


def _by_query(frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    for query, item, relevance in frame.itertuples(index=False):
        judgements.setdefault(query, {})[item] = int(relevance)
    return judgements
