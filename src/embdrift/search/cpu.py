"""One block of queries against the whole corpus on a CPU: torch multiplies, compiled loops do the rest."""

import numpy as np
import torch

from embdrift.search.kernels import collect, finish
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import exact_scores, rank
from embdrift.search.screen import BLOCK
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Neighbors, Positions

# Crowded queries are scored in full, as many at a time as keep the scores within 128 MiB.
_FULL_SCORES = 2**24


def search_block_cpu(prepared: Prepared, begin: int, end: int) -> Neighbors:
    """Exact neighbours of queries `begin` to `end` of the task."""
    task = prepared.task
    queries = wide_rows(task.queries, task.rows[begin:end])
    norms = prepared.query_norms[begin:end]
    counts, candidates = _screen(prepared, queries, norms, task.own[begin:end])
    full = {
        int(row): found
        for rows in np.array_split(np.flatnonzero(counts < 0), max(1, _full_batches(prepared, counts)))
        for row, found in zip(rows, _full(prepared, queries[rows], norms[rows], task.own[begin:end][rows]), strict=True)
    }
    lists = [full[row] if count < 0 else candidates[row, :count] for row, count in enumerate(counts)]
    starts = np.concatenate(([0], np.cumsum([len(found) for found in lists], dtype=np.int64)))
    positions = np.concatenate([np.empty(0, np.int64), *lists]).astype(np.int64)
    scores = exact_scores(task, queries, norms, prepared.corpus_norms, starts, positions)
    return rank(task, starts, positions, scores)


def _screen(prepared: Prepared, wide: Array, norms: Floats, own: Positions) -> tuple[Positions, Array]:
    """How many candidates each query has (-1: too many), and their positions, shape (b, capacity)."""
    task, b = prepared.task, len(wide)
    queries = prepared.screen.query_rows(wide, norms)
    margins = prepared.screen.margins(queries, norms)
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


def _full_batches(prepared: Prepared, counts: Positions) -> int:
    return int((counts < 0).sum()) * len(prepared.skip) // _FULL_SCORES + 1


def _full(prepared: Prepared, queries: Array, norms: Floats, own: Positions) -> list[Positions]:
    """The candidates of queries with too many of them: every exact score, and all that reach the k-th best."""
    task, n, b = prepared.task, len(prepared.skip), len(queries)
    scores = np.empty((b, n))
    for start in range(0, n, BLOCK):
        block = np.arange(start, min(start + BLOCK, n))
        starts = np.arange(b + 1) * len(block)
        every = np.tile(block, b)
        found = exact_scores(task, queries, norms, prepared.corpus_norms, starts, every)
        scores[:, block] = found.reshape(b, len(block))
    scores[:, prepared.skip] = -np.inf
    searching = np.flatnonzero(own >= 0)
    scores[searching, own[searching]] = -np.inf
    return [np.flatnonzero(row >= np.partition(row, n - task.k)[n - task.k]) for row in scores]
