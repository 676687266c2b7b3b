"""Transfer of similarity cut-offs to a new version."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.data import Qrels
from embdrift.metrics import precision_passed, same_precision, same_share, share_passed
from embdrift.studies.drift.lists import ResultLists, lists_of
from embdrift.studies.drift.options import STUDY, DriftOptions
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.rows import joined
from embdrift.studies.engine.study import QuerySet, StudyInput
from embdrift.studies.engine.tables import Tables
from embdrift.types import Floats, Similarity

USUAL = (0.5, 0.65, 0.8)
"""Cosines that people cut results off at."""
QUARTILES = (0.25, 0.5, 0.75)
MOST_LISTS = 200_000
"""ResultLists whose pairs are looked at; of more, evenly spread ones."""


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """Scores of a version's (searching, found) pairs.

    Args:
        scores: shape (m,), of every pair in the lists
        judged_scores: shape (j,), of the pairs of judged queries
        relevant: shape (j,), whether these are judged relevant, 1 or 0
        judged: queries that have a relevant item
        lists: lists that were looked at
        of: lists that there are
    """

    scores: Floats
    judged_scores: Floats
    relevant: Floats
    judged: int
    lists: int
    of: int


def cut_off_transfer(given: StudyInput, options: DriftOptions, tables: Tables) -> Findings:
    """The cut-offs of each candidate that pass what a cut-off of the reference passed."""
    findings = Findings(STUDY.name, given.reference.name)
    for scope in given.reference.query_sets:
        qrels = given.qrels if scope is QuerySet.queries else None
        lists = lists_of(tables, given.reference, scope, given.common, options.query_sample)
        reference = pairs_of(lists, qrels)
        cut_offs = cut_offs_of(reference, given.reference.corpus.similarity, options.cut_offs)
        for version in given.candidates:
            candidate = pairs_of(lists_of(tables, version, scope, given.common, options.query_sample), qrels)
            frame = threshold_frame(reference, candidate, cut_offs, scope=scope, name=version.name, k=lists.k)
            findings.add_table("thresholds", frame)
    return findings


def pairs_of(lists: ResultLists, qrels: Qrels | None) -> ScoredPairs:
    """The pairs of a version's lists, and which of them are judged relevant; pairs without a judgment are not.

    Args:
        lists: top k of each query or item
        qrels: judgments, where the lists are those of queries
    """
    step = -(-len(lists.searching) // MOST_LISTS)
    relevant_of = {} if qrels is None else _relevant(qrels)
    owners = lists.items if qrels is None or qrels.documents is None else _owners(lists, qrels)
    scores, judged_scores, relevant = [np.empty(0)], [np.empty(0)], [np.empty(0)]
    judged = 0
    for block in lists.blocks():
        kept = block.where % step == 0
        scores.append(block.scores[kept].ravel())
        for row in np.flatnonzero(block.resolved) if relevant_of else ():
            wanted = relevant_of.get(str(lists.searching[block.where[row]]))
            if wanted:
                judged += 1
                judged_scores.append(block.scores[row])
                relevant.append(np.array([float(owners[item] in wanted) for item in block.items[row]]))
    q = len(lists.searching)
    return ScoredPairs(
        np.concatenate(scores), np.concatenate(judged_scores), np.concatenate(relevant), judged, -(-q // step), q
    )


def cut_offs_of(reference: ScoredPairs, similarity: Similarity, given: Sequence[float] | None) -> list[float]:
    """The cut-offs to carry over: those given, else usual cosines, else quartiles of the reference's scores.

    Args:
        reference: the version in use
        similarity: the similarity of its scores
        given: cut-offs in use, in its scores
    """
    if given is not None:
        return list(given)
    if similarity is Similarity.cosine:
        return list(USUAL)
    return [float(np.quantile(reference.scores, share)) for share in QUARTILES]


def threshold_frame(
    reference: ScoredPairs, candidate: ScoredPairs, cut_offs: Sequence[float], *, scope: QuerySet, name: str, k: int
) -> pd.DataFrame:
    """The pairs that each cut-off of the reference passes, and the candidate's cut-offs of equal share and precision.

    Args:
        reference: pairs of the version in use
        candidate: pairs of the other one
        cut_offs: of the reference
        scope: who searches
        name: the candidate's
        k: results in a list
    """
    about: dict[str, object] = {
        "scope": scope,
        "candidate": name,
        "pairs": f"each version's first {k} of each {'query' if scope == 'queries' else 'item'}",
        "lists": candidate.lists,
        "of_lists": candidate.of,
    }
    rows = []
    for cut_off in cut_offs:
        found = _by_share(reference, candidate, cut_off) | _by_precision(reference, candidate, cut_off)
        rows.append(about | {"cut_off": cut_off} | found | {"note": _note(found)})
    return pd.DataFrame(rows)


def _by_share(reference: ScoredPairs, candidate: ScoredPairs, cut_off: float) -> dict[str, float]:
    share = share_passed(reference.scores, cut_off)
    new = same_share(candidate.scores, share)
    return {
        "reference_pairs": len(reference.scores),
        "candidate_pairs": len(candidate.scores),
        "reference_share": share,
        "candidate_share_unchanged": share_passed(candidate.scores, cut_off),
        "same_share_cut_off": new,
        "same_share_passes": share_passed(candidate.scores, new) if np.isfinite(new) else float("nan"),
    }


def _by_precision(reference: ScoredPairs, candidate: ScoredPairs, cut_off: float) -> dict[str, float]:
    old = precision_passed(reference.judged_scores, reference.relevant, cut_off)
    scores, relevant = candidate.judged_scores, candidate.relevant
    new = same_precision(scores, relevant, old)
    found = np.isfinite(new)
    return {
        "judged_queries": candidate.judged,
        "judged_pairs_passed": int((reference.judged_scores >= cut_off).sum()),
        "reference_precision": old,
        "candidate_precision_unchanged": precision_passed(scores, relevant, cut_off),
        "same_precision_cut_off": new,
        "same_precision_reached": precision_passed(scores, relevant, new) if found else float("nan"),
        "same_precision_passes": share_passed(scores, new) if found else float("nan"),
    }


def _note(row: dict[str, float]) -> str:
    share, judged = row["reference_share"], row["judged_queries"]
    return joined(
        "no pair of the reference passes: any cut-off above all scores does the same" if share == 0 else "",
        "every pair of the reference passes: any lower cut-off does the same" if share == 1 else "",
        "" if judged else "nothing is judged",
        "the reference passes no judged pair" if judged and not row["judged_pairs_passed"] else "",
        "no cut-off of the candidate keeps the precision"
        if judged and row["judged_pairs_passed"] and np.isnan(row["same_precision_cut_off"])
        else "",
    )


def _relevant(qrels: Qrels) -> dict[str, set[str]]:
    good = qrels.frame[qrels.frame["relevance"] > 0]
    return {str(query): set(items) for query, items in good.groupby("query")["item"]}


def _owners(lists: ResultLists, qrels: Qrels) -> np.ndarray:
    assert qrels.documents is not None
    return np.array([qrels.documents.get(item, item) for item in lists.items.tolist()], object)
