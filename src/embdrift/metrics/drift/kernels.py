"""Compiled walks over sorted values."""

import numba
import numpy as np

from embdrift.types import Array


@numba.njit(cache=True, nogil=True)
def cdf_distances(old: Array, new: Array) -> tuple[float, float]:
    """The greatest gap between two empirical distribution functions, and the area between them.

    Args:
        old: shape (n,), ascending
        new: shape (m,), ascending
    """
    n, m = len(old), len(new)
    i = j = 0
    gap = area = 0.0
    before = min(old[0], new[0])
    difference = 0.0
    while i < n or j < m:
        here = old[i] if j == m or (i < n and old[i] <= new[j]) else new[j]
        area += difference * (np.float64(here) - np.float64(before))
        while i < n and old[i] == here:
            i += 1
        while j < m and new[j] == here:
            j += 1
        difference = abs(i / n - j / m)
        gap = max(gap, difference)
        before = here
    return gap, area


@numba.njit(cache=True, nogil=True)
def chance_within(n: int, m: int, reach: int) -> float:
    """How likely the gap between two equal distributions' samples stays below reach / (n m) throughout.

    Each order of the n + m values is a path from (0, 0) to (n, m), and all are equally likely (Hodges 1957).

    Args:
        n: values of one sample
        m: values of the other
        reach: the gap times n m, a whole number
    """
    chances = np.zeros(m + 1)
    for i in range(n + 1):
        for j in range(m + 1):
            if abs(i * m - j * n) >= reach:
                chances[j] = 0.0
                continue
            if i == 0 and j == 0:
                chances[0] = 1.0
                continue
            came = 0.0
            if i > 0:
                came += chances[j] * (n - i + 1) / (n + m - i + 1 - j)
            if j > 0:
                came += chances[j - 1] * (m - j + 1) / (n + m - i - j + 1)
            chances[j] = came
    return float(chances[m])
