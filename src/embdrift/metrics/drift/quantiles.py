"""A quantile, and how far it could be off where the values stand for others to come."""

import numpy as np

from embdrift.metrics.interval import Interval
from embdrift.types import Floats


def quantile_interval(values: Floats, share: float, *, sampled: bool, level: float = 0.95) -> Interval:
    """The quantile of the values, with a confidence interval that assumes nothing about their distribution.

    The bounds are order statistics at ranks that a binomial count of values below the quantile does not leave with
    chance `level` (David and Nagaraja, "Order Statistics", section 7.1). NaN values are left out.

    Args:
        values: shape (n,)
        share: of the values below the quantile, 0 < share < 1
        sampled: whether the values are a sample; a census has no interval
        level: chance that the interval holds the quantile
    Returns:
        quantile, low and high; a bound beyond the least or greatest value is NaN, and all are NaN for no value
    """
    known = np.sort(values[~np.isnan(values)])
    nan, n = float("nan"), len(known)
    if n == 0:
        return Interval(nan, nan, nan)
    value = float(np.quantile(known, share))
    if not sampled:
        return Interval(value, nan, nan)
    from scipy.stats import binom

    below, above = (int(rank) for rank in binom.ppf([(1 - level) / 2, (1 + level) / 2], n, share))
    low = float(known[below - 1]) if below >= 1 else nan
    high = float(known[above]) if above < n else nan
    return Interval(value, low, high)
