"""Each dimension by itself: Kolmogorov-Smirnov and Wasserstein, with false discoveries held down."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.metrics.drift.kernels import cdf_distances, chance_within
from embdrift.metrics.drift.reading import Rows
from embdrift.types import Array, Floats

COLUMN_BYTES = 256 << 20
"""Values of one side held at once while dimensions are sorted."""

EXACT = 1_000_000
"""Pairs of values up to which p is exact."""

SAME = 1e-6
"""Dimensions in which no value of either side differs by more than this share of the greatest count as unmoved."""


@dataclass(frozen=True, eq=False)
class DimensionDistances:
    """How far apart two sets lie in each dimension.

    Args:
        ks: shape (d,), greatest gap between the two distribution functions, 0 ... 1
        p: shape (d,), p of the two-sample Kolmogorov-Smirnov test
        wasserstein: shape (d,), area between the distribution functions in standard deviations of the reference; NaN
            where the reference is constant and the candidate is not
    """

    ks: Floats
    p: Floats
    wasserstein: Floats

    def rejected(self, level: float = 0.05) -> float:
        """Share of the dimensions rejected while false discoveries stay below `level` (Benjamini and Hochberg 1995)."""
        from scipy.stats import false_discovery_control

        return float((false_discovery_control(self.p) <= level).mean())


def dimension_distances(reference: Rows, candidate: Rows) -> DimensionDistances:
    """Compare every dimension over all rows, a few dimensions at a time.

    p is that of `scipy.stats.ks_2samp`: exact up to a million pairs of values, else asymptotic and within 1e-4 of it.
    It takes the two sets for independent samples; where both hold the same documents it is too large, never too small,
    for documents that keep their place.

    Args:
        reference: at least one row
        candidate: at least one row of the same dimension
    Raises:
        InputError: when dimensions differ
    """
    if reference.d != candidate.d:
        raise InputError(
            f"dimensions are compared one by one, got {reference.d} in the reference and {candidate.d} in the candidate"
        )
    ks, wasserstein = np.empty(reference.d), np.empty(reference.d)
    step = max(1, COLUMN_BYTES // max(_kind(one).itemsize * one.m for one in (reference, candidate)))
    for part in _parts(reference.d, step):
        old, new = _columns(reference, part), _columns(candidate, part)
        for place, dimension in enumerate(range(part.start, part.stop)):
            ks[dimension], wasserstein[dimension] = _distances(old[place], new[place])
    return DimensionDistances(ks, _p_values(ks, reference.m, candidate.m), wasserstein)


def _parts(d: int, step: int) -> Iterator[slice]:
    return (slice(start, min(start + step, d)) for start in range(0, d, step))


def _columns(given: Rows, part: slice) -> Array:
    """Some dimensions of all rows, shape (dimensions, m), in float64 where the vectors are, else in float32."""
    columns: Array = np.empty((part.stop - part.start, given.m), _kind(given))
    for rows, block in given.blocks(part):
        columns[:, rows] = block.T
    return columns


def _kind(given: Rows) -> np.dtype[Any]:
    return np.dtype(np.float64 if given.vectors.dtype == torch.float64 else np.float32)


def _distances(old: Array, new: Array) -> tuple[float, float]:
    old.sort()
    new.sort()
    least, greatest = min(old[0], new[0]), max(old[-1], new[-1])
    if greatest - least <= SAME * max(abs(least), abs(greatest)):
        return 0.0, 0.0
    gap, area = cdf_distances(old, new)
    spread = float(old.std(dtype=np.float64))
    if old[-1] - old[0] <= SAME * max(abs(old[0]), abs(old[-1])):
        return gap, float("nan")
    return gap, area / spread


def _p_values(ks: Floats, n: int, m: int) -> Floats:
    """The test's p: exact where that is quick, else Kolmogorov's limit at a distance corrected for few values.

    The correction is Vrbik's, z + 1 / (6 sqrt(s)) + (z - 1) / (4 s) with z = sqrt(s) D and s = n m / (n + m)
    ("Small-sample corrections to Kolmogorov-Smirnov test statistic", 2018).
    """
    from scipy.special import kolmogorov

    if n * m <= EXACT:
        reached, places = np.unique(np.rint(ks * n * m).astype(np.int64), return_inverse=True)
        return np.array([max(0.0, 1 - chance_within(n, m, int(one))) for one in reached])[places]
    size = n * m / (n + m)
    scaled = np.sqrt(size) * ks
    corrected = kolmogorov(scaled + 1 / (6 * np.sqrt(size)) + (scaled - 1) / (4 * size))
    return np.where(ks > 0, corrected, 1.0)
