"""Which similarity cut-off of a new version does what a cut-off did in the old one."""

import numpy as np

from embdrift.types import Floats


def share_passed(scores: Floats, cut_off: float) -> float:
    """Share of the pairs that score at least the cut-off; NaN without pairs.

    Args:
        scores: shape (n,), any shape
        cut_off: a score

    Example:
        >>> share_passed(np.array([0.9, 0.6, 0.4, 0.2]), 0.5)
        0.5
    """
    return float((scores >= cut_off).mean()) if scores.size else float("nan")


def precision_passed(scores: Floats, relevant: Floats, cut_off: float) -> float:
    """Share of relevant pairs among those that score at least the cut-off; NaN where none does.

    Args:
        scores: shape (n,)
        relevant: shape (n,), 1 or 0
        cut_off: a score

    Example:
        >>> precision_passed(np.array([0.9, 0.6, 0.4, 0.2]), np.array([1, 0, 1, 0]), 0.5)
        0.5
    """
    passed = relevant[scores >= cut_off]
    return float(passed.mean()) if len(passed) else float("nan")


def same_share(scores: Floats, share: float) -> float:
    """The cut-off that passes a share of pairs: the score of the pair at that place, best first.

    Pairs of exactly this score pass together, so that a tie can pass more than asked.

    Args:
        scores: shape (n,), of the new version
        share: 0 ... 1
    Returns:
        NaN where the share is 0 or undefined: every cut-off above all scores passes none

    Example:
        >>> same_share(np.array([0.8, 0.7, 0.3, 0.1]), 0.5)
        0.7
    """
    wanted = 0 if np.isnan(share) else round(share * len(scores))
    if not wanted:
        return float("nan")
    return float(np.partition(scores, len(scores) - wanted)[len(scores) - wanted])


def same_precision(scores: Floats, relevant: Floats, precision: float) -> float:
    """The lowest cut-off whose passing pairs are relevant at least as often, so that as many pass as can.

    Args:
        scores: shape (n,), of the new version
        relevant: shape (n,), 1 or 0
        precision: share of relevant pairs that the old cut-off kept
    Returns:
        a score that occurs; NaN where none keeps the precision, or it is undefined

    Example:
        >>> same_precision(np.array([0.8, 0.7, 0.3, 0.1]), np.array([1, 1, 1, 0]), 0.9)
        0.3
    """
    if np.isnan(precision) or not len(scores):
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    reached = np.cumsum(relevant[order]) / np.arange(1, len(order) + 1)
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    good = np.flatnonzero((reached >= precision - 1e-12) & last_of_tie)
    return float(ranked[good[-1]]) if len(good) else float("nan")
