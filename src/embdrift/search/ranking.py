"""From candidates to neighbours: exact scores in float64, then order by score and position.

One table from the tables of consecutive queries, put together while they come.
"""

from collections.abc import Callable

import numpy as np
import torch

from embdrift.search.cpu.float32 import row_norms
from embdrift.search.cpu.kernels import pair_dots, pair_squared_distances, select, squared_norms
from embdrift.search.soundness import NO_DIRECTION
from embdrift.search.task import SearchTask, wide_rows
from embdrift.types import TIE_LIMIT, Array, Floats, Neighbors, Positions, Similarity

# Rows of a narrow type are widened for so many pairs at a time: 64 MiB at d = 1024.
_PAIRS = 16384


def exact_scores(  # noqa: PLR0917 (six arrays that every caller has under the same names)
    task: SearchTask, queries: Array, query_norms: Floats, corpus_norms: Floats, starts: Positions, positions: Array
) -> Floats:
    """The defined score of every candidate.

    Args:
        task: what is searched
        queries: shape (b, d), float32 or float64
        query_norms: shape (b,)
        corpus_norms: shape (n,)
        starts: shape (b + 1,), where each query's candidates begin
        positions: corpus positions of the candidates
    Returns:
        float64, as long as `positions`
    """
    scores = np.empty(len(positions))
    if task.corpus.dtype in (torch.float32, torch.float64) and task.corpus.is_contiguous():
        _kernel(task.similarity)(queries, task.corpus.numpy(), starts, positions, scores)
    else:
        _score_narrow(task, queries, starts, positions, scores)
    if task.similarity is Similarity.l2:
        return 0.0 - scores
    if task.similarity is Similarity.cosine:
        # Rows that nobody may find are scored here too, and may hold anything.
        with np.errstate(over="ignore", invalid="ignore"):
            return scores / (np.repeat(query_norms, np.diff(starts)) * corpus_norms[positions])
    return scores


def _score_narrow(task: SearchTask, queries: Array, starts: Positions, positions: Array, scores: Floats) -> None:
    begin = 0
    while begin < len(queries):
        end = max(begin + 1, int(np.searchsorted(starts, starts[begin] + _PAIRS, side="right")) - 1)
        pairs = slice(int(starts[begin]), int(starts[end]))
        needed, inverse = np.unique(positions[pairs], return_inverse=True)
        own_starts = starts[begin : end + 1] - starts[begin]
        kernel = _kernel(task.similarity)
        kernel(queries[begin:end], wide_rows(task.corpus, needed), own_starts, inverse, scores[pairs])
        begin = end


def _kernel(similarity: Similarity) -> Callable[[Array, Array, Positions, Array, Floats], None]:
    kernel: Callable[[Array, Array, Positions, Array, Floats], None]
    kernel = pair_squared_distances if similarity is Similarity.l2 else pair_dots
    return kernel


def rank(
    task: SearchTask, starts: Positions, positions: Array, scores: Floats, surplus: Positions | int = 0
) -> Neighbors:
    """The best k candidates of each query, with what ties with the last of them.

    Args:
        task: what is searched
        starts: shape (b + 1,), where each query's candidates begin
        positions: corpus positions of the candidates, ascending within a query
        scores: their exact scores
        surplus: shape (b,), items beyond the candidates that tie with the k-th, for queries with more than are listed
    """
    b = len(starts) - 1
    best_positions = np.empty((b, task.k), task.position_type)
    best_scores = np.empty((b, task.k))
    tied = np.empty(b, np.int64)
    order = np.empty(len(positions), np.int64)
    select(starts, positions, scores, best_positions, best_scores, tied, order)
    tied += surplus
    listed = np.where(tied > TIE_LIMIT, 0, tied)
    tie_starts = np.concatenate(([0], np.cumsum(listed)))
    inside = np.arange(tie_starts[-1]) - np.repeat(tie_starts[:-1], listed)
    tie_positions = positions[order[np.repeat(starts[:-1] + task.k, listed) + inside]].astype(task.position_type)
    return Neighbors(best_positions, best_scores, tied, tie_starts, tie_positions, task.n_corpus)


def pair_scores(
    corpus: torch.Tensor, positions: Positions, *, queries: torch.Tensor, rows: Positions, similarity: Similarity
) -> Floats:
    """The defined score of chosen pairs.

    Args:
        corpus: shape (n, d)
        positions: shape (q, p), corpus positions
        queries: shape (m, d)
        rows: shape (q,), the row of `queries` that each row of `positions` belongs to
        similarity: how vectors are compared
    Returns:
        shape (q, p); NaN where a vector has no direction under cosine, being zero or not finite
    """
    task = SearchTask(corpus, queries, rows, np.full(len(rows), -1), 1, similarity, np.empty(0, np.int64))
    starts = np.arange(len(rows) + 1, dtype=np.int64) * positions.shape[1]
    wide = wide_rows(queries, rows)
    needed = np.unique(positions)
    norms = np.zeros(len(corpus))
    norms[needed] = _directed(row_norms(corpus, needed))
    query_norms = _directed(np.sqrt(squared_norms(wide)))
    return exact_scores(task, wide, query_norms, norms, starts, positions.ravel()).reshape(positions.shape)


def _directed(norms: Floats) -> Floats:
    return np.where(np.isfinite(norms) & (norms >= NO_DIRECTION), norms, np.nan)
