"""What the nearest k of two tables have in common, per query: overlap and all that is read off it."""

from dataclasses import dataclass

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.blocks import check_depth, check_pair, paired_blocks, row_slices
from embdrift.metrics.kernels import overlap_rows
from embdrift.types import Floats, Neighbors


@dataclass(frozen=True, eq=False)
class Agreement:
    """The overlap of two neighbor tables at every depth.

    Args:
        overlap: shape (q, k), column d - 1 holds the overlap of the nearest d; NaN where ties at rank d are too many to
            be listed
        n_corpus: corpus items that each query could have found (of the larger corpus, where the tables' differ)
    """

    overlap: Floats
    n_corpus: int

    @property
    def k(self) -> int:
        """The greatest depth measured."""
        return int(self.overlap.shape[1])

    def at(self, k: int) -> Floats:
        """The overlap of the nearest k, shape (q,).

        Raises:
            InputError: when k is deeper than was measured
        """
        check_depth(k, self.k)
        return self.overlap[:, k - 1]

    def weighted(self, weights: Floats) -> Floats:
        """The mean over the first len(weights) depths under these weights, shape (q,); 1 exactly for equal tables.

        Raises:
            InputError: when there are more weights than depths
        """
        check_depth(len(weights), self.k)
        values = np.empty(len(self.overlap))
        total = weights[np.newaxis, :].sum(axis=1)
        for block in row_slices(len(values), len(weights)):
            values[block] = (self.overlap[block, : len(weights)] * weights).sum(axis=1) / total
        return values


def agreement(reference: Neighbors, candidate: Neighbors, k: int) -> Agreement:
    """Compare two neighbor tables at every depth from 1 to k in one pass.

    In one table, items that score more than the k-th are surely in the top k (p = 1), and the t items that score
    exactly as much share the m places left (p = m / t): p is the chance that an item is in the top k when ties are
    broken at random. The overlap is the cosine of the two tables' chances,

        overlap@k = sum(pA pB) / sqrt(sum(pA^2) sum(pB^2)),

    which is |A and B| / k where there are no ties, exactly 1 for a table against itself, and independent of the order
    in which tied items are listed. Normalizing is what makes it 1 for a table with ties against itself: see RBO^b in
    Corsi and Urbano, "The Treatment of Ties in Rank-Biased Overlap", SIGIR 2024.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: the greatest depth, 1 <= k <= depth of both tables

    Returns:
        overlap of shape (q, k), the only large array that this makes

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> agreement(old, new, 3).overlap.round(2).tolist()
        [[1.0, 0.5, 0.67]]
    """
    check_pair(reference, candidate, k)
    overlap = np.empty((reference.q, k))
    for block, old, new in paired_blocks(reference, candidate):
        overlap_rows(old, new, overlap[block])
    return Agreement(overlap=overlap, n_corpus=max(reference.n_corpus, candidate.n_corpus))


