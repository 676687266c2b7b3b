"""Whether values fall into two groups, and where the cut lies."""

from dataclasses import dataclass

import numpy as np

from embdrift.types import Floats

EXPLAINED = 0.85
"""Share of the variance that the cut must explain: 0.64 of a normal distribution, 0.75 of an even one."""


@dataclass(frozen=True)
class Split:
    """Two groups of values.

    Args:
        limit: values above it are in the upper group
        share: share of the values in the upper group
        low: mean of the lower group
        high: mean of the upper group
    """

    limit: float
    share: float
    low: float
    high: float


def two_groups(values: Floats) -> Split | None:
    """The cut that explains most of the variance, where it explains nearly all; None where there are no two groups.

    The criterion is the between-class variance of Otsu, "A threshold selection method from gray-level histograms",
    1979, over all cuts between distinct values.

    Args:
        values: shape (n,); NaN is left out
    """
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if n < 2 or known[0] == known[-1]:
        return None
    sums = np.cumsum(known - known[0])
    counts = np.arange(1, n)
    low, high = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (n - counts)
    between = np.where(known[1:] > known[:-1], counts * (n - counts) * (high - low) ** 2 / n**2, -1.0)
    best = int(np.argmax(between))
    if between[best] < EXPLAINED * float(known.var()):
        return None
    return Split(
        limit=float((known[best] + known[best + 1]) / 2),
        share=(n - best - 1) / n,
        low=float(low[best] + known[0]),
        high=float(high[best] + known[0]),
    )
