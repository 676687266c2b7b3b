"""How far the old nearest items moved down the new lists."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embdrift.metrics.blocks import check_pair, paired_blocks
from embdrift.metrics.kernels import displacement_rows, rank_rows
from embdrift.types import Floats, Neighbors


@dataclass(frozen=True, eq=False)
class Displacement:
    """What became of each query's old nearest k.

    Args:
        ranks: shape (q,), mean change of rank, see `rank_displacement`
        lost: shape (q,), share no longer listed, see `lost_beyond_depth`
    """

    ranks: Floats
    lost: Floats


def displacement(reference: Neighbors, candidate: Neighbors, k: int) -> Displacement:
    """`rank_displacement` and `lost_beyond_depth` from one pass over the tables.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike; the deeper it lists, the more it tells
        k: old neighbors that are followed, 1 <= k <= depth of both tables

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> moved = displacement(old, new, 2)
        >>> moved.ranks.tolist(), moved.lost.tolist()
        ([1.0], [0.5])
    """
    check_pair(reference, candidate, k)
    moved = Displacement(ranks=np.empty(reference.q), lost=np.empty(reference.q))
    for block, old, new in paired_blocks(reference, candidate):
        displacement_rows(old, new, k, moved.ranks[block], moved.lost[block])
    return moved


def rank_displacement(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """How many ranks a query's old nearest k moved on average, up or down: 0 is no change.

    The rank of an item is the mean of the ranks that its tie group takes. An old neighbor tied for the last of the k
    places counts by its chance of being in (see `agreement`). One that the candidate no longer lists counts as standing
    right behind the last item known to it (rank depth + 1, or behind those tied with the last one listed), so that the
    value is a lower bound: read it beside `lost_beyond_depth`.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: old neighbors that are followed, 1 <= k <= depth of both tables

    Returns:
        shape (q,), in ranks; NaN where ties too many to be listed leave open which items are meant or where they went

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> rank_displacement(old, new, 2).tolist()
        [1.0]
    """
    return displacement(reference, candidate, k).ranks


def lost_beyond_depth(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Share of a query's old nearest k that the candidate neither lists nor ties with the last one listed: 0 is none.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: old neighbors that are followed, 1 <= k <= depth of both tables

    Returns:
        shape (q,), within 0 ... 1; NaN where ties too many to be listed leave it open

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> lost_beyond_depth(old, new, 2).tolist()
        [0.5]
    """
    return displacement(reference, candidate, k).lost


def new_ranks(reference: Neighbors, candidate: Neighbors, k: int) -> NDArray[np.int32]:
    """Where each of the first k listed old neighbors stands in the new list, for plots.

    Ties stand in the order listed; `rank_displacement` is the figure that does not depend on it.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: old neighbors that are followed, 1 <= k <= depth of both tables

    Returns:
        shape (q, k), 1 is the nearest; depth of the candidate + 1 where it does not list the item

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> new_ranks(old, new, 3).tolist()
        [[1, 4, 2]]
    """
    check_pair(reference, candidate, k)
    ranks = np.empty((reference.q, k), np.int32)
    for block, old, new in paired_blocks(reference, candidate):
        rank_rows(old, new, ranks[block])
    return ranks
