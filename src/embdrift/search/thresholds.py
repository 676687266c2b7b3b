"""Which score a neighbour of each query will reach: known from pairs that are given, or guessed from a sample."""

import numpy as np
from numpy.typing import ArrayLike

from embdrift.errors import InputError
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import exact_scores
from embdrift.search.task import SearchTask
from embdrift.types import Array, Floats, Positions

SAMPLE_SHARE, LEAST_SAMPLE, MOST_SAMPLE = 1 / 8, 1024, 2**16
# Standard deviations by which the rank within the sample exceeds its mean: most rows prove at the first, nearly all at
# the second.
_LIKELY, _SAFE = 2.3, 5.0


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


def sample_of(found: Positions) -> Positions:
    """Some of the positions that can be found, ascending."""
    size = min(len(found), max(LEAST_SAMPLE, int(len(found) * SAMPLE_SHARE)), MOST_SAMPLE)
    return np.sort(np.random.default_rng(0).choice(found, size, replace=False))


def sample_ranks(k: int, size: int, n: int) -> Positions:
    """Ranks within a sample of `size` of n items that the k-th of all likely reaches, and almost surely, shape (2,).

    So many of the best k fall into a sample as a binomial variable says, about k size / n with that for its variance.
    """
    mean = k * size / n
    return np.array([np.ceil(mean + sds * np.sqrt(mean) + 1) for sds in (_LIKELY, _SAFE)]).astype(np.int64)


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
