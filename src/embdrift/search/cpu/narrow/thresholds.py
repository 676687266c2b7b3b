"""What screened scores must reach, as compiled loops take it: for scores in bfloat16, and for sums of int8 products.

Which score a neighbour of each query will reach: known from pairs that are given, or guessed from a sample.
"""

from typing import NamedTuple

import numpy as np

from embdrift.search.cpu.prepared import Prepared
from embdrift.search.ranking import exact_scores
from embdrift.types import Array, Floats, Positions

WIDTH = 32
"""Scores looked at together; what belongs to columns is filled up to a multiple of it, so that nobody reads beyond."""

NEVER = np.int16(32767)
"""An ordered code that no score reaches."""

ALWAYS = np.int16(-32768)
"""An ordered code that every score reaches."""


class Codes(NamedTuple):
    """For bfloat16 scores: integers that sort like them.

    Args:
        codes: int16, shape (b,), ordered code that a row's, or a column's, score must reach
    """

    codes: Array


class RowLevels(NamedTuple):
    """For int8 products, of which the sum I of row i and column j stands for the score s_i s_j I - h_i - h_j.

    The score may be short of the exact one by r_i n_j + p_i g_j.

    Args:
        reached: float32, shape (b,), (t_i + h_i) / s_i with the threshold t_i; infinity for never
        inverses: float32, shape (b,), 1 / s_i
        raised: float32, shape (b,), h_i / s_i
        residuals: float32, shape (b,), r_i / s_i
        lengths: float32, shape (b,), p_i / s_i
    """

    reached: Array
    inverses: Array
    raised: Array
    residuals: Array
    lengths: Array


class ColumnLevels(NamedTuple):
    """The same for columns.

    Args:
        scales: float32, shape (c,), s_j
        halves: float32, shape (c,), h_j
        wanted: float32, shape (c,), the threshold t_j; infinity for never
        norms: float32, shape (c,), n_j
        errors: float32, shape (c,), g_j
    """

    scales: Array
    halves: Array
    wanted: Array
    norms: Array
    errors: Array


Bar = Codes | RowLevels | ColumnLevels


def filled_up(values: Array, filling: float | np.int16) -> Array:
    """Values of columns, with more behind them up to a multiple of `WIDTH`."""
    result = np.full(-(-len(values) // WIDTH) * WIDTH, filling, values.dtype)
    result[: len(values)] = values
    return result


SAMPLE_SHARE, LEAST_SAMPLE, MOST_SAMPLE = 1 / 8, 1024, 2**16
# Standard deviations by which the rank within the sample exceeds its mean: most rows prove at the first, nearly all at
# the second.
_LIKELY, _SAFE = 2.3, 5.0


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
