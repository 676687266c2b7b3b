"""Rank-biased overlap: agreement that counts the first ranks most."""

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.agreement import Agreement, agreement
from embdrift.types import Floats, Neighbors


def rbo(reference: Neighbors, candidate: Neighbors, k: int, p: float = 0.9) -> Floats:
    """How alike two rankings are when a reader goes on to the next rank with chance p: 1 is no change.

    Extrapolated from the first k ranks, RBO_EXT of Webber, Moffat and Zobel, "A Similarity Measure for Indefinite
    Rankings", ACM TOIS 28(4), 2010, equation 23:

        A_k p^k + ((1 - p) / p) * sum over d <= k of p^d A_d,

    with A_d the overlap at depth d. Ties enter through A_d, which is the agreement of RBO^b in Corsi and Urbano, SIGIR
    2024: 1 for a ranking against itself, ties or not.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: ranks that are read, 1 <= k <= depth of both tables
        p: chance of going on to the next rank, 0 < p < 1; at 0.9 the first 10 ranks carry 86 % of the weight

    Returns:
        shape (q,), within 0 ... 1; NaN where ties within the first k are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k or p is out of range
    """
    return rbo_at(agreement(reference, candidate, k), k, p)


def rbo_at(both: Agreement, k: int, p: float = 0.9) -> Floats:
    """`rbo` from an agreement measured to depth k or deeper, shape (q,)."""
    return both.weighted(rbo_weights(k, p))


def rbo_weights(k: int, p: float) -> Floats:
    """The weight of the overlap at each depth 1 ... k, shape (k,); they sum to 1.

    Raises:
        InputError: when p is not within 0 ... 1, ends excluded
    """
    if not 0 < p < 1:
        raise InputError(f"rank-biased overlap needs p between 0 and 1, ends excluded, got {p}; 0.9 is usual")
    weights = (1 - p) * p ** np.arange(k, dtype=np.float64)
    weights[-1] += p**k
    return np.asarray(weights)
