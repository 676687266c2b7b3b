"""Whether a paired difference over queries is more than chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.metrics.weights import known_weights
from embdrift.types import Floats

_CHUNK = 2**22
EXACT_UP_TO = 13
"""Differences other than 0 for which every pattern of signs is tried; more would be more patterns than are drawn."""


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


@dataclass(frozen=True)
class SignTest:
    """How likely a mean difference this far from zero is when either version is as often the better one.

    Args:
        p: two-sided; NaN where no difference is known
        patterns: patterns of signs that were tried
        exact: whether these are all there are
        n: queries that it rests on
    """

    p: float
    patterns: int
    exact: bool
    n: int

    @property
    def note(self) -> str:
        """How the p-value came about, in words."""
        if np.isnan(self.p):
            return "no difference is known"
        if self.patterns == 1:
            return "paired randomisation test: no query differs"
        kind = f"all {self.patterns:,}" if self.exact else f"{self.patterns:,} random"
        return f"paired randomisation test, two-sided, {kind} patterns of signs"


def paired_bootstrap(differences: Floats, *, resamples: int, seed: int, weights: Floats | None = None) -> Paired:
    """Resample queries with replacement (Efron's percentile bootstrap); queries, since hits within one go together.

    p is twice the smaller share of resampled means on either side of zero, counted so that it is never 0.

    Args:
        differences: shape (q,), new minus old per query; NaN is left out
        resamples: how often
        seed: of the resamples
        weights: shape (q,), what each query counts, at least 0; None for all the same
    Returns:
        all NaN where fewer than two differences are known
    Raises:
        InputError: when a weight is negative or not finite, or all are 0

    Example:
        >>> found = paired_bootstrap(np.array([0.1, 0.1, 0.1]), resamples=999, seed=0)
        >>> round(found.mean, 6), round(found.low, 6), found.p, found.n
        (0.1, 0.1, 0.002, 3)
    """
    known, weight = known_weights(differences, weights)
    nan = float("nan")
    if len(known) < 2:
        return Paired(nan, nan, nan, nan, len(known))
    random = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(known))
    means = np.concatenate(
        [
            _weighted_means(known, weight, random.integers(0, len(known), size=(size, len(known))))
            for size in _sizes(resamples, step)
        ]
    )
    # a mean of equal numbers may round to either side of them
    means = np.round(means, 12)
    smaller = min(int((means <= 0).sum()), int((means >= 0).sum()))
    low, high = np.quantile(means, [0.025, 0.975])
    mean = float(np.average(known, weights=weight))
    return Paired(mean, float(low), float(high), min(1.0, 2 * (smaller + 1) / (resamples + 1)), len(known))


def paired_randomization(
    differences: Floats, *, permutations: int, seed: int, weights: Floats | None = None
) -> SignTest:
    """Fisher's paired randomization test: between equal versions, either sign of each difference is as likely.

    The statistic is the absolute (weighted) mean difference. With few differences every pattern of signs is tried, and
    p is the share of patterns at least as far from zero; else p = (b + 1) / (m + 1) for b such patterns among m random
    ones (Smucker, Allan and Carterette 2007; Phipson and Smyth 2010), so that it is never 0.

    Args:
        differences: shape (q,), new minus old per query; NaN is left out
        permutations: m, random patterns where not all are tried
        seed: of the patterns
        weights: shape (q,), what each query counts, at least 0; None for all the same
    Raises:
        InputError: when a weight is negative or not finite, or all are 0

    Example:
        >>> paired_randomization(np.array([0.1, 0.2, 0.3]), permutations=1000, seed=0).p
        0.25
    """
    known, weight = known_weights(differences, weights)
    if not len(known):
        return SignTest(float("nan"), 0, True, 0)
    terms = known * weight
    moving = np.abs(terms[terms != 0])  # a difference of 0 is the same under either sign
    # sums of the same numbers in other orders may differ in their last places
    observed = abs(float(terms.sum())) - 1e-12 * float(moving.sum())
    if len(moving) <= EXACT_UP_TO:
        patterns = 2 ** len(moving)
        signs = np.where(np.arange(patterns)[:, None] >> np.arange(len(moving)) & 1, 1.0, -1.0)
        return SignTest(float((np.abs(signs @ moving) >= observed).mean()), patterns, True, len(known))
    as_far = sum(int((np.abs(sums) >= observed).sum()) for sums in _random_sums(moving, permutations, seed))
    return SignTest((as_far + 1) / (permutations + 1), permutations, False, len(known))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the chance of any false alarm among all stays below the level.

    Args:
        p_values: one per comparison; NaN takes no part and stays

    Example:
        >>> holm([0.01, 0.04, float('nan')])
        [0.02, 0.04, nan]
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    known = order[: int((~np.isnan(values)).sum())]
    adjusted = np.full(len(values), np.nan)
    weights = np.arange(len(known), 0, -1)
    adjusted[known] = np.minimum(np.maximum.accumulate(weights * values[known]), 1.0)
    return [float(value) for value in adjusted]


def _weighted_means(values: Floats, weights: Floats, chosen: np.ndarray) -> Floats:
    picked = weights[chosen]
    means: Floats = (values[chosen] * picked).sum(axis=1) / picked.sum(axis=1)
    return means


def _random_sums(sizes: Floats, patterns: int, seed: int) -> Iterator[Floats]:
    """Sums of the numbers under random signs."""
    random = np.random.default_rng(seed)
    width = -(-len(sizes) // 8)
    for count in _sizes(patterns, max(1, _CHUNK // len(sizes))):
        bits = np.unpackbits(random.integers(0, 256, size=(count, width), dtype=np.uint8), axis=1)[:, : len(sizes)]
        yield bits @ (2 * sizes) - sizes.sum()


def _sizes(total: int, step: int) -> Iterator[int]:
    for start in range(0, total, step):
        yield min(step, total - start)
