"""What to search for: checked once, the same for every backend and for the cache's key."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike

from embdrift.errors import InputError
from embdrift.search.certificate import Tally
from embdrift.types import DTYPES, Array, Positions, Similarity

SCORE_DEFINITION = "1: float64, 16 lanes then a tree, no contraction"
"""Changes whenever a score could get other bytes; kept tables of an older definition are then not used."""


@dataclass(frozen=True, eq=False)
class SearchTask:
    """Which queries look for how many neighbours in which corpus; made by `search_task`.

    Args:
        corpus: shape (n, d)
        queries: shape (m, d); the corpus itself where it searches itself
        rows: shape (q,), which rows of `queries` search, in this order
        own: shape (q,), the corpus position that each of them must not find, or -1
        k: neighbours wanted
        similarity: how vectors are compared
        left_out: corpus positions that nobody may find, ascending
    """

    corpus: torch.Tensor
    queries: torch.Tensor
    rows: Positions
    own: Positions
    k: int
    similarity: Similarity
    left_out: Positions

    @cached_property
    def n_corpus(self) -> int:
        """Corpus items that a query can find."""
        with_own = ~np.isin(self.own[self.own >= 0], self.left_out)
        return len(self.corpus) - len(self.left_out) - int(bool(with_own.any()))

    @property
    def position_type(self) -> type[np.int32] | type[np.int64]:
        """The narrowest integer type for corpus positions."""
        return np.int32 if len(self.corpus) < 2**31 else np.int64

    def skip(self) -> Array:
        """Bool, shape (n,): True for the corpus rows that nobody may find."""
        skip = np.zeros(len(self.corpus), np.bool_)
        skip[self.left_out] = True
        return skip


def search_task(
    corpus: torch.Tensor,
    k: int,
    *,
    queries: torch.Tensor | None = None,
    rows: Positions | None = None,
    own: Positions | None = None,
    similarity: Similarity = Similarity.cosine,
    left_out: Positions | None = None,
) -> SearchTask:
    """Check what was asked and fill in what was not; see `exact_search` for the arguments.

    Raises:
        InputError: when shapes, positions or k do not fit
    """
    searched = corpus if queries is None else queries
    if corpus.ndim != 2 or searched.ndim != 2 or corpus.shape[1] != searched.shape[1]:
        raise InputError(
            f"queries and corpus must have one dimension, got shapes {tuple(searched.shape)} and {tuple(corpus.shape)}"
        )
    for name, vectors in (("corpus", corpus), ("queries", searched)):
        if vectors.dtype not in DTYPES:
            raise InputError(f"{name} of type {vectors.dtype} are not supported; convert them to torch.float32")
    rows = np.arange(len(searched)) if rows is None else _positions("rows", rows, 0, len(searched))
    if own is None:
        own = rows if queries is None else np.full(len(rows), -1)
    own = _positions("own", own, -1, len(corpus))
    left_out = np.unique(_positions("left_out", () if left_out is None else left_out, 0, len(corpus)))
    if own.shape != rows.shape:
        raise InputError(f"own must name one corpus position for each of {len(rows)} queries, got {len(own)}")
    task = SearchTask(corpus, searched, rows, own, k, similarity, left_out)
    if not 1 <= k <= task.n_corpus:
        raise InputError(f"k must be between 1 and {task.n_corpus}, the items that a query can find, got {k}")
    return task


def _positions(name: str, given: ArrayLike, lowest: int, size: int) -> Positions:
    values = np.asarray(given)
    if values.ndim != 1 or (len(values) and values.dtype.kind not in "iu"):
        raise InputError(f"{name} must be a list of whole numbers, got {values.dtype} of shape {values.shape}")
    if len(values) and not (values.min() >= lowest and values.max() < size):
        raise InputError(f"{name} must lie between {lowest} and {size - 1}, got {values.min()} to {values.max()}")
    return values.astype(np.int64)


def wide_rows(vectors: torch.Tensor, rows: Positions | slice) -> Array:
    """Some rows, contiguous, in float64 if they are kept so and in float32 otherwise (which holds them exactly)."""
    chosen = vectors[rows if isinstance(rows, slice) else torch.from_numpy(np.asarray(rows, np.int64))]
    wide = chosen if chosen.dtype == torch.float64 else chosen.to(torch.float32)
    return wide.contiguous().numpy()


@dataclass(frozen=True, eq=False)
class Order:
    """How a task is to be searched; see `exact_blocks`."""

    start: int
    block_queries: int
    screen: str
    seeds: Positions | None
    tally: Tally


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
