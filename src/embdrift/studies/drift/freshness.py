"""Coverage and age of an index, and removed items that it still finds."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.data import ItemList
from embdrift.data.items import SECONDS_A_DAY, iso
from embdrift.metrics import share_interval
from embdrift.studies.drift.lists import ResultLists, lists_of
from embdrift.studies.drift.options import STUDY, DriftOptions
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.rows import SummaryRow, joined, left_out
from embdrift.studies.engine.study import QuerySet, StudyInput, Version
from embdrift.studies.engine.tables import Tables
from embdrift.types import Array

LISTED = 1000
"""Missing items listed per version."""
AGES = {"index_age_median_days": 0.5, "index_age_p95_days": 0.95}
TIED = "too many items tie with the last result"


def coverage(given: StudyInput) -> Findings:
    """The share of the item list that each version's index holds, its age, and the items that are missing."""
    listed, findings = given.listed, Findings(STUDY.name, given.reference.name)
    if listed is None:
        return findings
    versions = (given.reference, *given.candidates)
    findings.rows += [row for version in versions for row in coverage_rows(version, listed)]
    if len(listed.removed):
        findings.rows += [indexed_row(version, listed) for version in versions]
    for version in versions:
        findings.add_table("index_missing", missing_frame(version, listed))
    return findings


def removal(given: StudyInput, options: DriftOptions, tables: Tables) -> Findings:
    """The removed items that are still among the first k results of any query or item."""
    listed, findings = given.listed, Findings(STUDY.name, given.reference.name)
    if listed is None or not len(listed.removed):
        return findings
    for scope in given.reference.query_sets:
        for version in (given.reference, *given.candidates):
            lists = lists_of(tables, version, scope, given.common, options.query_sample)
            found = removed_found(lists, listed, scope)
            findings.rows += removal_rows(found, lists, SummaryRow(scope, version.name))
            findings.add_table("removed_items", removed_frame(found, scope, version.name))
    return findings


def coverage_rows(version: Version, listed: ItemList) -> list[SummaryRow]:
    """The share of the item list that the index holds, whole and per cohort, and the age of the items it holds."""
    if not len(listed.ids):
        return []
    held = version.corpus.ordered_ids.astype(str).astype(object)
    inside = _among(listed.ids, held)
    beside = len(held) - int(inside.sum())
    gone = int(_among(listed.removed, held).sum())
    note = joined(
        f"{int((~inside).sum()):,} items of the list are missing" if not inside.all() else "",
        f"{beside - gone:,} indexed items are not on the list" if beside > gone else "",
    )
    about = SummaryRow(QuerySet.corpus, version.name)
    rows = [replace(about, metric="index_coverage", value=float(inside.mean()), n=len(inside), note=note)]
    for column, labels in listed.cohorts.items():
        for cohort in sorted({one for one in labels.tolist() if one}):
            part = inside[labels == cohort]
            rows.append(replace(rows[0], cohort=f"{column}={cohort}", value=float(part.mean()), n=len(part), note=""))
    return rows + _age_rows(about, listed, inside)


def missing_frame(version: Version, listed: ItemList) -> pd.DataFrame:
    """Items of the list that the index lacks, the newest first, at most `LISTED` of them."""
    held = version.corpus.ordered_ids.astype(str).astype(object)
    away = np.flatnonzero(~_among(listed.ids, held))
    seconds = np.full(len(listed.ids), np.nan) if listed.seconds is None else listed.seconds
    away = away[np.lexsort((listed.ids[away].astype(str), np.nan_to_num(-seconds[away], nan=np.inf)))]
    shown = away[:LISTED]
    return pd.DataFrame(
        {
            "candidate": version.name,
            "id": listed.ids[shown],
            "timestamp": [iso(float(second)) for second in seconds[shown]],
        }
    )


def _age_rows(about: SummaryRow, listed: ItemList, inside: np.ndarray) -> list[SummaryRow]:
    if listed.seconds is None:
        return []
    seconds = listed.seconds[inside]
    ages = (listed.as_of - seconds[~np.isnan(seconds)]) / SECONDS_A_DAY
    note = joined(
        f"as of {iso(listed.as_of)}, {listed.as_of_is}",
        left_out(len(seconds) - len(ages), len(seconds), "no timestamp") if len(seconds) else "no item is indexed",
        f"{int((ages < 0).sum()):,} items are newer than that" if (ages < 0).any() else "",
    )
    about = replace(about, n=len(ages), note=note)
    return [
        replace(about, metric=metric, value=float(np.quantile(ages, share)) if len(ages) else float("nan"))
        for metric, share in AGES.items()
    ]


