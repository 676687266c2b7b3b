"""How well cosines agree with what people said of pairs."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.metrics.paired_vectors import paired_vectors, unit_rows
from embdrift.types import Array, Floats, Positions

_DRAWS = 2 * 10**7
"""Pairs drawn for an interval in all, at most about so many."""
_LEAST_RESAMPLES = 200


def pair_cosines(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> Floats:
    """Cosine of each pair of vectors, summed in float64.

    Args:
        a: vectors, shape (n, d), any supported type
        b: vectors, shape (m, d)
        a_rows: shape (r,), one row of `a` per pair
        b_rows: shape (r,), one row of `b` per pair
    Returns:
        shape (r,); NaN where a vector is zero
    Raises:
        InputError: when dimensions or numbers of rows differ, or a row does not exist

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> pair_cosines(a, a, np.array([0, 0]), np.array([0, 1])).round(3).tolist()
        [1.0, 0.707]
    """
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"both vectors of a pair must have the same number of dimensions, got {a.shape[1]} and {b.shape[1]}"
        )
    cosines = np.full(len(a_rows), np.nan)
    for block, left, right in paired_vectors(a, b, a_rows, b_rows):
        cosines[block] = (unit_rows(left) * unit_rows(right)).sum(dim=1).cpu().numpy()
    return cosines


def spearman(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation, equal values sharing their mean rank (scipy.stats.spearmanr).

    Args:
        x: shape (n,), no NaN
        y: shape (n,)

    Returns:
        within -1 ... 1; NaN for fewer than two pairs, or where all values of one side are equal

    Example:
        >>> round(spearman(np.array([1, 2, 3]), np.array([0.1, 0.2, 0.9])), 6)
        1.0
    """
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(x, y).statistic)


def spearman_resamples(grades: Floats, *cosines: Floats, resamples: int, seed: int) -> Floats:
    """Spearman's rank correlation of resampled pairs, the same resamples for each column of cosines.

    Pairs are drawn with replacement and ranked anew each time (Efron's bootstrap). Of very many pairs fewer resamples
    are drawn, at least 200.

    Args:
        grades: shape (n,), what people said
        cosines: shape (n,) each, one per version
        resamples: how often
        seed: of the resamples
    Returns:
        shape (resamples drawn, versions); NaN where a resample holds one value only

    Example:
        >>> grades, cosines = np.array([1, 2, 3, 4]), np.array([0.1, 0.2, 0.3, 0.4])
        >>> spearman_resamples(grades, cosines, resamples=200, seed=0).shape
        (200, 1)
    """
    drawn = min(resamples, max(_LEAST_RESAMPLES, _DRAWS // max(len(grades), 1)))
    columns = [_groups(column) for column in (grades, *cosines)]
    found = np.full((drawn, len(cosines)), np.nan)
    for at, counts in enumerate(_counts(len(grades), drawn, seed)):
        graded, *others = [_centered_ranks(inverse, size, counts) for inverse, size in columns]
        for version, ranks in enumerate(others):
            spread = float((counts * graded**2).sum() * (counts * ranks**2).sum())
            if spread > 0:
                found[at, version] = (counts * graded * ranks).sum() / np.sqrt(spread)
    return found


def best_cut_off(cosines: Floats, similar: Floats) -> float:
    """The cut-off on which most pairs pass: similar ones at or above it, dissimilar ones below.

    Halfway between two neighboring cosines, the lowest of the best.

    Args:
        cosines: shape (n,), no NaN
        similar: shape (n,), 1 or 0
    Returns:
        NaN unless there are pairs of both kinds, since any cut-off beyond all cosines suits one kind

    Example:
        >>> round(best_cut_off(np.array([0.2, 0.4, 0.8]), np.array([0, 0, 1])), 3)
        0.6
    """
    if len(similar) < 2 or (similar == similar[0]).all():
        return float("nan")
    levels, inverse = np.unique(cosines, return_inverse=True)
    alike = np.bincount(inverse, weights=similar, minlength=len(levels))
    unlike = np.bincount(inverse, weights=1 - similar, minlength=len(levels))
    # passing on a cut-off below level i: all similar pairs from i on, all dissimilar ones before it
    passing = alike.sum() - np.concatenate(([0], np.cumsum(alike))) + np.concatenate(([0], np.cumsum(unlike)))
    best = int(np.argmax(passing))
    if best == 0:
        return float(levels[0])
    above = levels[best] if best < len(levels) else np.nextafter(levels[-1], np.inf)
    middle = (levels[best - 1] + above) / 2
    return float(middle if middle > levels[best - 1] else above)


def passes(cosines: Floats, similar: Floats, cut_off: float) -> Floats:
    """Whether each pair is on its side of a cut-off: similar ones at or above it, dissimilar ones below.

    Args:
        cosines: shape (n,), NaN where a pair has none
        similar: shape (n,), 1 or 0
        cut_off: the cosine
    Returns:
        shape (n,), 1 or 0; NaN where a pair has no cosine, or there is no cut-off

    Example:
        >>> passes(np.array([0.2, 0.9, 0.8]), np.array([0, 0, 1]), 0.6).tolist()
        [1.0, 0.0, 1.0]
    """
    right = np.where(similar == 1, cosines >= cut_off, cosines < cut_off).astype(np.float64)
    return np.where(np.isnan(cosines) | np.isnan(similar) | np.isnan(cut_off), np.nan, right)


def _groups(values: Floats) -> tuple[Array, int]:
    levels, inverse = np.unique(values, return_inverse=True)
    return inverse, len(levels)


def _counts(n: int, resamples: int, seed: int) -> Iterator[Floats]:
    random = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(random.integers(0, n, size=n), minlength=n).astype(np.float64)


def _centered_ranks(inverse: Array, size: int, counts: Floats) -> Floats:
    """Mean ranks of a resample, less their mean, for every pair drawn or not."""
    sizes = np.bincount(inverse, weights=counts, minlength=size)
    ranks = np.cumsum(sizes) - sizes / 2 + 0.5
    centered: Floats = ranks[inverse] - (counts.sum() + 1) / 2
    return centered
