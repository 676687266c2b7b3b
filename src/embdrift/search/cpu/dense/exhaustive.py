"""Queries scored exactly against every corpus row that is left to choose from: what no screen can tell apart."""

import numpy as np

from embdrift.search.cpu.kernels import score_all
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.scores import INNER_PRODUCT, KINDS
from embdrift.search.soundness import LANES
from embdrift.search.task import wide_rows
from embdrift.types import TIE_LIMIT, Array, Floats, Positions

# Corpus rows read at a time, and scores held: 32 MiB and 64 MiB of float64.
_NUMBERS, _SCORES = 2**22, 2**23


def best_in_full(
    prepared: Prepared, queries: Array, norms: Floats, own: Positions, columns: Positions
) -> list[tuple[Positions, int]]:
    """What reaches the k-th best exact score of each query, and how many more tie with it than are ever listed.

    Args:
        prepared: what is searched
        queries: shape (b, d)
        norms: shape (b,), their norms
        own: shape (b,), the corpus position that each must not find, or -1
        columns: corpus positions that can be found, ascending: at least all that can be among the best k or tie
    """
    result: list[tuple[Positions, int]] = []
    mine = np.minimum(np.searchsorted(columns, own), len(columns) - 1)
    mine = np.where(columns[mine] == own, mine, -1)
    step = max(1, _SCORES // len(columns))
    for begin in range(0, len(queries), step):
        part = slice(begin, begin + step)
        scores = _scores(prepared, queries[part], norms[part], columns)
        for row, place in zip(scores, mine[part], strict=True):
            places, beyond = reaching(row, prepared.task.k, place)
            result.append((columns[places], beyond))
    return result


def reaching(scores: Floats, k: int, own: int = -1) -> tuple[Positions, int]:
    """The places of all scores that reach the k-th best, and how many more tie with it than are ever listed.

    Args:
        scores: shape (m,); that of `own` is lost
        k: neighbours wanted
        own: the place that must not be found, or -1
    """
    if own >= 0:
        scores[own] = -np.inf
    kth = np.partition(scores, len(scores) - k)[len(scores) - k]
    kept = np.flatnonzero(scores >= kth)
    # Squared distances may be infinite: then everything ties with what must not be found.
    kept = kept[kept != own]
    most = k + TIE_LIMIT + 1
    if len(kept) <= most:
        return kept, 0
    ties = scores[kept] == kth
    beyond = max(0, int(ties.sum()) - most)
    return np.delete(kept, np.flatnonzero(ties)[most:]), beyond


def _scores(prepared: Prepared, queries: Array, norms: Floats, columns: Positions) -> Floats:
    """The defined scores of all pairs, shape (b, m)."""
    task, scores = prepared.task, np.empty((len(queries), len(columns)))
    padded, step = _padded(queries), max(64, _NUMBERS // queries.shape[1])
    for begin in range(0, len(columns), step):
        part = columns[begin : begin + step]
        rows, theirs = wide_rows(task.corpus, part), prepared.corpus_norms[part]
        score_all(KINDS[task.similarity], padded, norms, rows, theirs, begin, scores)
    return scores


def products(queries: Array, rows: Array) -> Floats:
    """The defined sums of products of queries with rows, shape (b, m)."""
    result = np.empty((len(queries), len(rows)))
    score_all(INNER_PRODUCT, _padded(queries), np.empty(len(queries)), rows, np.empty(len(rows)), 0, result)
    return result


def _padded(queries: Array) -> Floats:
    padded = np.zeros((len(queries), -(-queries.shape[1] // LANES) * LANES))
    padded[:, : queries.shape[1]] = queries
    return padded