@dataclass(frozen=True, eq=False)
class RemovedFound:
    """Removed items that are still found.

    Args:
        lists: number of lists that each is in, by id
        best_rank: its best rank in them, by id
        example: who finds it there, by id
        hit: shape (q,), whether each list holds one; NaN where ties leave that open, or a removed item searched
        removed_searching: lists of removed items, which nobody sees
        tied: lists that ties leave open
    """

    lists: Counter[str]
    best_rank: dict[str, int]
    example: dict[str, str]
    hit: np.ndarray
    removed_searching: int
    tied: int


def removed_found(lists: ResultLists, listed: ItemList, scope: QuerySet) -> RemovedFound:
    """Look for removed items in every list; lists of removed items themselves are left out."""
    is_removed = _among(lists.items, listed.removed)
    own = np.zeros(len(lists.searching), np.bool_)
    if scope is QuerySet.corpus:
        own = _among(lists.searching, listed.removed)
    hit = np.full(len(lists.searching), np.nan)
    counts: Counter[str] = Counter()
    best: dict[str, int] = {}
    example: dict[str, str] = {}
    tied = 0
    for block in lists.blocks():
        seen = block.resolved & ~own[block.where]
        tied += int((~block.resolved & ~own[block.where]).sum())
        found = is_removed[block.items]
        hit[block.where[seen]] = found[seen].any(axis=1)
        for row, rank in zip(*np.nonzero(found & seen[:, None]), strict=True):
            name = str(lists.items[block.items[row, rank]])
            counts[name] += 1
            if rank + 1 < best.get(name, lists.k + 1):
                best[name], example[name] = int(rank) + 1, str(lists.searching[block.where[row]])
    return RemovedFound(counts, best, example, hit, int(own.sum()), tied)


def removal_rows(found: RemovedFound, lists: ResultLists, about: SummaryRow) -> list[SummaryRow]:
    """The number of removed items that are still found, and the share of the lists that hold one.

    Args:
        found: the removed items that are still found
        lists: the lists that were searched for them
        about: scope and candidate
    """
    seen = int((~np.isnan(found.hit)).sum())
    note = joined(
        f"{found.tied:,} lists left out: {TIED}" if found.tied else "",
        f"{found.removed_searching:,} lists of removed items left out" if found.removed_searching else "",
    )
    about = replace(about, k=lists.k, note=note)
    count = float(len(found.lists)) if seen else float("nan")
    share = share_interval(int(np.nansum(found.hit)), seen)
    row = replace(about, metric="removed_items_found_share", value=share.mean, n=seen)
    if about.scope is QuerySet.queries or not lists.everyone:
        row = replace(row, low=share.low, high=share.high)
    return [replace(about, metric="removed_items_found", value=count, n=seen), row]


def indexed_row(version: Version, listed: ItemList) -> SummaryRow:
    """The number of removed items that the index still holds; `n` is the number of removed items."""
    held = version.corpus.ordered_ids.astype(str).astype(object)
    count = float(_among(listed.removed, held).sum())
    return SummaryRow(QuerySet.corpus, version.name, metric="removed_items_indexed", value=count, n=len(listed.removed))


def removed_frame(found: RemovedFound, scope: QuerySet, candidate: str) -> pd.DataFrame:
    """The removed items that are found, the most frequent first."""
    names = sorted(found.lists, key=lambda name: (-found.lists[name], name))
    return pd.DataFrame(
        {
            "scope": scope,
            "candidate": candidate,
            "id": names,
            "lists": [found.lists[name] for name in names],
            "best_rank": [found.best_rank[name] for name in names],
            "found_by": [found.example[name] for name in names],
        }
    )


def _among(ids: Array, known: Array) -> Array:
    """Whether each id is a known one, by hash: NumPy would compare every id with every other."""
    return np.asarray(pd.Series(ids).isin(known.tolist()), np.bool_)
