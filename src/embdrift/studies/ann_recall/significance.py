"""Whether a paired difference over queries is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.types import Floats

_CHUNK = 2**22


@dataclass(frozen=True)
class Paired:
    """A mean difference with its 95 % interval, and how likely so much would be were there none.

    Args:
        mean: of the differences
        low: 2.5 % quantile of the means of resamples
        high: 97.5 % quantile
        p: two-sided
        n: queries that it rests on
    """

    mean: float
    low: float
    high: float
    p: float
    n: int


def paired_bootstrap(differences: Floats, *, resamples: int, seed: int) -> Paired:
    """Resample queries with replacement (Efron's percentile bootstrap); queries, since hits within one go together.

    p is twice the smaller share of resampled means on either side of zero, counted so that it is never 0.

    Args:
        differences: shape (q,), new minus old per query; NaN is left out
        resamples: how often
        seed: of the resamples
    Returns:
        all NaN where fewer than two differences are known
    """
    known = differences[~np.isnan(differences)]
    nan = float("nan")
    if len(known) < 2:
        return Paired(nan, nan, nan, nan, len(known))
    random = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(known))
    means = np.concatenate(
        [
            known[random.integers(0, len(known), size=(min(step, resamples - start), len(known)))].mean(axis=1)
            for start in range(0, resamples, step)
        ]
    )
    # a mean of equal numbers may round to either side of them
    means = np.round(means, 12)
    smaller = min(int((means <= 0).sum()), int((means >= 0).sum()))
    low, high = np.quantile(means, [0.025, 0.975])
    return Paired(
        float(known.mean()), float(low), float(high), min(1.0, 2 * (smaller + 1) / (resamples + 1)), len(known)
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the chance of any false alarm among all stays below the level.

    Args:
        p_values: one per comparison; NaN takes no part and stays
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    known = order[: int((~np.isnan(values)).sum())]
    adjusted = np.full(len(values), np.nan)
    weights = np.arange(len(known), 0, -1)
    adjusted[known] = np.minimum(np.maximum.accumulate(weights * values[known]), 1.0)
    return [float(value) for value in adjusted]
