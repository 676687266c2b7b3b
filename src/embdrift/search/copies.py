"""Corpus rows with the same bits: one of them is searched, and what it finds is handed to all."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from embdrift.search.kernels import hash_rows
from embdrift.search.prepared import Prepared
from embdrift.search.task import wide_rows
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
