"""Hubs: items that turn up among the neighbors of far too many queries."""

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.blocks import check_depth, row_slices, rows_of
from embdrift.metrics.kernels import Rows, occurrence_rows
from embdrift.types import Floats, Neighbors


def k_occurrence(neighbors: Neighbors, k: int, n_items: int) -> Floats:
    """How many queries count each item among their nearest k, with places in ties shared out evenly.

    Args:
        neighbors: q queries; positions are 0 ... n_items - 1
        k: neighbors per query, 1 <= k <= depth
        n_items: corpus items

    Returns:
        shape (n_items,), sums to k times the queries counted: those where `unresolved` is true are left out

    Raises:
        InputError: when k is out of range, or a position is not within 0 ... n_items - 1

    Example:
        >>> table = Neighbors.from_arrays([[1], [0], [0]], scores=[[0.9], [0.9], [0.8]], n_corpus=2)
        >>> k_occurrence(table, 1, 3).tolist()
        [2.0, 1.0, 0.0]
    """
    check_depth(k, neighbors.depth)
    counts = np.zeros(n_items)
    for block in row_slices(neighbors.q, neighbors.depth):
        rows = rows_of(neighbors, block)
        _check_positions(rows, n_items)
        occurrence_rows(rows, k, counts)
    return counts


def hubness(occurrences: Floats) -> float:
    """Skewness of the k-occurrences: near 0 neighbors are spread evenly, high means a few items crowd every result.

    The third moment about the mean, divided by the 1.5th power of the second (population moments, no correction):
    Radovanović, Nanopoulos and Ivanović, "Hubs in Space", JMLR 11, 2010.

    Args:
        occurrences: shape (n,), from `k_occurrence`

    Returns:
        the skewness; NaN where all items occur equally often

    Example:
        >>> round(hubness(np.array([0.0, 0.0, 0.0, 4.0])), 3)
        1.155
    """
    if len(occurrences) == 0 or occurrences.min() == occurrences.max():
        return float("nan")
    centered = occurrences - occurrences.mean()
    return float((centered**3).mean() / (centered**2).mean() ** 1.5)


def _check_positions(rows: Rows, n_items: int) -> None:
    for positions in (rows.positions[~np.isnan(rows.scores)], rows.extra):
        if positions.size and not 0 <= positions.min() <= positions.max() < n_items:
            raise InputError(
                f"positions must be within 0 ... {n_items - 1} to be counted,"
                f" got {positions.min()} ... {positions.max()}; renumber the items"
            )
