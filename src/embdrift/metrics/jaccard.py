"""Jaccard similarity of neighbour sets, for comparison with the literature."""

from embdrift.metrics.agreement import Agreement, agreement
from embdrift.types import Floats, Neighbors


def jaccard(reference: Neighbors, candidate: Neighbors, k: int) -> Floats:
    """Items that both nearest-k sets hold, as a share of the items that either holds: 1 is no change.

    Without ties this is |A and B| / |A or B| = o / (2 - o), with o the overlap. With ties an expected Jaccard would be
    below 1 for a table against itself, so we extend it by the same o / (2 - o) from the overlap of `agreement`.

    Args:
        reference: q queries
        candidate: the same queries, row by row, with items numbered alike
        k: neighbours per query, 1 <= k <= depth of both tables

    Returns:
        shape (q,), within 0 ... 1; NaN where ties at rank k are too many to be listed

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range
    """
    return jaccard_at(agreement(reference, candidate, k), k)


def jaccard_at(both: Agreement, k: int) -> Floats:
    """`jaccard` from an agreement measured to depth k or deeper, shape (q,)."""
    shared = both.at(k)
    return shared / (2 - shared)
