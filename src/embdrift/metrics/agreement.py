"""How much of the nearest d two tables share, for every depth d at once: the source of most neighbour metrics."""

from dataclasses import dataclass

import numpy as np

from embdrift.metrics.blocks import check_depth, check_pair, paired_blocks, row_slices
from embdrift.metrics.kernels import overlap_rows
from embdrift.types import Floats, Neighbors


@dataclass(frozen=True, eq=False)
class Agreement:
    """The overlap of two neighbour tables at every depth.

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
    """Compare two neighbour tables at every depth from 1 to k in one pass.

    In one table, items that score more than the k-th are surely in the top k (p = 1), and the t items that score
    exactly as much share the m places left (p = m / t): p is the chance that an item is in the top k when ties are
    broken at random. The overlap is the cosine of the two tables' chances,

        overlap@k = sum(pA pB) / sqrt(sum(pA^2) sum(pB^2)),

    which is |A and B| / k where there are no ties, exactly 1 for a table against itself, and independent of the order
    in which tied items are listed. Normalising is what makes it 1 for a table with ties against itself: see RBO^b in
    Corsi and Urbano, "The Treatment of Ties in Rank-Biased Overlap", SIGIR 2024.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: the greatest depth, 1 <= k <= depth of both tables

    Returns:
        overlap of shape (q, k), the only large array that this makes

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range
    """
    check_pair(reference, candidate, k)
    overlap = np.empty((reference.q, k))
    for block, old, new in paired_blocks(reference, candidate):
        overlap_rows(old, new, overlap[block])
    return Agreement(overlap=overlap, n_corpus=max(reference.n_corpus, candidate.n_corpus))