def overlap(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Share of each query's nearest k that both tables hold: 1 is no change, k / n_corpus is chance.

    The field also calls it recall@k (of an index against exact search), mutual k-nearest-neighbor alignment or Q_NX.
    It is not Jaccard@k, whose denominator is the union. Ties count by expectation, see `agreement`.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbors per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), within 0 ... 1; NaN where ties at rank k are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> overlap(old, new, 3).round(2).tolist()
        [0.67]
    """
    return overlap_at(agreement(reference, candidate, k), k)


def overlap_at(both: Agreement, k: int) -> Floats:
    """`overlap` from an agreement measured to depth k or deeper, shape (q,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> overlap_at(agreement(old, new, 3), 2).tolist()
        [0.5]
    """
    return both.at(k)


def overlap_curve(both: Agreement) -> Floats:
    """Mean overlap over the queries at each depth, shape (k,): the curve of overlap against k, NaN values left out.

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> overlap_curve(agreement(old, new, 3)).round(2).tolist()
        [1.0, 0.5, 0.67]
    """
    return np.array([_mean(both.overlap[:, column]) for column in range(both.k)])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def jaccard(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Items that both nearest-k sets hold, as a share of the items that either holds: 1 is no change.

    Without ties this is |A and B| / |A or B| = o / (2 - o), with o the overlap. With ties an expected Jaccard would be
    below 1 for a table against itself, so we extend it by the same o / (2 - o) from the overlap of `agreement`.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbors per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), within 0 ... 1; NaN where ties at rank k are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> jaccard(old, new, 3).round(2).tolist()
        [0.5]
    """
    return jaccard_at(agreement(reference, candidate, k), k)


def jaccard_at(both: Agreement, k: int) -> Floats:
    """`jaccard` from an agreement measured to depth k or deeper, shape (q,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> jaccard_at(agreement(old, new, 3), 3).round(2).tolist()
        [0.5]
    """
    shared = both.at(k)
    return shared / (2 - shared)


def top1_flip(reference: Neighbors, candidate: Neighbors) -> Floats:
    """Whether each query's nearest item changed: 0 is no, 1 is yes, ties for the first place lie between.

    It is 1 - overlap@1; the mean over queries is the flip rate, lower is better.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike

    Returns:
        shape (q,), within 0 ... 1; NaN where ties for the first place are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> top1_flip(old, new).tolist()
        [0.0]
    """
    return top1_flip_at(agreement(reference, candidate, 1))


def top1_flip_at(both: Agreement) -> Floats:
    """`top1_flip` from an agreement measured to any depth, shape (q,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> top1_flip_at(agreement(old, new, 3)).tolist()
        [0.0]
    """
    return 1 - both.at(1)


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

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> rbo(old, new, 3, p=0.9).round(3).tolist()
        [0.685]
    """
    return rbo_at(agreement(reference, candidate, k), k, p)


def rbo_at(both: Agreement, k: int, p: float = 0.9) -> Floats:
    """`rbo` from an agreement measured to depth k or deeper, shape (q,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> rbo_at(agreement(old, new, 3), 3).round(3).tolist()
        [0.685]
    """
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


def r_nx(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Overlap@k rescaled so that chance is 0 and no change is 1.

    R_NX(k) = (M Q(k) - k) / (M - k) with Q the overlap and M = n_corpus the items that a query could find (N - 1
    where a corpus of N is searched with its own items): Lee, Peluffo-Ordóñez and Verleysen, "Multi-scale similarities
    in stochastic neighbour embedding", Neurocomputing 169, 2015. It is linear in Q, so the mean of these values over
    the queries is the R_NX of the literature.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbors per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), at most 1; NaN where k = n_corpus, since all tables agree there, or where ties are too many to be
        listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> r_nx(old, new, 3).round(3).tolist()
        [0.5]
    """
    return r_nx_at(agreement(reference, candidate, k), k)


def r_nx_at(both: Agreement, k: int) -> Floats:
    """`r_nx` from an agreement measured to depth k or deeper, shape (q,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> r_nx_at(agreement(old, new, 3), 3).round(3).tolist()
        [0.5]
    """
    return chance_corrected(both.at(k), k, both.n_corpus)


def r_nx_curve(both: Agreement) -> Floats:
    """Mean R_NX over the queries at each depth, shape (k,).

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> r_nx_curve(agreement(old, new, 3)).round(3).tolist()
        [1.0, 0.357, 0.5]
    """
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

    Example:
        >>> old = Neighbors.from_arrays([[0, 1, 2]], distances=[[0.1, 0.2, 0.3]], n_corpus=9)
        >>> new = Neighbors.from_arrays([[0, 2, 5]], distances=[[0.1, 0.2, 0.4]], n_corpus=9)
        >>> r_nx_area(agreement(old, new, 3)).round(3).tolist()
        [0.734]
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

    Example:
        >>> float(chance_corrected(0.1, k=10, n_corpus=100)), float(chance_corrected(1.0, k=10, n_corpus=100))
        (0.0, 1.0)
    """
    if k >= n_corpus:
        return np.full_like(np.asarray(shared, np.float64), np.nan)
    return np.asarray((n_corpus * np.asarray(shared) - k) / (n_corpus - k))
