"""Neighbor tables of versions, from the cache or from a search, in a numbering of items that versions share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.search import SearchTask, concatenate, search_task
from embdrift.studies.engine.study import QuerySet, Version
from embdrift.types import Array, Floats, Neighbors, Positions, cut

BLOCK = 4096
"""Rows that are read and renumbered at a time."""


def row_slices(q: int) -> Iterator[slice]:
    """Slices of `BLOCK` rows that cover q rows."""
    for start in range(0, q, BLOCK):
        yield slice(start, min(start + BLOCK, q))


@dataclass(frozen=True, eq=False)
class NeighborTable:
    """The neighbors of chosen rows of one version, with items numbered alike in every version.

    The table as searched stays memory-mapped: blocks are renumbered when they are read. Items of number -1 are filtered
    away, and equally scored items are listed by ascending number, so that no order of rows in a file shows.

    Args:
        found: the table as searched, one row per searched row; positions are rows of the corpus
        searched: shape (s,), ascending, the rows of the corpus or of the queries that searched
        rows: shape (q,), the searched rows that the table shows, in the order that versions share
        numbering: shape (n,), the shared number of each corpus row, -1 for items to filter away
        depth: neighbors shown per row
        n_corpus: items that each row could find
        refill: the rows that run short of neighbors when filtered, searched again without the filtered items
    """

    found: Neighbors
    searched: Positions
    rows: Positions
    numbering: Positions
    depth: int
    n_corpus: int
    refill: "NeighborTable | None" = None

    def take(self, rows: Positions) -> Neighbors:
        """Neighbors as searched, not renumbered, of some of the rows that searched, in the order given."""
        return self.found.take(np.searchsorted(self.searched, rows))

    def at(self, places: Positions) -> "NeighborTable":
        """The same table of some of its rows, by place."""
        return replace(self, rows=self.rows[places])

    def shallower(self, depth: int) -> "NeighborTable":
        """The same table with fewer neighbors per row."""
        return replace(self, depth=min(depth, self.depth))

    def of_search(self, found: Neighbors, searched: Positions) -> "NeighborTable":
        """Another search of the same rows in the same corpus, as deep as both are.

        Args:
            found: what it found
            searched: ascending, the rows that searched
        """
        return replace(self, found=found, searched=searched, depth=min(self.depth, found.depth), refill=None)

    def blocks(self) -> Iterator[tuple[slice, Neighbors]]:
        """All rows, some at a time: their places, and their neighbors."""
        for part in row_slices(len(self.rows)):
            yield part, self.block(part)

    def block(self, part: slice | Positions) -> Neighbors:
        """The neighbors of the rows at some places."""
        rows = self.rows[part]
        if self.refill is None:
            return self._numbered(self.take(rows))
        again = np.isin(rows, self.refill.searched)
        pieces = [self._numbered(self.take(rows[~again])), self._numbered(self.refill.take(rows[again]))]
        order = np.concatenate((np.flatnonzero(~again), np.flatnonzero(again)))
        return concatenate(pieces).take(np.argsort(order))

    def nearest(self, k: int) -> tuple[Array, Floats]:
        """Numbers and scores of the nearest k, each of shape (q, k)."""
        parts = [block for _, block in replace(self, depth=k).blocks()]
        positions, scores = (np.concatenate([getattr(one, name) for one in parts]) for name in ("positions", "scores"))
        return positions.astype(np.int64), scores

    def _numbered(self, part: Neighbors) -> Neighbors:
        positions, ties = self.numbering[part.positions], self.numbering[part.tie_positions]
        part = replace(part, n_corpus=self.n_corpus)
        if (positions >= 0).all() and (ties >= 0).all():
            every = replace(part, positions=positions, tie_positions=ties)
            return in_shared_order(every.shallower(min(self.depth, part.depth)))
        return in_shared_order(_filtered(part, positions, ties, self.depth))


@dataclass(frozen=True, eq=False)
class Tables:
    """The source of a study's neighbor tables.

    Args:
        cache: where exact neighbor tables are kept
        device: where to search
        progress: receives progress updates
    """

    cache: TableCache
    device: str
    progress: Progress

    def of(
        self,
        version: Version,
        query_set: QuerySet,
        depth: int,
        *,
        rows: Positions | None = None,
        without: Positions | None = None,
    ) -> NeighborTable:
        """The exact neighbors of a version's corpus items or queries in its corpus, numbered in canonical order.

        Args:
            version: whose vectors
            query_set: who searches
            depth: neighbors per row; fewer where the corpus is smaller
            rows: rows that search; None for all that are not excluded
            without: corpus rows to exclude besides
        """
        corpus, searching, is_corpus = version.corpus, version.searching(query_set), query_set is QuerySet.corpus
        rows = searching.taking_part if rows is None else np.unique(rows)
        left_out = corpus.left_out if without is None else np.union1d(corpus.left_out, without)
        n_corpus = corpus.n - len(left_out) - int(is_corpus)
        task = search_task(
            corpus.vectors,
            min(depth, n_corpus),
            queries=None if is_corpus else searching.vectors,
            rows=rows,
            similarity=corpus.similarity,
            left_out=left_out,
        )
        label = f"exact neighbours of {version.name}" + ("" if is_corpus else "'s queries")
        found = self.search(task, corpus.report.fingerprint, searching.report.fingerprint, label)
        shown = searching.ordered_rows[np.isin(searching.ordered_rows, rows)]
        return NeighborTable(found, rows, shown, corpus.numbering, found.depth, found.n_corpus)

    def search(self, task: SearchTask, corpus_fingerprint: str, query_fingerprint: str, label: str) -> Neighbors:
        """The table of any search, by the content of its vectors."""
        return self.cache.neighbors(
            task,
            corpus_fingerprint=corpus_fingerprint,
            query_fingerprint=query_fingerprint,
            device=self.device,
            label=label,
            progress=self.progress,
        )

    def refilled(self, table: NeighborTable, version: Version, query_set: QuerySet) -> NeighborTable:
        """The table with the rows searched again that run short of neighbors once items are filtered away.

        Args:
            table: of the version, renumbered
            version: whose vectors
            query_set: who searches
        """
        away = np.setdiff1d(np.flatnonzero(table.numbering < 0), version.corpus.left_out)
        if not len(away):
            return table
        blocks = [table.rows[part] for part in row_slices(len(table.rows))]
        short = [rows[runs_short(table.take(rows), table.numbering, table.depth)] for rows in blocks]
        again = np.concatenate([np.empty(0, np.int64), *short])
        if not len(again):
            return table
        return replace(table, refill=self.of(version, query_set, table.depth, rows=again, without=away))


def runs_short(part: Neighbors, numbering: Positions, depth: int) -> Array:
    """Whether a row lists too few neighbours, or does not list its ties, once items of number -1 are filtered away."""
    reached = np.cumsum(numbering[part.positions] >= 0, axis=1) >= depth
    unlisted = part.tied_beyond > np.diff(part.tie_starts)
    level = np.take_along_axis(part.scores, np.argmax(reached, axis=1)[:, None], axis=1)[:, 0]
    return np.asarray(~reached[:, -1] | (unlisted & (level == part.scores[:, -1])))


def in_shared_order(table: Neighbors) -> Neighbors:
    """The table with equally scored items by ascending number, those listed beyond the last column included.

    Of ties too many to be listed, the table holds some and not others: their members stay, and no figure may use them.
    """
    counts = np.diff(table.tie_starts)
    rows = np.flatnonzero((table.scores[:, 1:] == table.scores[:, :-1]).any(axis=1) | (counts > 0))
    if not len(rows):
        return table
    part, counts, width = table.take(rows), counts[rows], table.depth + counts[rows]
    items = np.concatenate((part.positions.ravel(), part.tie_positions))
    scores = np.concatenate((part.scores.ravel(), np.repeat(part.scores[:, -1], counts)))
    row = np.concatenate((np.repeat(np.arange(part.q), part.depth), np.repeat(np.arange(part.q), counts)))
    items = items[np.lexsort((items, -scores, row))]
    first = np.cumsum(width) - width
    column = np.arange(len(items)) - np.repeat(first, width)
    positions, ties = table.positions.copy(), table.tie_positions.copy()
    positions[rows] = items[column < table.depth].reshape(part.q, part.depth)
    beyond = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    ties[np.repeat(table.tie_starts[rows], counts) + beyond] = items[column >= table.depth]
    return replace(table, positions=positions, tie_positions=ties)


def _filtered(part: Neighbors, positions: Positions, ties: Positions, depth: int) -> Neighbors:
    keep = positions >= 0
    order = np.argsort(~keep, axis=1, kind="stable")
    kept = np.take_along_axis(keep, order, axis=1)
    scores = np.where(kept, np.take_along_axis(part.scores, order, axis=1), -np.inf)
    row_of_tie = np.repeat(np.arange(part.q), np.diff(part.tie_starts))
    counts = np.bincount(row_of_tie[ties >= 0], minlength=part.q)
    shown = Neighbors(
        positions=np.take_along_axis(positions, order, axis=1),
        scores=scores,
        tied_beyond=counts,
        tie_starts=np.concatenate(([0], np.cumsum(counts))),
        tie_positions=ties[ties >= 0],
        n_corpus=part.n_corpus,
    )
    return cut(shown, depth, last_scores=part.scores[:, -1])
