"""Judged quality of each version's answers to the queries, and its paired change."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.data import Qrels
from embdrift.errors import InputError
from embdrift.metrics import judged_quality, unresolved
from embdrift.studies.inputs import Version
from embdrift.studies.pairing import canonical, canonical_numbering
from embdrift.studies.summary import TIED, SummaryRow, mean_row
from embdrift.studies.tables import Searched
from embdrift.studies.view import BLOCK, View
from embdrift.types import Array, Floats, Neighbors

UNJUDGED = "queries without a relevant item"


@dataclass(frozen=True, eq=False)
class Judged:
    """Judged quality of one version.

    Args:
        ids: shape (q,), the queries that were ranked, as text, in canonical order
        values: metric -> shape (q,), NaN for queries without a relevant item, and where ties leave the ranking open
        k: metric -> ranks that it reads
        tied: metric -> how many judged queries have no value because of ties too many to be listed
    """

    ids: Array
    values: dict[str, Floats]
    k: dict[str, int]
    tied: dict[str, int]


def require_known(version: Version, qrels: Qrels) -> None:
    """Check that judgements are about what a version holds.

    Raises:
        InputError: when no judgement names a query and an item that are there
    """
    assert version.queries is not None
    asked, _ = canonical(version.queries)
    items, _ = canonical(version.corpus)
    frame = qrels.frame
    known = frame["query"].isin(set(asked.astype(str).tolist())) & frame["item"].isin(set(items.astype(str).tolist()))
    if not known.any():
        raise InputError(
            f"none of {len(frame)} judgements names a query of {version.queries.vectors.label} and an item of"
            f" {version.corpus.vectors.label}; check that their ids are written alike"
        )


def judge(version: Version, searched: Searched, qrels: Qrels, *, k: int, depth: int) -> Judged:
    """Quality of a version's exact answers: nDCG at k, reciprocal rank and recall at `depth`.

    Items of equal score are ranked by id. Judged items that the corpus lacks count as relevant and never found.

    Args:
        version: which has queries
        searched: its queries' neighbours, at least as deep as wanted
        qrels: the judgements
        k: ranks that nDCG reads
        depth: ranks that the others read; fewer where the corpus is smaller
    """
    assert version.queries is not None
    ids, rows = canonical(version.queries)
    inside = np.isin(rows, searched.rows)
    ids, rows = ids[inside].astype(str), rows[inside]
    depth = min(depth, searched.table.depth)
    names = canonical(version.corpus)[0].astype(str)
    view = View(searched, rows, canonical_numbering(version.corpus), depth, searched.table.n_corpus)
    ks = {"ndcg": k, "rr": depth, "recall": depth}
    ranked: dict[str, list[str]] = {}
    open_at: dict[int, list[Array]] = {k: [], depth: []}
    for start, block in _blocks(view):
        for at, found in enumerate(block.positions):
            ranked[str(ids[start + at])] = names[found].tolist()
        for rank, flags in open_at.items():
            flags.append(unresolved(block, rank))
    measures = {f"nDCG@{k}": "ndcg", f"RR@{depth}": "rr", f"R@{depth}": "recall"}
    quality = judged_quality(ranked, _by_query(qrels, set(ranked)), list(measures))
    values = {measures[name]: column for name, column in quality.values.items()}
    tied = {metric: np.concatenate(open_at[ks[metric]]) & ~np.isnan(column) for metric, column in values.items()}
    closed = {metric: np.where(tied[metric], np.nan, column) for metric, column in values.items()}
    return Judged(ids, closed, ks, {metric: int(flags.sum()) for metric, flags in tied.items()})


def quality_rows(reference: Judged, candidate: Judged, *, name: str) -> list[SummaryRow]:
    """A candidate's quality, and its change against the reference over the queries that both answered."""
    _, old, new = np.intersect1d(reference.ids, candidate.ids, return_indices=True)
    rows = own_rows(candidate, name=name)
    for metric, values in candidate.values.items():
        change = values[new] - reference.values[metric][old]
        about = SummaryRow("queries", name, metric=f"{metric}_change", k=candidate.k[metric], null=0.0)
        rows.append(mean_row(about, change, None, undefined=_undefined(reference, candidate, metric=metric)))
    return rows


def own_rows(judged: Judged, *, name: str) -> list[SummaryRow]:
    """A version's own quality."""
    return [
        mean_row(
            SummaryRow("queries", name, metric=metric, k=judged.k[metric]),
            values,
            None,
            undefined=_undefined(judged, metric=metric),
        )
        for metric, values in judged.values.items()
    ]


def _undefined(*versions: Judged, metric: str) -> str:
    return f"{UNJUDGED}, or {TIED}" if any(judged.tied[metric] for judged in versions) else UNJUDGED


def _blocks(view: View) -> Iterator[tuple[int, Neighbors]]:
    for start in range(0, len(view.rows), BLOCK):
        yield start, view.block(slice(start, start + BLOCK))


def _by_query(qrels: Qrels, queries: set[str]) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    frame: pd.DataFrame = qrels.frame[qrels.frame["query"].isin(queries)]
    for query, item, relevance in frame.itertuples(index=False):
        judgements.setdefault(query, {})[item] = int(relevance)
    return judgements
