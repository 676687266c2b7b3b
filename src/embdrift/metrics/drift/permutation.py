"""P-values of tests that shuffle what the null hypothesis says does not matter."""

import numpy as np

from embdrift.types import Array, Floats

ROUNDING = 1e-9


def permutation_p(observed: float, shuffled: Floats, *, least: float = 0.0) -> float:
    """(b + 1) / (m + 1), with b of m shuffled statistics at least as large as the observed one.

    The observed one counts as one of the shuffles, so that p is never 0 and the test keeps its level (Phipson and
    Smyth 2010). Statistics that differ by rounding alone count as equal.

    Args:
        observed: the statistic
        shuffled: shape (m,)
        least: differences below this are rounding
    """
    slack = least + ROUNDING * max(abs(observed), float(np.abs(shuffled).max(initial=0.0)))
    return (int((shuffled >= observed - slack).sum()) + 1) / (len(shuffled) + 1)


def random_signs(count: int, permutations: int, random: np.random.Generator) -> Array:
    """Coins that swap the members of pairs: -1.0 or 1.0, shape (permutations, count)."""
    return random.integers(0, 2, size=(permutations, count), dtype=np.int8).astype(np.float64) * 2 - 1


def random_halves(chosen: int, count: int, permutations: int, random: np.random.Generator) -> Array:
    """Random choices of `chosen` out of `count`: 1.0 where chosen, else 0.0, shape (permutations, count)."""
    labels = np.zeros((permutations, count))
    labels[:, :chosen] = 1
    return random.permuted(labels, axis=1)
