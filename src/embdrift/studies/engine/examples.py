"""What a reader wants to see: the most moved items with old and new neighbours, and scores under both versions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.metrics import unresolved
from embdrift.search import pair_scores
from embdrift.studies.engine.matching import Matching, sample
from embdrift.studies.engine.study import Version
from embdrift.studies.engine.tables import NeighborTable
from embdrift.types import Array, Floats, Neighbors

TEXT_LENGTH = 300
SCORED_ROWS = 2000
_SCORED_NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class Naming:
    """Ids and texts of the shared items and of who searches, as text.

    Args:
        items: shape (m,), ids in shared order
        searching: shape (q,), ids of the queries (or items) that search
        item_texts: shape (m,), or None where texts are not kept
        searching_texts: shape (q,), or None
    """

    items: Array
    searching: Array
    item_texts: Array | None
    searching_texts: Array | None


def most_moved(
    reference: NeighborTable,
    candidate: NeighborTable,
    overlap: Floats,
    naming: Naming,
    *,
    scope: str,
    name: str,
    k: int,
    count: int,
) -> pd.DataFrame:
    """Old and new neighbours of the queries that kept the fewest, one row per neighbour.

    Args:
        reference: old neighbours
        candidate: new neighbours
        overlap: shape (q,), overlap@k
        naming: ids and texts
        scope: who searches
        name: the candidate's
        k: neighbours to show
        count: queries to show
    """
    order = np.argsort(overlap, kind="stable")  # NaN last; equal ones in canonical order
    worst = order[:count][overlap[order[:count]] < 1]
    old, new = reference.block(worst), candidate.block(worst)
    rows = []
    for at, query in enumerate(worst.tolist()):
        for side, table, other in (("reference", old, new), ("candidate", new, old)):
            shared = np.isin(table.positions[at, :k], other.positions[at, :k])
            rows.extend(
                _neighbors_of(table, at, shared, naming, {"item": query, "side": side, "overlap": overlap[query]})
            )
    columns = ["item", "item_text", "overlap", "side", "rank", "neighbor", "neighbor_text", "score", "shared"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "candidate", name)
    frame.insert(0, "scope", scope)
    return frame


def _neighbors_of(
    table: Neighbors, at: int, shared: Array, naming: Naming, about: dict[str, object]
) -> list[dict[str, object]]:
    query = about["item"]
    assert isinstance(query, int)
    found = table.positions[at, : len(shared)].tolist()
    return [
        about
        | {
            "item": naming.searching[query],
            "item_text": _excerpt(naming.searching_texts, query),
            "rank": rank + 1,
            "neighbor": naming.items[item],
            "neighbor_text": _excerpt(naming.item_texts, item),
            "score": table.scores[at, rank],
            "shared": bool(shared[rank]),
        }
        for rank, item in enumerate(found)
    ]


def _excerpt(texts: Array | None, at: int) -> str:
    text = "" if texts is None else str(texts[at])
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"


def score_pairs(
    reference: NeighborTable,
    candidate: NeighborTable,
    version: Version,
    matching: Matching,
    *,
    seed: int,
) -> pd.DataFrame:
    """Scores of old neighbours under both versions, for a sample of the queries.

    Queries whose neighbours cannot be told, since too many items tie with the last of them, are left out.

    Args:
        reference: old neighbours
        candidate: new neighbours
        version: the candidate
        matching: the shared items, and who searches
        seed: of the sample
    """
    chosen = sample(matching.ids, SCORED_ROWS, seed)
    old, new = reference.block(chosen), candidate.block(chosen)
    k = min(_SCORED_NEIGHBOURS, old.depth)
    told = ~(unresolved(old, k) | unresolved(new, k))
    chosen, old, new = chosen[told], old.take(np.flatnonzero(told)), new.take(np.flatnonzero(told))
    pairs = old.positions[:, :k].astype(np.int64)
    corpus = version.corpus
    scores = pair_scores(
        corpus.vectors,
        matching.corpus.candidate_rows[pairs],
        queries=version.searching(matching.query_set).vectors,
        rows=matching.candidate_rows[chosen],
        similarity=corpus.similarity,
    )
    kept = (pairs[:, :, None] == new.positions[:, None, :k]).any(axis=2)
    frame = pd.DataFrame(
        {"reference_score": old.scores[:, :k].ravel(), "candidate_score": scores.ravel(), "kept": kept.ravel()}
    )
    frame.insert(0, "candidate", version.name)
    frame.insert(0, "scope", matching.query_set)
    return frame
