"""Neighbor tables of versions, from the cache or from a search, in a numbering of items that versions share."""

from dataclasses import dataclass, replace

import numpy as np

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.search import SearchTask, concatenate, search_task
from embdrift.studies.engine.study import CheckedSet, Version
from embdrift.types import Array, Neighbors, Positions, cut


@dataclass(frozen=True, eq=False)
class Searched:
    """A neighbour table together with the rows that searched.

    Args:
        table: one row per searching row
        rows: shape (q,), ascending, the rows of the corpus or of the queries that searched
    """

    table: Neighbors
    rows: Positions

    def take(self, rows: Positions) -> Neighbors:
        """The neighbours of some of the rows that searched, in the order given."""
        return self.table.take(np.searchsorted(self.rows, rows))


@dataclass(frozen=True, eq=False)
class Tables:
    """Where a study gets its neighbour tables."""

    cache: TableCache
    device: str
    progress: Progress

    def of(
        self,
        version: Version,
        scope: str,
        depth: int,
        *,
        rows: Positions | None = None,
        without: Positions | None = None,
    ) -> Searched:
        """The exact neighbours of a version's corpus items or queries in its corpus.

        Args:
            version: whose vectors
            scope: "corpus" or "queries"
            depth: neighbours per row; fewer where the corpus is smaller
            rows: rows that search; None for all that take part
            without: corpus rows to leave out beside those that take no part
        """
        corpus, searching = version.corpus, searching_set(version, scope)
        rows = searching.taking_part if rows is None else np.unique(rows)
        left_out = corpus.left_out if without is None else np.union1d(corpus.left_out, without)
        found = corpus.n - len(left_out) - int(scope == "corpus")
        task = search_task(
            corpus.vectors,
            min(depth, found),
            queries=None if scope == "corpus" else searching.vectors,
            rows=rows,
            similarity=corpus.similarity,
            left_out=left_out,
        )
        label = f"exact neighbours of {version.name}" + ("" if scope == "corpus" else "'s queries")
        return Searched(self._table(task, corpus.report.fingerprint, searching.report.fingerprint, label), rows)

    def _table(self, task: SearchTask, corpus_fingerprint: str, query_fingerprint: str, label: str) -> Neighbors:
        return self.cache.neighbors(
            task,
            corpus_fingerprint=corpus_fingerprint,
            query_fingerprint=query_fingerprint,
            device=self.device,
            label=label,
            progress=self.progress,
        )

    def search(self, task: SearchTask, corpus_fingerprint: str, query_fingerprint: str, label: str) -> Neighbors:
        """The table of any other search, by the content of its vectors."""
        return self._table(task, corpus_fingerprint, query_fingerprint, label)


def searching_set(version: Version, scope: str) -> CheckedSet:
    """The vectors that search in a scope."""
    if scope == "corpus":
        return version.corpus
    assert version.queries is not None
    return version.queries


BLOCK = 4096


@dataclass(frozen=True, eq=False)
class View:
    """Neighbours of chosen rows, with items numbered alike in every version and items of number -1 filtered away.

    Equally scored items are listed by ascending number, so that no order of rows in a file shows.

    Args:
        searched: the version's table
        rows: shape (q,), the rows to look at, in the order that versions share
        numbering: shape (n,), the shared number of each corpus row, -1 for items to filter away
        depth: neighbours shown per row
        n_corpus: items that each row could find
        redone: rows that run short of neighbours when filtered, searched again without the filtered items
    """

    searched: Searched
    rows: Positions
    numbering: Positions
    depth: int
    n_corpus: int
    redone: Searched | None = None

    def block(self, part: slice | Positions) -> Neighbors:
        """The neighbours of some of the rows."""
        rows = self.rows[part]
        if self.redone is None or not len(self.redone.rows):
            return self._numbered(self.searched.take(rows))
        again = np.isin(rows, self.redone.rows)
        pieces = [
            self._numbered(self.searched.take(rows[~again])),
            self._numbered(self.redone.take(rows[again])),
        ]
        order = np.concatenate((np.flatnonzero(~again), np.flatnonzero(again)))
        return concatenate(pieces).take(np.argsort(order))

    def of(self, part: Positions) -> "View":
        """The same view of some of the rows."""
        return replace(self, rows=self.rows[part])

    def _numbered(self, part: Neighbors) -> Neighbors:
        positions, ties = self.numbering[part.positions], self.numbering[part.tie_positions]
        part = replace(part, n_corpus=self.n_corpus)
        if (positions >= 0).all() and (ties >= 0).all():
            every = replace(part, positions=positions, tie_positions=ties)
            return in_shared_order(every.shallower(min(self.depth, part.depth)))
        return in_shared_order(_filtered(part, positions, ties, self.depth))


def complete(view: View, tables: Tables, version: Version, scope: str) -> View:
    """The view with the rows searched again that run short of neighbours once items are filtered away.

    Args:
        view: sees a version's table
        tables: where to search again
        version: whose table
        scope: "corpus" or "queries"
    """
    away = np.setdiff1d(np.flatnonzero(view.numbering < 0), version.corpus.left_out)
    if not len(away):
        return view
    blocks = [view.rows[start : start + BLOCK] for start in range(0, len(view.rows), BLOCK)]
    short = [block[runs_short(view.searched.take(block), view.numbering, view.depth)] for block in blocks]
    again = np.concatenate([np.empty(0, np.int64), *short])
    if not len(again):
        return view
    return replace(view, redone=tables.of(version, scope, view.depth, rows=again, without=away))


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
