"""Which score a neighbour of each query will reach: known from pairs that are given, or guessed from a sample."""

import numpy as np
import torch
from numpy.typing import ArrayLike

from embdrift.errors import InputError
from embdrift.search import tiles
from embdrift.search.low_corpus import LowCorpus
from embdrift.search.low_rows import LowRows, bounds, values_of
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import exact_scores
from embdrift.search.task import SearchTask
from embdrift.types import Array, Floats, Positions

SAMPLE_SHARE, LEAST_SAMPLE, GROUP = 1 / 16, 2048, 16
# Ranks within the sample, as multiples of the k-th's share: most rows prove at the first, nearly all at the second.
_LIKELY, _SAFE = 2.0, 5.0
# Scores of the sample held at a time: 64 MiB.
_SCORES = 2**25


def checked_seeds(task: SearchTask, seeds: ArrayLike | None) -> Positions | None:
    """Positions that are likely neighbours, shape (q, m), or None.

    Raises:
        InputError: when they are not corpus positions, a row for each query
    """
    if seeds is None:
        return None
    given = np.asarray(seeds)
    if given.ndim != 2 or len(given) != len(task.rows) or given.dtype.kind not in "iu":
        raise InputError(
            f"seeds must hold a row of corpus positions for each of {len(task.rows)} queries,"
            f" got {given.dtype} of shape {given.shape}"
        )
    if given.size and not (given.min() >= -1 and given.max() < len(task.corpus)):
        raise InputError(
            f"seeds must lie between -1 (none) and {len(task.corpus) - 1}, got {given.min()} to {given.max()}"
        )
    return given


class Sample:
    """Some columns of the corpus, and what their scores say about all of it.

    Args:
        corpus: what is searched
        skip: bool, shape (n,), rows that nobody may find
        k: neighbours wanted
    """

    def __init__(self, corpus: LowCorpus, skip: Array, k: int) -> None:
        found = np.flatnonzero(~skip)
        self._size = min(len(found), max(LEAST_SAMPLE, int(len(found) * SAMPLE_SHARE)))
        chosen = np.sort(np.random.default_rng(0).choice(found, self._size, replace=False))
        rows = corpus.rows(chosen)
        self._right, self._largest = rows.right().T, rows.largest()
        expected = k * self._size / len(found)
        wanted = [max(4, round(_LIKELY * expected)), max(12, round(_SAFE * expected))]
        self._ranks = np.minimum(wanted, -(-self._size // GROUP))

    def guess(self, rows: LowRows) -> tuple[Floats, Floats]:
        """Screened scores that the k-th neighbour likely reaches, and that it reaches almost surely, each (b,)."""
        b = len(rows.values)
        codes = np.empty((b, 2), np.int16)
        step = max(16, min(1024, _SCORES // self._size))
        for begin in range(0, b, step):
            part = slice(begin, min(begin + step, b))
            scores = torch.mm(rows.values[part], self._right)
            tiles.group_ranks(scores.view(torch.int16).numpy(), GROUP, self._ranks, codes[part])
        margin = bounds(rows, self._largest)
        values = values_of(codes.ravel()).reshape(b, 2)
        return values[:, 0] + margin / 2, values[:, 1] - margin


def seeded(prepared: Prepared, seeds: Positions, index: Positions, wide: Array) -> Floats:
    """The k-th best exact score among each query's seeds, minus infinity where there are fewer, shape (b,).

    Args:
        prepared: what is searched
        seeds: shape (q, m)
        index: shape (b,), queries of the task
        wide: shape (b, d), their vectors
    """
    task = prepared.task
    places: Positions = np.sort(seeds[index], axis=1).astype(np.int64)
    valid = (places >= 0) & ~prepared.skip[places] & (places != task.own[index][:, None])
    valid[:, 1:] &= places[:, 1:] != places[:, :-1]
    scores: Floats = np.full(places.shape, -np.inf)
    starts = np.concatenate(([0], np.cumsum(valid.sum(axis=1)))).astype(np.int64)
    norms = prepared.query_norms[index]
    scores[valid] = exact_scores(task, wide, norms, prepared.corpus_norms, starts, places[valid])
    if scores.shape[1] < task.k:
        return np.full(len(index), -np.inf)
    return np.asarray(np.partition(scores, -task.k, axis=1)[:, -task.k])
