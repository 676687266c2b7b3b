"""Queries against the whole corpus on a CPU: torch multiplies float32, compiled loops do the rest."""

import numpy as np
import torch

from embdrift.search.assembly import concatenate
from embdrift.search.certificate import Tally
from embdrift.search.cpu.dense.exhaustive import best_in_full, reaching
from embdrift.search.cpu.dense.search import Asked, Found, search_crowds
from embdrift.search.cpu.float32 import BLOCK
from embdrift.search.cpu.kernels import collect, finish
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import cut
from embdrift.search.ranking import exact_scores, rank
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Neighbors, Positions

# Queries that are completed at a time.
_ROWS = 2048
# Candidates of a query that reaches into a crowd, and how many such queries are screened at a time: 32 MiB.
_ROOM, _ROOMY_ROWS = 2**14, 256


def search_rows_cpu(prepared: Prepared, rows: Positions, tally: Tally) -> Neighbors:
    """Exact neighbours of some queries of the task.

    Args:
        prepared: what is searched
        rows: which queries, as places in the task's `rows`
        tally: told how they were proven
    """
    asked = _asked(prepared, rows)
    margins, counts, candidates = _screen(prepared, asked, 4 * prepared.task.k + 256)
    tally.bound_sum += float(margins[np.isfinite(margins)].sum()) / 2
    tally.bounds += int(np.isfinite(margins).sum())
    found = Found.nothing(len(rows))
    found.scored = counts.clip(min=0)
    for row in np.flatnonzero(counts >= 0):
        found.lists[row] = candidates[row, : counts[row]]
    crowded = np.flatnonzero(counts < 0)
    if len(crowded):
        found.enter(crowded, _uncrowded(prepared, asked.take(crowded)))
    if tally.arithmetic == "float32":
        # Otherwise float32 was the second look, and who had the first counts it.
        tally.redone += sum(found.lists[row] is not None for row in crowded)
    return _completed(prepared, asked, found, tally)


def search_crowded_rows_cpu(prepared: Prepared, rows: Positions, tally: Tally) -> Neighbors:
    """The same for queries that a coarser screen found crowded: float32 is spared those that lie near one another.

    Args:
        prepared: what is searched
        rows: which queries, as places in the task's `rows`
        tally: told how they were proven
    """
    asked = _asked(prepared, rows)
    if not len(rows):
        return search_rows_cpu(prepared, rows, tally)
    found = search_crowds(prepared, asked)
    near, others = np.flatnonzero(found.grouped), np.flatnonzero(~found.grouped)
    tables = [_completed(prepared, asked.take(part), found.take(part), tally) for part in cut(near, _ROWS)]
    tables += [search_rows_cpu(prepared, rows[part], tally) for part in cut(others, _ROWS)]
    return concatenate(tables).take(np.argsort(np.concatenate([near, others])))


def _asked(prepared: Prepared, rows: Positions) -> Asked:
    task = prepared.task
    return Asked(wide_rows(task.queries, task.rows[rows]), prepared.query_norms[rows], task.own[rows])


def _completed(prepared: Prepared, asked: Asked, found: Found, tally: Tally) -> Neighbors:
    """The neighbours of queries with these candidates; those that have none are scored in full."""
    left = np.flatnonzero([mine is None for mine in found.lists])
    if len(left):
        rest = asked.take(left)
        for row, (mine, beyond) in zip(left, _full(prepared, rest.wide, rest.norms, rest.own), strict=True):
            found.lists[row], found.surplus[row] = mine, beyond
    lists = [mine for mine in found.lists if mine is not None]
    starts = np.concatenate(([0], np.cumsum([len(mine) for mine in lists], dtype=np.int64)))
    positions = np.concatenate([np.empty(0, np.int64), *lists]).astype(np.int64)
    scores = exact_scores(prepared.task, asked.wide, asked.norms, prepared.corpus_norms, starts, positions)
    tally.rows += len(lists)
    tally.scored_in_full += len(left)
    tally.candidates += int(found.scored.sum())
    return rank(prepared.task, starts, positions, scores, found.surplus)


def _screen(prepared: Prepared, asked: Asked, capacity: int) -> tuple[Floats, Positions, Array]:
    """Twice the error bound of each query, how many candidates it has (-1: too many), and their positions."""
    task, b = prepared.task, len(asked.own)
    queries = prepared.screen.query_rows(asked.wide, asked.norms)
    margins = prepared.screen.margins(queries, asked.norms)
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
        collect(screened, first, asked.own, skip, task.k, margins, thresholds, counts, scores, positions)
    finish(task.k, margins, counts, scores, positions)
    return margins, counts, positions


def _uncrowded(prepared: Prepared, asked: Asked) -> Found:
    """What crowded queries find around centres, and otherwise in float32 with room for a crowd."""
    found = search_crowds(prepared, asked)
    alone = np.flatnonzero(~found.grouped)
    if len(prepared.skip) >= 4 * _ROOM > 16 * prepared.task.k:
        for part in cut(alone, _ROOMY_ROWS):
            found.enter(part, _screened_widely(prepared, asked.take(part)))
    return found


def _screened_widely(prepared: Prepared, asked: Asked) -> Found:
    """What queries find that reach into a crowd of which they are no part: they score all of it."""
    task, found = prepared.task, Found.nothing(len(asked.own))
    _, counts, candidates = _screen(prepared, asked, _ROOM)
    held = counts.clip(min=0)
    starts = np.concatenate(([0], np.cumsum(held)))
    positions = np.concatenate([row[:count] for row, count in zip(candidates, held, strict=True)]).astype(np.int64)
    scores = exact_scores(task, asked.wide, asked.norms, prepared.corpus_norms, starts, positions)
    for row in np.flatnonzero(counts >= 0):
        mine = slice(starts[row], starts[row + 1])
        kept, found.surplus[row] = reaching(scores[mine], task.k)
        found.lists[row] = positions[mine][kept]
    found.scored = held
    return found


def _full(prepared: Prepared, queries: Array, norms: Floats, own: Positions) -> list[tuple[Positions, int]]:
    """What reaches the k-th best of queries scored with the whole corpus, and how many more tie with it."""
    return best_in_full(prepared, queries, norms, own, np.flatnonzero(~prepared.skip))
