"""Whether the first hit is another one."""

from embdrift.metrics.agreement import Agreement, agreement
from embdrift.types import Floats, Neighbors


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
    """
    return top1_flip_at(agreement(reference, candidate, 1))


def top1_flip_at(both: Agreement) -> Floats:
    """`top1_flip` from an agreement measured to any depth, shape (q,)."""
    return 1 - both.at(1)
