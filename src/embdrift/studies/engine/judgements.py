"""Checks that judgements name what a version holds, and notes about those that do not."""

from collections.abc import Sequence

from embdrift.data import Qrels, TieRule
from embdrift.errors import InputError
from embdrift.studies.engine.study import Version

SHOWN = 5


def require_known(version: Version, qrels: Qrels) -> None:
    """Check that judgements are about what a version holds.

    Raises:
        InputError: when no judgement names a query and an item that are there, or a judged query has no weight
    """
    assert version.queries is not None
    queries, items = _held(version, qrels)
    frame = qrels.frame
    known = frame["query"].isin(queries) & frame["item"].isin(items)
    if not known.any():
        of = "an item" if qrels.documents is None else "a document"
        raise InputError(
            f"none of {len(frame)} judgements names a query of {version.queries.label} and {of} of"
            f" {version.corpus.label}; check that their ids are written alike"
        )
    if qrels.weights is not None:
        _require_weights(qrels, queries)


def _require_weights(qrels: Qrels, queries: set[str]) -> None:
    assert qrels.weights is not None
    judged = sorted(queries & set(qrels.frame.loc[qrels.frame["relevance"] > 0, "query"]))
    lacking = [query for query in judged if query not in qrels.weights]
    if lacking:
        raise InputError(
            f"{len(lacking)} of {len(judged)} judged queries have no weight, such as {lacking[0]!r}: give each one, 0"
            " where it must not count"
        )
    if judged and not any(qrels.weights[query] for query in judged):
        raise InputError(f"all {len(judged)} judged queries have weight 0, so that nothing would count")


def judging_notes(versions: Sequence[Version], qrels: Qrels) -> list[str]:
    """How answers were judged, and which judgements name what a version lacks."""
    what = "items" if qrels.documents is None else "documents"
    rule = {
        TieRule.by_id: f"{what} of equal score are ranked by id",
        TieRule.averaged: f"quality is averaged over every order of {what} of equal score",
    }[qrels.ties]
    notes = [f"Judged quality: {rule}."]
    if qrels.documents is not None:
        notes.append(f"Judged quality is of documents, each ranked by its best chunk{_alone(versions[0], qrels)}.")
    if qrels.weights is not None:
        notes.append("Judged quality is weighted by query; n counts queries of weight above 0.")
    unknown = {version.name: _unknown(version, qrels) for version in versions}
    texts = dict.fromkeys(text for text in unknown.values() if text)
    return notes + [f"{', '.join(name for name, one in unknown.items() if one == text)}: {text}" for text in texts]


def _alone(version: Version, qrels: Qrels) -> str:
    assert qrels.documents is not None
    lacking = [name for name in version.corpus.ordered_ids.astype(str).tolist() if name not in qrels.documents]
    if not lacking:
        return ""
    return f"; {len(lacking)} items of {version.name} have no document and count as documents of their own"


def _unknown(version: Version, qrels: Qrels) -> str:
    queries, items = _held(version, qrels)
    frame, parts = qrels.frame, []
    for kind, column, held, meaning in (
        ("queries", "query", queries, "take no part"),
        ("items" if qrels.documents is None else "documents", "item", items, "count as never found"),
    ):
        lacking = sorted(set(frame[column]) - held)
        if lacking:
            shown = ", ".join(lacking[:SHOWN]) + (", …" if len(lacking) > SHOWN else "")
            parts.append(f"{len(lacking)} judged {kind} are not there and {meaning} ({shown})")
    return f"{'; '.join(parts)}." if parts else ""


def _held(version: Version, qrels: Qrels) -> tuple[set[str], set[str]]:
    assert version.queries is not None
    queries = set(version.queries.ordered_ids.astype(str).tolist())
    items = set(version.corpus.ordered_ids.astype(str).tolist())
    if qrels.documents is None:
        return queries, items
    return queries, {qrels.documents.get(item, item) for item in items}
