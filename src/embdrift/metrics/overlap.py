"""Neighbour overlap: the headline."""

import numpy as np

from embdrift.metrics.agreement import Agreement, agreement
from embdrift.types import Floats, Neighbors


def overlap(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Share of each query's nearest k that both tables hold: 1 is no change, k / n_corpus is chance.

    The field also calls it recall@k (of an index against exact search), mutual k-nearest-neighbour alignment or Q_NX.
    It is not Jaccard@k, whose denominator is the union. Ties count by expectation, see `agreement`.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbours per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), within 0 ... 1; NaN where ties at rank k are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range
    """
    return overlap_at(agreement(reference, candidate, k), k)


def overlap_at(both: Agreement, k: int) -> Floats:
    """`overlap` from an agreement measured to depth k or deeper, shape (q,)."""
    return both.at(k)


def overlap_curve(both: Agreement) -> Floats:
    """Mean overlap over the queries at each depth, shape (k,): the curve of overlap against k, NaN values left out."""
    return np.array([_mean(both.overlap[:, column]) for column in range(both.k)])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
