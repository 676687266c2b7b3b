"""Queries against the whole corpus on a CPU: torch multiplies float32, compiled loops do the rest."""

import numpy as np
import torch

from embdrift.search.certificate import Tally
from embdrift.search.kernels import collect, finish
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import exact_scores, rank
from embdrift.search.screen import BLOCK
from embdrift.search.task import wide_rows
from embdrift.types import TIE_LIMIT, Array, Floats, Neighbors, Positions

# Crowded queries are scored in full, as many at a time as keep the scores within 128 MiB.
_FULL_SCORES = 2**24


def search_rows_cpu(prepared: Prepared, rows: Positions, tally: Tally) -> Neighbors:
    """Exact neighbours of some queries of the task.

    Args:
        prepared: what is searched
        rows: which queries, as places in the task's `rows`
        tally: told how they were proven
    """
    task, own = prepared.task, prepared.task.own[rows]
    queries = wide_rows(task.queries, task.rows[rows])
    norms = prepared.query_norms[rows]
    counts, candidates = _screen(prepared, queries, norms, own, tally)
    lists = [candidates[row, :count] for row, count in enumerate(counts.clip(min=0))]
    surplus = np.zeros(len(rows), np.int64)
    crowded = np.flatnonzero(counts < 0)
    for batch in np.array_split(crowded, _full_batches(prepared, len(crowded))):
        for row, (found, beyond) in zip(batch, _full(prepared, queries[batch], norms[batch], own[batch]), strict=True):
            lists[row], surplus[row] = found, beyond
    starts = np.concatenate(([0], np.cumsum([len(found) for found in lists], dtype=np.int64)))
    positions = np.concatenate([np.empty(0, np.int64), *lists]).astype(np.int64)
    scores = exact_scores(task, queries, norms, prepared.corpus_norms, starts, positions)
    tally.rows += len(rows)
    tally.scored_in_full += len(crowded)
    tally.candidates += int(counts.clip(min=0).sum())
    return rank(task, starts, positions, scores, surplus)


def _screen(prepared: Prepared, wide: Array, norms: Floats, own: Positions, tally: Tally) -> tuple[Positions, Array]:
    """How many candidates each query has (-1: too many), and their positions, shape (b, capacity)."""
    task, b = prepared.task, len(wide)
    queries = prepared.screen.query_rows(wide, norms)
    margins = prepared.screen.margins(queries, norms)
    tally.bound_sum += float(margins[np.isfinite(margins)].sum()) / 2
    tally.bounds += int(np.isfinite(margins).sum())
    capacity = 4 * task.k + 256
    counts = np.where(np.isinf(margins), -1, 0)
    thresholds = np.full(b, -np.inf, np.float32)
    scores = np.empty((b, capacity), np.float32)
    positions = np.empty((b, capacity), task.position_type)
    product = np.empty((b, BLOCK), np.float32)
    left = torch.from_numpy(queries)
    for first, columns in prepared.columns():
        screened = product[:, : len(columns)] if len(columns) == BLOCK else np.empty((b, len(columns)), np.float32)
        torch.mm(left, torch.from_numpy(columns).T, out=torch.from_numpy(screened))
        halves = prepared.screen.halves(columns)
        if halves is not None:
            screened -= halves
        skip = prepared.skip[first : first + len(columns)]
        collect(screened, first, own, skip, task.k, margins, thresholds, counts, scores, positions)
    finish(task.k, margins, counts, scores, positions)
    return counts, positions


def _full_batches(prepared: Prepared, crowded: int) -> int:
    return max(1, -(-crowded * len(prepared.skip) // _FULL_SCORES))


def _full(prepared: Prepared, queries: Array, norms: Floats, own: Positions) -> list[tuple[Positions, int]]:
    """The candidates of queries with too many of them: from float64 products, all that reach the k-th best.

    Where more tie with the k-th than are ever listed, the first of them are given, and how many further there are.
    """
    if not len(queries):
        return []
    task, screen = prepared.task, prepared.screen
    rows = screen.query_rows(queries, norms, np.float64)
    scores = _float64_scores(prepared, rows)
    scores[:, prepared.skip] = -np.inf
    searching = np.flatnonzero(own >= 0)
    scores[searching, own[searching]] = -np.inf
    with np.errstate(invalid="ignore"):
        kth = np.partition(scores, scores.shape[1] - task.k, axis=1)[:, scores.shape[1] - task.k]
        wanted = kth - screen.margins(rows, norms)
    # What is not a number here proves nothing: such a row keeps everything that can be found.
    dropped = (scores < wanted[:, None]) | np.isneginf(scores)
    lists = [np.flatnonzero(~row) for row in dropped]
    starts = np.concatenate(([0], np.cumsum([len(found) for found in lists])))
    exact = exact_scores(task, queries, norms, prepared.corpus_norms, starts, np.concatenate(lists))
    reaching = [_reaching(part, task.k) for part in np.split(exact, starts[1:-1])]
    return [(found[kept], beyond) for found, (kept, beyond) in zip(lists, reaching, strict=True)]


def _float64_scores(prepared: Prepared, rows: Array) -> Floats:
    """Scores of float64 screen rows with the whole corpus, shape (b, n)."""
    task, n = prepared.task, len(prepared.skip)
    scores = np.empty((len(rows), n))
    for start in range(0, n, BLOCK):
        part = slice(start, min(start + BLOCK, n))
        with np.errstate(over="ignore", invalid="ignore"):
            # Hidden rows may hold anything.
            columns = prepared.screen.corpus_rows(wide_rows(task.corpus, part), prepared.corpus_norms[part], np.float64)
            halves = prepared.screen.halves(columns)
        scores[:, part] = (torch.from_numpy(rows) @ torch.from_numpy(columns).T).numpy()
        scores[:, part] -= 0.0 if halves is None else halves
    return scores


def _reaching(scores: Floats, k: int) -> tuple[Positions, int]:
    kth = np.partition(scores, len(scores) - k)[len(scores) - k]
    ties = np.flatnonzero(scores == kth)
    most = k + TIE_LIMIT + 1
    if len(ties) <= most:
        return np.flatnonzero(scores >= kth), 0
    return np.sort(np.concatenate([np.flatnonzero(scores > kth), ties[:most]])), len(ties) - most
