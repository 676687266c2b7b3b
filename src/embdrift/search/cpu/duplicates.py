"""Corpus rows with the same bits: one of them is searched, and what it finds is handed to all.

A search of a corpus with many copies: each vector is searched once, and copies are told apart afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from embdrift.search.assembly import concatenate
from embdrift.search.certificate import Tally
from embdrift.search.cpu.float32_search import search_rows_cpu
from embdrift.search.cpu.kernels import hash_rows
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.ranking import exact_scores, rank
from embdrift.search.soundness import full_float32
from embdrift.search.task import SearchTask, wide_rows
from embdrift.types import TIE_LIMIT, Array, Floats, Neighbors, Positions

# Copies are worth the effort from this share of the corpus on, or where one vector fills the neighbours of its copies.
_SHARE = 1 / 8
_STEP = 4096


@dataclass(frozen=True, eq=False)
class Copies:
    """Which corpus positions hold the same vector.

    Args:
        lead: shape (n,), the first position that can be found with the same bits; a hidden position leads itself
        starts: shape (n + 1,), where the members of each leading position begin
        members: positions that can be found, by lead and then ascending
    """

    lead: Positions
    starts: Positions
    members: Positions

    @property
    def sizes(self) -> Positions:
        """Members of each leading position, shape (n,); 0 for positions that lead nobody."""
        return np.diff(self.starts)


def find_copies(prepared: Prepared) -> Copies | None:
    """The copies in a corpus, where they are many; None where collapsing them would gain nothing."""
    found = np.flatnonzero(~prepared.skip)
    # Equal vectors have equal norms, and few others do: most corpora need no look at their vectors.
    _, inverse, counts = np.unique(prepared.corpus_norms[found], return_inverse=True, return_counts=True)
    suspects = found[counts[inverse] > 1]
    k = prepared.task.k
    if len(suspects) < _SHARE * len(found) and (not len(counts) or counts.max() <= k + 1):
        return None
    lead = np.arange(len(prepared.skip))
    lead[suspects] = _first_equal(prepared.task.corpus, suspects)
    members = found[np.argsort(lead[found], kind="stable")]
    sizes = np.bincount(lead[found], minlength=len(lead))
    if sizes.max() <= k + 1 and np.count_nonzero(sizes) > (1 - _SHARE) * len(found):
        return None
    return Copies(lead, np.concatenate(([0], np.cumsum(sizes))), members)


def _first_equal(corpus: torch.Tensor, chosen: Positions) -> Positions:
    """For each of some positions, ascending, the first of them whose row has the same bits."""
    hashes = np.empty(len(chosen), np.uint64)
    for start in range(0, len(chosen), _STEP):
        part = slice(start, start + _STEP)
        hash_rows(_bytes(corpus, chosen[part]), hashes[part])
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    leads = chosen[first[inverse]]
    for start in range(0, len(chosen), _STEP):
        part = slice(start, start + _STEP)
        differ = (_bytes(corpus, chosen[part]) != _bytes(corpus, leads[part])).any(axis=1)
        # Rows that only share a hash are searched on their own: slower, not wrong.
        leads[part][differ] = chosen[part][differ]
    return leads


def _bytes(corpus: torch.Tensor, positions: Positions) -> Array:
    return np.asarray(wide_rows(corpus, positions).view(np.uint8).view(np.uint32))


@dataclass(frozen=True, eq=False)
class Lists:
    """What some queries find among leading positions.

    Args:
        rows: which query each entry belongs to, ascending
        leads: leading positions
        scores: their scores
        own: shape (b,), corpus position that each query must not find, or -1
    """

    rows: Positions
    leads: Positions
    scores: Floats
    own: Positions


@dataclass(frozen=True, eq=False)
class Expanded:
    """The same with every member of what was found.

    Args:
        starts: shape (b + 1,), where each query's candidates begin
        positions: corpus positions, ascending within a query
        scores: their scores
        surplus: shape (b,), members beyond those listed that tie with the k-th
    """

    starts: Positions
    positions: Positions
    scores: Floats
    surplus: Positions


def expanded(copies: Copies, lists: Lists, k: int) -> Expanded:
    """Put the members in the place of those that lead them.

    A vector with more members than any table lists gives the first of them.

    Args:
        copies: who leads whom
        lists: what was found, each leading position at most once for a query
        k: neighbours wanted
    """
    lists = _reaching(copies, lists, k)
    most = k + TIE_LIMIT + 2
    sizes = copies.sizes[lists.leads]
    listed = np.minimum(sizes, most)
    entry = np.repeat(np.arange(len(listed)), listed)
    inside = np.arange(len(entry)) - np.repeat(np.cumsum(listed) - listed, listed)
    positions = copies.members[copies.starts[lists.leads[entry]] + inside]
    kept = positions != lists.own[lists.rows[entry]]
    entry, positions = entry[kept], positions[kept]
    order = np.lexsort((positions, lists.rows[entry]))
    entry, positions = entry[order], positions[order]
    b = len(lists.own)
    starts = np.concatenate(([0], np.cumsum(np.bincount(lists.rows[entry], minlength=b))))
    scores = lists.scores[entry]
    here = copies.lead[lists.own[lists.rows]] == lists.leads
    here &= lists.own[lists.rows] >= 0
    beyond = sizes - here - np.bincount(entry, minlength=len(listed))
    ties = lists.scores == _kth(starts, scores, k)[lists.rows]
    surplus = np.bincount(lists.rows[ties], weights=beyond[ties], minlength=b).astype(np.int64)
    return Expanded(starts, positions, scores, surplus)


def _reaching(copies: Copies, lists: Lists, k: int) -> Lists:
    """The entries that can be among the best k or tie with the last of them, by query and score."""
    order = np.lexsort((-lists.scores, lists.rows))
    rows, leads, scores = lists.rows[order], lists.leads[order], lists.scores[order]
    available = copies.sizes[leads] - ((copies.lead[lists.own[rows]] == leads) & (lists.own[rows] >= 0))
    before = np.cumsum(available) - available
    first = np.searchsorted(rows, np.arange(len(lists.own)))
    base = np.zeros(len(lists.own), np.int64)
    filled = first < len(rows)
    base[filled] = before[first[filled]]
    # Entries that begin before the k-th place, and whatever ties with the last of these.
    early = before - base[rows] < k
    last = np.full(len(lists.own), np.inf)
    np.minimum.at(last, rows[early], scores[early])
    kept = scores >= last[rows]
    return Lists(rows[kept], leads[kept], scores[kept], lists.own)


def _kth(starts: Positions, scores: Floats, k: int) -> Floats:
    kth = [np.partition(scores[begin:end], end - begin - k)[end - begin - k] for begin, end in pairwise(starts)]
    return np.array(kth, np.float64)


def table_entries(table: Neighbors) -> tuple[Positions, Positions, Floats]:
    """The neighbours of a table and what ties with the last of them: row, position and score of each."""
    q, k = table.positions.shape
    ties = np.diff(table.tie_starts)
    rows = np.concatenate([np.repeat(np.arange(q), k), np.repeat(np.arange(q), ties)])
    positions = np.concatenate([table.positions.ravel(), table.tie_positions]).astype(np.int64)
    last = table.scores[:, -1] if k else np.empty(q)
    scores = np.concatenate([table.scores.ravel(), np.repeat(last, ties)])
    return rows, positions, scores


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
