"""A mean, and how far it could be off where only some of the queries were measured."""

import math
from typing import NamedTuple

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Floats


class Interval(NamedTuple):
    """A mean with the bounds of its confidence interval; NaN bounds where there is no sampling error to state."""

    mean: float
    low: float
    high: float


def mean_interval(values: Floats, *, population: int | None = None, level: float = 0.95) -> Interval:
    """The mean of what was measured, and an interval that holds the mean of all there is.

    NaN values are left out of the mean. Student's t interval of the n values that are left; where the values come
    from a random sample of a known population, its width shrinks by sqrt(1 - sampled / population) (sampling without
    replacement; Cochran, "Sampling Techniques", section 2.6). A census has no sampling error, so it has no interval.
    Equal values give an interval of no width, which for a small sample says too much.

    Args:
        values: shape (n,), one value per sampled query
        population: queries that the sample was drawn from; None for a population without end, as future queries are
        level: chance that the interval holds the mean, 0 < level < 1

    Returns:
        mean, low and high; low and high are NaN for a census and for fewer than two values, all are NaN for none

    Raises:
        InputError: when the population is smaller than the sample, or the level out of range
    """
    sampled, known = len(values), values[~np.isnan(values)]
    if population is not None and population < sampled:
        raise InputError(f"a sample of {sampled} values cannot come from a population of {population}")
    if not 0 < level < 1:
        raise InputError(f"the level of an interval must be between 0 and 1, ends excluded, got {level}; 0.95 is usual")
    nan = float("nan")
    if len(known) == 0:
        return Interval(nan, nan, nan)
    mean = float(known.mean())
    if len(known) < 2 or population == sampled:
        return Interval(mean, nan, nan)
    unseen = 1.0 if population is None else 1 - sampled / population
    half = _student_t(level, len(known) - 1) * float(known.std(ddof=1)) * math.sqrt(unseen / len(known))
    return Interval(mean, mean - half, mean + half)


def _student_t(level: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))
