"""What each metric gives by chance: for neighbor lists drawn at random, without ties.

Print the chance level beside the value: an overlap of 0.1 is much for a million items and nothing for twenty. In all
of them n_corpus is the number of items that a query could find: N - 1 where N items are searched with themselves.
"""

import math

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.shared_neighbors import rbo_weights


def overlap_chance(k: int, n_corpus: int) -> float:
    """Expected `overlap` of random lists: k / n_corpus, the mean of a hypergeometric count over k.

    Raises:
        InputError: when k is not within 1 ... n_corpus

    Example:
        >>> overlap_chance(10, 1000)
        0.01
    """
    _check(k, n_corpus)
    return k / n_corpus


def jaccard_chance(k: int, n_corpus: int) -> float:
    """Expected `jaccard` of random lists: the sum of x / (2k - x) P(x), with x shared items hypergeometric.

    It is more than the Jaccard of the expected overlap, since x / (2k - x) is convex.

    Raises:
        InputError: when k is not within 1 ... n_corpus

    Example:
        >>> round(jaccard_chance(10, 1000), 5)
        0.00529
    """
    _check(k, n_corpus)
    shared = np.arange(max(0, 2 * k - n_corpus), k + 1, dtype=np.float64)
    before = shared[:-1]
    # P(x + 1) / P(x); from ratios, since factorials of a large corpus lose digits
    ratios = (k - before) ** 2 / ((before + 1) * (n_corpus - 2 * k + before + 1))
    logs = np.concatenate(([0.0], np.cumsum(np.log(ratios))))
    chances = np.exp(logs - logs.max())
    return float((chances * shared / (2 * k - shared)).sum() / chances.sum())


def rbo_chance(k: int, n_corpus: int, p: float = 0.9) -> float:
    """Expected `rbo` of random lists: its weights applied to the chance overlap d / n_corpus at each depth d.

    Raises:
        InputError: when k is not within 1 ... n_corpus, or p not within 0 ... 1

    Example:
        >>> round(rbo_chance(10, 1000), 5)
        0.00651
    """
    _check(k, n_corpus)
    return float((rbo_weights(k, p) * np.arange(1, k + 1)).sum() / n_corpus)


def top1_flip_chance(n_corpus: int) -> float:
    """Expected `top1_flip` of random lists: 1 - 1 / n_corpus.

    Raises:
        InputError: when the corpus is empty

    Example:
        >>> top1_flip_chance(1000)
        0.999
    """
    return 1 - overlap_chance(1, n_corpus)


def r_nx_chance() -> float:
    """Expected `r_nx`, and so `r_nx_area`, of random lists: 0, which is what it was made for.

    Example:
        >>> r_nx_chance()
        0.0
    """
    return 0.0


def rank_displacement_chance(k: int, depth: int, n_corpus: int) -> float:
    """Expected `rank_displacement` of random lists, in ranks.

    An old neighbor at rank r = 1 ... k stands at any new rank with chance 1 / n_corpus; beyond the depth listed it
    counts as depth + 1. Summed in closed form: [r (r - 1) / 2 + (D - r)(D - r + 1) / 2 + (M - D)(D + 1 - r)] / M,
    averaged over r.

    Args:
        k: old neighbors that are followed
        depth: D, what the candidate table lists
        n_corpus: M

    Raises:
        InputError: unless 1 <= k <= depth <= n_corpus

    Example:
        >>> rank_displacement_chance(1, depth=3, n_corpus=3)
        1.0
    """
    _check(k, depth)
    _check(depth, n_corpus)
    old = np.arange(1, k + 1, dtype=np.float64)
    up = old * (old - 1) / 2
    down = (depth - old) * (depth - old + 1) / 2
    out = (n_corpus - depth) * (depth + 1 - old)
    return float((up + down + out).mean() / n_corpus)


def lost_beyond_depth_chance(depth: int, n_corpus: int) -> float:
    """Expected `lost_beyond_depth` of random lists: 1 - depth / n_corpus.

    Raises:
        InputError: when depth is not within 1 ... n_corpus

    Example:
        >>> lost_beyond_depth_chance(100, 1000)
        0.9
    """
    return 1 - overlap_chance(depth, n_corpus)


def hubness_chance(k: int, n_corpus: int, q: int) -> float:
    """Expected `hubness` of random lists: (1 - 2p) / sqrt(q p (1 - p)) with p = k / n_corpus.

    An item is found by each of q queries with chance p, so its k-occurrence is binomial; this is the skewness of that.
    Where N items are searched with themselves, q = N and n_corpus = N - 1.

    Returns:
        the skewness; NaN where every query finds every item, or where there are no queries

    Raises:
        InputError: when k is not within 1 ... n_corpus

    Example:
        >>> round(hubness_chance(10, 999, 1000), 3)
        0.311
    """
    p = overlap_chance(k, n_corpus)
    if p == 1 or q < 1:
        return float("nan")
    return (1 - 2 * p) / math.sqrt(q * p * (1 - p))


def _check(k: int, n_corpus: int) -> None:
    if not 1 <= k <= n_corpus:
        raise InputError(f"a list drawn at random from {n_corpus} items must hold between 1 and {n_corpus}, got {k}")
