"""How many neighbors score noise should cost, from how densely scores lie around rank k."""

import numpy as np

from embdrift.types import Floats

# Simulated: lost items over density times noise, for items at random places and Gaussian noise. The ends are
# 1 / sqrt(pi), where only neighboring pairs swap, and 1 / sqrt(2 pi), where the boundary stands still.
_SIZES = np.array([1e-3, 0.05, 0.2, 1.0, 3.0, 10.0, 30.0, 1e3])
_FACTORS = np.array([0.5642, 0.540, 0.530, 0.486, 0.442, 0.414, 0.405, 0.3989])


def density(scores: Floats, k: int) -> Floats:
    """Items per unit of score around rank k: (b - a) / (s_a - s_b) from ranks a = k / 2 to b = 3 k / 2.

    Args:
        scores: shape (q, depth), best first, depth > k
        k: the rank
    Returns:
        shape (q,), infinite where all these ranks score alike
    """
    a, b = max(k // 2, 1), min(max(3 * k // 2, k + 1), scores.shape[1])
    with np.errstate(divide="ignore"):
        return np.asarray((b - a) / (scores[:, a - 1] - scores[:, b - 1]))


def lost_per_noise(size: Floats) -> Floats:
    """Expected lost items over `size`, which is density times the standard deviation of a score; shape as given."""
    return np.asarray(np.interp(np.log(np.maximum(size, _SIZES[0])), np.log(_SIZES), _FACTORS))


def expected_lost(scores: Floats, noise: Floats, k: int) -> Floats:
    """Expected number of each query's nearest k that score noise costs, at most k; shape (q,).

    Args:
        scores: shape (q, depth), true scores, best first, depth > k
        noise: shape (q,), standard deviation of the scores' errors
        k: neighbors looked at
    """
    with np.errstate(invalid="ignore"):
        size = density(scores, k) * noise
    size = np.where(noise == 0, 0.0, size)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.minimum(np.where(np.isinf(size), k, lost_per_noise(size) * size), k))


def score_noise(kept: Floats, true: Floats) -> Floats:
    """Standard deviation of each query's score errors, less their mean, which moves no neighbor; shape (q,).

    Args:
        kept: shape (q, w), scores as kept
        true: shape (q, w), true scores of the same pairs, w > 1
    """
    errors = kept - true
    return np.asarray(errors.std(axis=1, ddof=1))
