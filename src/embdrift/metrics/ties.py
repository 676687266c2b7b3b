"""Where equal scores leave open which items are the nearest k."""

import numpy as np
from numpy.typing import NDArray

from embdrift.errors import InputError
from embdrift.metrics.blocks import check_depth
from embdrift.types import Neighbors

Flags = NDArray[np.bool_]


def boundary_ties(neighbors: Neighbors, k: int) -> Flags:
    """Whether a query's top k is cut through a group of items with exactly the same score.

    Args:
        neighbors: q queries, listed to any depth
        k: neighbors per query, 1 <= k <= depth

    Returns:
        shape (q,)

    Raises:
        InputError: when k is out of range, or is the depth of a table that does not record ties beyond it

    Example:
        >>> table = Neighbors.from_arrays([[0, 1, 2]], scores=[[0.9, 0.5, 0.5]], n_corpus=3)
        >>> boundary_ties(table, 1).tolist(), boundary_ties(table, 2).tolist()
        ([False], [True])
    """
    check_depth(k, neighbors.depth)
    if k < neighbors.depth:
        return np.asarray((neighbors.scores[:, k - 1] == neighbors.scores[:, k]) & np.isfinite(neighbors.scores[:, k]))
    if not neighbors.ties_known:
        raise InputError(
            f"ties beyond rank {k} are not recorded in this table: search one neighbor deeper, or ask for k below {k}"
        )
    return np.asarray(neighbors.tied_beyond > 0)


def unresolved(neighbors: Neighbors, k: int) -> Flags:
    """Whether a query's top k cannot be told, since it is cut through a tie too large for its members to be listed.

    Metrics are NaN for such queries: a guess could look better or worse than the truth.

    Args:
        neighbors: q queries, listed to any depth
        k: neighbors per query, 1 <= k <= depth

    Returns:
        shape (q,)

    Raises:
        InputError: when k is out of range

    Example:
        >>> table = Neighbors.from_arrays([[0, 1, 2]], scores=[[0.9, 0.5, 0.5]], n_corpus=3)
        >>> unresolved(table, 2).tolist()
        [False]
    """
    check_depth(k, neighbors.depth)
    reaches_end = neighbors.scores[:, k - 1] == neighbors.scores[:, -1]
    unlisted = neighbors.tied_beyond > np.diff(neighbors.tie_starts)
    return np.asarray(reaches_end & unlisted)
