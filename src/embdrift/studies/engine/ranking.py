"""What each query found, as the ranking that judgements are held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from embdrift.studies.engine.pairing import canonical, canonical_numbering
from embdrift.studies.engine.study import Version
from embdrift.studies.engine.tables import Searched, Tables
from embdrift.studies.engine.view import BLOCK, View
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


@dataclass(frozen=True, eq=False)
class Rankings:
    """The rankings of a version's queries.

    Args:
        version: which has queries
        documents: the document of each item by its id, where documents are ranked by their best chunk; else None
    """

    version: Version
    documents: Mapping[str, str] | None = None

    def of(self, searched: Searched, depth: int, tables: Tables | None = None) -> Iterator[tuple[str, Ranking]]:
        """Every query that searched and its ranking, in canonical order.

        Args:
            searched: the queries' neighbours
            depth: ranks wanted
            tables: where to search deeper, for queries whose first chunks are of too few documents
        """
        assert self.version.queries is not None
        ids, rows = canonical(self.version.queries)
        inside = np.isin(rows, searched.rows)
        ids, rows = ids[inside].astype(str), rows[inside]
        found = dict(zip(rows.tolist(), self._listed(searched, rows, depth), strict=True))
        if self.documents is not None and tables is not None:
            self._deepen(found, depth, tables)
        for name, row in zip(ids.tolist(), rows.tolist(), strict=True):
            yield name, found[row]

    def _deepen(self, found: dict[int, Ranking], depth: int, tables: Tables) -> None:
        deeper, n = depth, len(self.version.corpus.taking_part)
        while deeper < min(n, depth * DEEPEST):
            short = np.array([row for row, ranking in found.items() if ranking.open_at(depth)], np.int64)
            if not len(short):
                return
            deeper = min(4 * deeper, n, depth * DEEPEST)
            searched = tables.of(self.version, "queries", deeper, rows=short)
            found |= zip(short.tolist(), self._listed(searched, short, deeper), strict=True)

    def _listed(self, searched: Searched, rows: Positions, depth: int) -> Iterator[Ranking]:
        names = canonical(self.version.corpus)[0].astype(str).astype(object)
        numbering = canonical_numbering(self.version.corpus)
        view = View(searched, rows, numbering, min(depth, searched.table.depth), searched.table.n_corpus)
        owners = None if self.documents is None else self._owners(names)
        n_documents = len(names) if owners is None else len(set(owners.tolist()))
        for start in range(0, len(rows), BLOCK):
            block = view.block(slice(start, start + BLOCK))
            for row in range(block.q):
                one = _ranking(block, row, names)
                yield one if owners is None else _by_document(block, row, owners, n_documents)

    def _owners(self, names: Array) -> Array:
        assert self.documents is not None
        return np.array([self.documents.get(name, name) for name in names.tolist()], object)


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
