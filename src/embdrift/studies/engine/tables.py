"""Neighbour tables of versions, from the cache or from a search."""

from dataclasses import dataclass

import numpy as np

from embdrift.cache import TableCache
from embdrift.progress import Progress
from embdrift.search import SearchTask, search_task
from embdrift.studies.engine.study import CheckedSet, Version
from embdrift.types import Neighbors, Positions


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
