"""Judged quality of each version's answers to the queries, and its paired change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.data import Qrels, TieRule
from embdrift.metrics import Quality, expected_quality, holm, judged_quality, paired_bootstrap, paired_randomization
from embdrift.metrics.catalog import TIED, Role, metric_named
from embdrift.studies.engine.rows import SummaryRow, joined, mean_row
from embdrift.studies.engine.study import QuerySet, Version
from embdrift.studies.engine.tables import NeighborTable, Tables
from embdrift.types import Array, Floats, Neighbors, Positions

DEEPEST = 128
"""Chunks are searched so many times deeper than asked, at most, for queries whose first chunks are of few documents."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """What one query found, best first, equal scores by id.

    Args:
        items: ids, all that tie with the last one included where they are listed
        scores: theirs
        certain: ranks that are known; fewer than listed where too many items tie to be listed
        complete: whether there is nothing else to find
    """

    items: Array
    scores: Floats
    certain: int
    complete: bool

    def open_at(self, rank: int) -> bool:
        """Whether what stands at the first `rank` ranks is not known."""
        return rank > self.certain and not (self.complete and self.certain == len(self.items))


def rankings(
    version: Version,
    table: NeighborTable,
    depth: int,
    *,
    documents: Mapping[str, str] | None = None,
    tables: Tables | None = None,
) -> dict[str, Ranking]:
    """Every query that searched, as text, and its ranking, in canonical order.

    Args:
        version: which has queries
        table: its queries' neighbors, in any numbering
        depth: ranks wanted
        documents: the document of each item by its id, where documents are ranked by their best chunk; else None
        tables: where to search deeper, for queries whose first chunks are of too few documents
    """
    queries = version.searching(QuerySet.queries)
    rows = queries.ordered_rows[np.isin(queries.ordered_rows, table.searched)]
    names = version.corpus.ordered_ids.astype(str).astype(object)
    owners = None if documents is None else np.array([documents.get(name, name) for name in names.tolist()], object)

    def listed(table: NeighborTable, rows: Positions, depth: int) -> Iterator[Ranking]:
        own = NeighborTable(
            table.found, table.searched, rows, version.corpus.numbering,
            depth=min(depth, table.found.depth), n_corpus=table.found.n_corpus,
        )  # fmt: skip
        return _listed(own, names, owners)

    found = dict(zip(rows.tolist(), listed(table, rows, depth), strict=True))
    deeper, n = depth, len(version.corpus.taking_part)
    while owners is not None and tables is not None and deeper < min(n, depth * DEEPEST):
        short = np.array([row for row, ranking in found.items() if ranking.open_at(depth)], np.int64)
        if not len(short):
            break
        deeper = min(4 * deeper, n, depth * DEEPEST)
        again = tables.of(version, QuerySet.queries, deeper, rows=short)
        found |= zip(short.tolist(), listed(again, short, deeper), strict=True)
    return dict(zip(queries.ids[rows].astype(str).tolist(), found.values(), strict=True))


def _listed(table: NeighborTable, names: Array, owners: Array | None) -> Iterator[Ranking]:
    """The ranking of each row of a table: of items by `names`, or of documents by `owners`."""
    n_documents = 0 if owners is None else len(set(owners.tolist()))
    for _, block in table.blocks():
        for row in range(block.q):
            yield _ranking(block, row, names) if owners is None else _by_document(block, row, owners, n_documents)


def _ranking(block: Neighbors, row: int, names: Array) -> Ranking:
    ties = block.tie_positions[block.tie_starts[row] : block.tie_starts[row + 1]]
    positions = np.concatenate((block.positions[row], ties))
    scores = np.concatenate((block.scores[row], np.full(len(ties), block.scores[row, -1])))
    known = block.tied_beyond[row] == len(ties)
    certain = len(positions) if known else int((block.scores[row] > block.scores[row, -1]).sum())
    return Ranking(names[positions], scores, certain, len(positions) == block.n_corpus)


def _by_document(block: Neighbors, row: int, owners: Array, n_documents: int) -> Ranking:
    """Documents by their best chunk; those that are not listed score less than all that are."""
    chunks = _ranking(block, row, owners)
    best: dict[str, float] = {}
    for owner, score in zip(chunks.items.tolist(), chunks.scores.tolist(), strict=True):
        best.setdefault(owner, score)
    order = sorted(best, key=lambda owner: (-best[owner], owner))
    certain = len({*chunks.items[: chunks.certain].tolist()})
    scores = np.array([best[owner] for owner in order])
    return Ranking(np.array(order, object), scores, certain, len(order) == n_documents)


UNJUDGED = "queries without a relevant item"
FEW_DOCUMENTS = "too few documents among the chunks searched"
RESAMPLES, PERMUTATIONS = 2000, 10_000


@dataclass(frozen=True, eq=False)
class Judged:
    """Judged quality of one version.

    Args:
        ids: shape (q,), the queries that were ranked, as text, in canonical order
        values: metric -> shape (q,), NaN for queries without a relevant item, and where ties leave the ranking open
        k: metric -> ranks that it reads
        tied: metric -> how many judged queries have no value because their ranking is not known so far down
        weights: shape (q,), what each query counts; None for all the same
        why_open: why a ranking can be unknown
    """

    ids: Array
    values: dict[str, Floats]
    k: dict[str, int]
    tied: dict[str, int]
    weights: Floats | None = None
    why_open: str = TIED


def judge(
    version: Version, table: NeighborTable, qrels: Qrels, *, k: int, depth: int, tables: Tables | None = None
) -> Judged:
    """Quality of a version's exact answers: nDCG and precision at k, reciprocal rank and recall at `depth`.

    Judged items that the corpus lacks count as relevant and never found.

    Args:
        version: which has queries
        table: its queries' neighbors, at least as deep as wanted, in any numbering
        qrels: the judgements, and how answers are held against them
        k: ranks that nDCG and precision read
        depth: ranks that the others read; fewer where the corpus is smaller
        tables: where to search deeper, for queries whose first chunks are of too few documents
    """
    depth = min(depth, table.found.depth)
    ranked = rankings(version, table, depth, documents=qrels.documents, tables=tables)
    measures = {f"nDCG@{k}": "ndcg", f"P@{k}": "precision", f"RR@{depth}": "rr", f"R@{depth}": "recall"}
    ks = {"ndcg": k, "precision": k, "rr": depth, "recall": depth}
    quality = _quality(ranked, qrels, list(measures))
    values, tied = {}, {}
    for measure, metric in measures.items():
        column = quality.values[measure]
        is_open = np.array([one.open_at(ks[metric]) for one in ranked.values()], np.bool_) & ~np.isnan(column)
        values[metric], tied[metric] = np.where(is_open, np.nan, column), int(is_open.sum())
    weights = None if qrels.weights is None else np.array([qrels.weights.get(query, 0.0) for query in ranked])
    why = TIED if qrels.documents is None else FEW_DOCUMENTS
    return Judged(np.array(list(ranked)), values, ks, tied, weights, why)


def quality_rows(reference: Judged, candidate: Judged, *, name: str, seed: int = 0) -> list[SummaryRow]:
    """A candidate's quality, and its change against the reference over the queries that both answered.

    Args:
        reference: quality of the version in use
        candidate: quality of the other one
        name: the candidate's
        seed: of the resamples and the patterns of signs
    """
    _, old, new = np.intersect1d(reference.ids, candidate.ids, return_indices=True)
    rows = own_rows(candidate, name=name)
    weights = None if candidate.weights is None else candidate.weights[new]
    for metric, values in candidate.values.items():
        about = SummaryRow(QuerySet.queries, name, metric=metric, k=candidate.k[metric])
        undefined = _undefined(reference, candidate, metric=metric)
        rows += change_rows(about, values[new] - reference.values[metric][old], weights, undefined, seed=seed)
    return rows


def change_rows(
    about: SummaryRow, change: Floats, weights: Floats | None, undefined: str, *, seed: int
) -> list[SummaryRow]:
    """A paired change with its bootstrap interval, and how likely so much is by chance.

    Args:
        about: scope, candidate, k and the metric that changed
        change: shape (q,), candidate minus reference, NaN where not defined
        weights: shape (q,), what each query counts; None for all the same
        undefined: why a change can be undefined
        seed: of the resamples and the patterns of signs
    """
    metric = metric_named(about.metric)
    changed, tested = metric_named(metric.row_name(Role.change)), metric.row_name(Role.p_value)
    mean = mean_row(replace(about, metric=changed.name, chance=changed.chance_at()), change, None,
                    undefined=undefined, weights=weights)  # fmt: skip
    if not mean.n:
        return [mean, replace(mean, metric=tested, chance=float("nan"))]
    found = paired_bootstrap(change, resamples=RESAMPLES, seed=seed, weights=weights)
    test = paired_randomization(change, permutations=PERMUTATIONS, seed=seed, weights=weights)
    note = joined(about.note, test.note)
    return [
        replace(mean, low=found.low, high=found.high),
        replace(about, metric=tested, value=test.p, n=test.n, note=note),
    ]


def with_holm(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    """The rows, each p-value of a paired change followed by Holm's correction over the candidates.

    Args:
        rows: of all candidates
    """
    families: dict[tuple[str, str, int | None, str], list[int]] = {}
    for place, row in enumerate(rows):
        metric = metric_named(row.metric)
        if metric.role is Role.p_value and Role.p_holm in metric_named(metric.base).derived:
            families.setdefault((row.scope, row.metric, row.k, row.cohort), []).append(place)
    corrected: dict[int, SummaryRow] = {}
    for family in families.values():
        for place, p in zip(family, holm([rows[place].value for place in family]), strict=True):
            row = rows[place]
            note = joined(row.note, f"Holm over {sum(not np.isnan(rows[one].value) for one in family)} candidates")
            name = metric_named(row.metric).row_name(Role.p_holm)
            corrected[place] = replace(row, metric=name, value=p, note=row.note if np.isnan(p) else note)
    return [one for place, row in enumerate(rows) for one in (row, corrected.get(place)) if one is not None]


def own_rows(judged: Judged, *, name: str) -> list[SummaryRow]:
    """A version's own quality."""
    return [
        mean_row(
            SummaryRow(QuerySet.queries, name, metric=metric, k=judged.k[metric]),
            values,
            None,
            undefined=_undefined(judged, metric=metric),
            weights=judged.weights,
        )
        for metric, values in judged.values.items()
    ]


def _undefined(*versions: Judged, metric: str) -> str:
    opened = [judged for judged in versions if judged.tied[metric]]
    return f"{UNJUDGED}, or {opened[0].why_open}" if opened else UNJUDGED


def _quality(ranked: dict[str, Ranking], qrels: Qrels, measures: list[str]) -> Quality:
    judgements = _by_query(qrels, set(ranked))
    if qrels.ties is TieRule.averaged:
        listed = {query: (one.items.tolist(), one.scores) for query, one in ranked.items()}
        return expected_quality(listed, judgements, measures)
    return judged_quality({query: one.items.tolist() for query, one in ranked.items()}, judgements, measures)


def _by_query(qrels: Qrels, queries: set[str]) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    frame: pd.DataFrame = qrels.frame[qrels.frame["query"].isin(queries)]
    for query, item, relevance in frame.itertuples(index=False):
        judgements.setdefault(query, {})[item] = int(relevance)
    return judgements
