"""A search of a corpus with many copies: each vector is searched once, and copies are told apart afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from embdrift.search.certificate import Tally
from embdrift.search.copies import Copies, Lists, expanded, table_entries
from embdrift.search.cpu import search_rows_cpu
from embdrift.search.float32 import full_float32
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import concatenate, exact_scores, rank
from embdrift.search.task import SearchTask, wide_rows
from embdrift.types import TIE_LIMIT, Neighbors, Positions

# Queries whose neighbours are expanded at a time.
_ROWS = 1024

Search = Callable[[Prepared, Positions | None, int], Iterator[Neighbors]]
"""Searches what is prepared, with seeds or without, from a query on."""


@dataclass(frozen=True, eq=False)
class Collapsed:
    """One search with its copies.

    Args:
        prepared: what is searched
        copies: who leads whom
        joins_itself: whether every item that can be found searches, and leaves out itself
        tally: told of rows that were not searched, since another has the same vector
    """

    prepared: Prepared
    copies: Copies
    joins_itself: bool
    tally: Tally

    def can_serve(self) -> bool:
        """Whether all queries find the same number of different vectors, where they find all of them."""
        task, inner = self.prepared.task, self._task()
        leaves_out = np.isin(inner.own, np.flatnonzero(self.copies.sizes))
        return inner.n_corpus > task.k or bool(leaves_out.all() or not leaves_out.any())

    def strips(self, search: Search, seeds: Positions | None, start: int) -> Iterator[Neighbors]:
        """The neighbours of queries `start` and after."""
        tables = self._tables(search, seeds, start)
        for index, table in self._by_member(tables, start) if self.joins_itself else tables:
            for begin in range(0, len(index), _ROWS):
                part = slice(begin, begin + _ROWS)
                yield self._expanded(index[part], table.take(part))

    def _task(self) -> SearchTask:
        task, copies = self.prepared.task, self.copies
        leads = np.flatnonzero(copies.sizes)
        own = np.where(task.own >= 0, copies.lead[task.own], -1)
        chosen = (leads, leads) if self.joins_itself else (task.rows, own)
        hidden = np.flatnonzero(copies.sizes == 0)
        return replace(task, rows=chosen[0], own=chosen[1], left_out=hidden)

    def _tables(self, search: Search, seeds: Positions | None, start: int) -> Iterator[tuple[Positions, Neighbors]]:
        """Queries of the collapsed search and what they find, in order."""
        task = self._task()
        k = min(task.k, task.n_corpus)
        begin = 0 if self.joins_itself else start
        if k < 1:
            yield np.arange(begin, len(task.rows)), _empty(len(task.rows) - begin)
            self.tally.rows += len(task.rows) - begin
            return
        norms = self.prepared.corpus_norms[task.rows] if self.joins_itself else self.prepared.query_norms
        inner = replace(
            self.prepared, task=replace(task, k=k), query_norms=norms, skip=self.copies.sizes == 0, resident=None
        )
        for table in search(inner, self._seeds(seeds), begin):
            yield np.arange(begin, begin + table.q), table
            begin += table.q

    def _seeds(self, seeds: Positions | None) -> Positions | None:
        if seeds is None:
            return None
        leading = np.where(seeds >= 0, self.copies.lead[seeds], -1)
        if not self.joins_itself:
            return leading
        return leading[np.searchsorted(self.prepared.task.rows, np.flatnonzero(self.copies.sizes))]

    def _by_member(
        self, tables: Iterator[tuple[Positions, Neighbors]], start: int
    ) -> Iterator[tuple[Positions, Neighbors]]:
        """Every query, with what the first of its copies found; a lead comes before its members."""
        rows, sizes = self.prepared.task.rows, self.copies.sizes
        leads = np.flatnonzero(sizes)
        self.tally.rows += len(rows) - len(leads)
        numbers, kept, done = np.empty(0, np.int64), None, start
        for index, table in tables:
            numbers = np.concatenate([numbers, index])
            whole = table if kept is None else concatenate([kept, table])
            end = np.searchsorted(rows, leads[index[-1] + 1]) if index[-1] + 1 < len(leads) else len(rows)
            if end > done:
                chosen = np.arange(done, end)
                number = np.searchsorted(leads, self.copies.lead[rows[chosen]])
                yield chosen, whole.take(np.searchsorted(numbers, number))
                done = int(end)
            again = np.flatnonzero(sizes[leads[numbers]] > 1)
            numbers, kept = numbers[again], whole.take(again)

    def _expanded(self, index: Positions, table: Neighbors) -> Neighbors:
        task = self.prepared.task
        rows, leads, scores = table_entries(table)
        own = task.own[index]
        mine = np.flatnonzero((own >= 0) & (self.copies.sizes[self.copies.lead[own]] > 1))
        rows, leads = np.concatenate([rows, mine]), np.concatenate([leads, self.copies.lead[own[mine]]])
        wide = wide_rows(task.queries, task.rows[index[mine]])
        norms = (self.prepared.query_norms[index[mine]], self.prepared.corpus_norms)
        theirs = exact_scores(task, wide, *norms, np.arange(len(mine) + 1), leads[len(leads) - len(mine) :])
        found = expanded(self.copies, Lists(rows, leads, np.concatenate([scores, theirs]), own), task.k)
        result = rank(task, found.starts, found.positions, found.scores)
        result = replace(result, tied_beyond=result.tied_beyond + found.surplus)
        # Ties that are not listed cannot be expanded.
        lost = np.flatnonzero(table.tied_beyond > TIE_LIMIT)
        if not len(lost):
            return result
        self.tally.rows -= len(lost)
        with full_float32():
            again = search_rows_cpu(self.prepared, index[lost], self.tally)
        rest = np.setdiff1d(np.arange(len(index)), lost)
        return concatenate([result.take(rest), again]).take(np.argsort(np.concatenate([rest, lost])))


def _empty(q: int) -> Neighbors:
    """The table of queries that find nothing."""
    zeros = np.zeros(q + 1, np.int64)
    return Neighbors(np.empty((q, 0), np.int64), np.empty((q, 0)), zeros[:q], zeros, np.empty(0, np.int64), 0)
