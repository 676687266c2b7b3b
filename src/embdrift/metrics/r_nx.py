"""Overlap corrected for chance, and its area over all depths."""

import numpy as np

from embdrift.metrics.agreement import Agreement, agreement
from embdrift.metrics.overlap import overlap_curve
from embdrift.types import Floats, Neighbors


def r_nx(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Overlap@k rescaled so that chance is 0 and no change is 1.

    R_NX(k) = (M Q(k) - k) / (M - k) with Q the overlap and M = n_corpus the items that a query could find (N - 1
    where a corpus of N is searched with its own items): Lee, Peluffo-Ordóñez and Verleysen, "Multi-scale similarities
    in stochastic neighbour embedding", Neurocomputing 169, 2015. It is linear in Q, so the mean of these values over
    the queries is the R_NX of the literature.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbours per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), at most 1; NaN where k = n_corpus, since all tables agree there, or where ties are too many to be
        listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range
    """
    return r_nx_at(agreement(reference, candidate, k), k)


def r_nx_at(both: Agreement, k: int) -> Floats:
    """`r_nx` from an agreement measured to depth k or deeper, shape (q,)."""
    return chance_corrected(both.at(k), k, both.n_corpus)


def r_nx_curve(both: Agreement) -> Floats:
    """Mean R_NX over the queries at each depth, shape (k,)."""
    curve = overlap_curve(both)
    return np.array([float(chance_corrected(curve[d - 1], d, both.n_corpus)) for d in range(1, both.k + 1)])


def r_nx_area(both: Agreement) -> Floats:
    """One figure for all depths: R_NX averaged over the depths 1 ... K with weights 1 / k, 0 is chance and 1 no change.

    sum(R(k) / k) / sum(1 / k), the area under R_NX on a logarithmic axis of k (Lee and others, 2015, as above), here
    up to the depth K of the agreement, less the depth n_corpus where R_NX is undefined.

    Args:
        both: agreement to depth K

    Returns:
        shape (q,); NaN where any depth is NaN, or where n_corpus is 1
    """
    depth = min(both.k, both.n_corpus - 1)
    if depth < 1:
        return np.full(len(both.overlap), np.nan)
    k = np.arange(1, depth + 1, dtype=np.float64)
    weights = both.n_corpus / ((both.n_corpus - k) * k)
    # the weighted mean of Q is 1 exactly for equal tables, and so is the area: chance is taken off the same total
    total = weights.sum()
    harmonic = (1 / k).sum()
    return np.asarray(1 - (1 - both.weighted(weights)) * (total / harmonic))


def chance_corrected(shared: Floats | float, k: int, n_corpus: int) -> Floats:
    """What an overlap at depth k is on R_NX's scale, where chance is 0 and no change 1; the shape stays.

    Args:
        shared: overlap, per query or a mean of it
        k: its depth
        n_corpus: items that each query could have found; NaN at k = n_corpus, where any two lists hold the same items
    """
    if k >= n_corpus:
        return np.full_like(np.asarray(shared, np.float64), np.nan)
    return np.asarray((n_corpus * np.asarray(shared) - k) / (n_corpus - k))
