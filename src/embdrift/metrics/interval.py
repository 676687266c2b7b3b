"""A mean, and how far it could be off where only some of the queries were measured."""

import math
from typing import NamedTuple

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.weights import known_weights
from embdrift.types import Floats


class Interval(NamedTuple):
    """A mean with the bounds of its confidence interval; NaN bounds where there is no sampling error to state."""

    mean: float
    low: float
    high: float


def mean_interval(
    values: Floats, *, population: int | None = None, level: float = 0.95, weights: Floats | None = None
) -> Interval:
    """The mean of what was measured, and an interval that holds the mean of all there is.

    NaN values are left out of the mean. Student's t interval of the n values that are left; where the values come
    from a random sample of a known population, its width shrinks by sqrt(1 - sampled / population) (sampling without
    replacement; Cochran, "Sampling Techniques", section 2.6). A census has no sampling error, so it has no interval.
    Equal values give an interval of no width, which for a small sample says too much. With weights it is the interval
    of a ratio of sums (Cochran, section 6.3), with as many degrees of freedom as queries of equal weight would have
    (Kish: the square of the sum of weights, divided by the sum of their squares).

    Args:
        values: shape (n,), one value per sampled query
        population: queries that the sample was drawn from; None for a population without end, as future queries are
        level: chance that the interval holds the mean, 0 < level < 1
        weights: shape (n,), what each value counts, at least 0; None for all the same

    Returns:
        mean, low and high; low and high are NaN for a census and for fewer than two values, all are NaN for none

    Raises:
        InputError: when the population is smaller than the sample, the level out of range, or weights are negative or
            all 0

    Example:
        >>> [round(value, 3) for value in mean_interval(np.array([0.5, 0.6, 0.7]))]
        [0.6, 0.352, 0.848]
        >>> mean_interval(np.array([0.25, 0.75]), population=2)
        Interval(mean=0.5, low=nan, high=nan)
    """
    sampled = len(values)
    known, weight = known_weights(values, weights)
    if population is not None and population < sampled:
        raise InputError(f"a sample of {sampled} values cannot come from a population of {population}")
    _check_level(level)
    nan = float("nan")
    if len(known) == 0:
        return Interval(nan, nan, nan)
    mean = float(np.average(known, weights=weight))
    if len(known) < 2 or population == sampled:
        return Interval(mean, nan, nan)
    unseen = 1.0 if population is None else 1 - sampled / population
    half = _half_width(known, weight, level) * math.sqrt(unseen)
    return Interval(mean, mean - half, mean + half)


def share_interval(hits: int, n: int, *, level: float = 0.95) -> Interval:
    """A share, and Wilson's score interval around it, which keeps its width where all or none of few are hits.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Args:
        hits: how many of n
        n: how many there are
        level: chance that the interval holds the share, 0 < level < 1

    Returns:
        share, low and high; all NaN for n = 0

    Raises:
        InputError: when hits are not 0 ... n, or the level is out of range

    Example:
        >>> [round(value, 3) for value in share_interval(9, 10)]
        [0.9, 0.596, 0.982]
    """
    if not 0 <= hits <= n:
        raise InputError(f"hits must be between 0 and n = {n}, got {hits}")
    _check_level(level)
    if not n:
        return Interval(math.nan, math.nan, math.nan)
    from scipy.special import ndtri

    z2, share = float(ndtri((1 + level) / 2)) ** 2, hits / n
    middle, half = share + z2 / (2 * n), math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    low, high = ((middle + side * half) / (1 + z2 / n) for side in (-1, 1))
    return Interval(share, low if hits else 0.0, high if hits < n else 1.0)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError(f"the level of an interval must be between 0 and 1, ends excluded, got {level}; 0.95 is usual")


def _half_width(values: Floats, weights: Floats, level: float) -> float:
    n, share = len(values), weights / weights.sum()
    parts = share * (values - np.average(values, weights=weights))
    alike = 1 / float((share**2).sum())
    error = math.sqrt(n / (n - 1) * float((parts**2).sum()))
    return _student_t(level, max(alike - 1, 1e-9)) * error if alike > 1 else float("nan")


def _student_t(level: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def known_mean(values: Floats) -> float:
    """The mean of the values that are defined, NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
