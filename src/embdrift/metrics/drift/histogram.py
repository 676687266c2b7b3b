"""Two distributions of one quantity held against each other in bins that the reference fills evenly."""

import numpy as np
from scipy.special import rel_entr

from embdrift.types import Floats, Positions


def reference_edges(reference: Floats, bins: int, resolution: float) -> Floats:
    """Edges between bins that each hold about the same share of the reference; both outer bins are open.

    Values are first put on a grid of `resolution` that is centered on the reference's median, and edges lie between
    grid points. A value that fills several bins by itself (unit lengths, the similarity of duplicates) so gets a bin
    of its own, and no edge cuts through rounding noise.

    Args:
        reference: shape (n,), n >= 1, no NaN
        bins: bins wanted; fewer where values repeat
        resolution: differences below this do not count, > 0
    Returns:
        inner edges, ascending, shape (b - 1,) for b bins

    Example:
        >>> reference_edges(np.array([1.0, 2.0, 3.0, 4.0]), 2, 0.01).round(3).tolist()
        [2.005]
    """
    origin = float(np.median(reference))
    levels = np.sort(np.rint((reference - origin) / resolution))
    ranks = np.ceil(np.arange(1, bins) * len(levels) / bins).astype(np.int64) - 1
    upper, times = np.unique(levels[np.maximum(ranks, 0)], return_counts=True)
    edges = np.union1d(upper + 0.5, upper[times > 1] - 0.5)
    return np.asarray(origin + edges * resolution, np.float64)


def bin_counts(values: Floats, edges: Floats) -> Positions:
    """How many values lie in each bin, shape (len(edges) + 1,); a value on an edge belongs to the bin above it.

    Example:
        >>> bin_counts(np.array([0.1, 0.5, 0.9]), np.array([0.5])).tolist()
        [1, 2]
    """
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)


def smoothed_shares(counts: Positions, smoothing: float) -> Floats:
    """Share of each bin, shape (b,), after `smoothing` values were added to every bin; none is 0 then.

    One half is Jeffreys' prior of a multinomial distribution.

    Example:
        >>> smoothed_shares(np.array([0, 3]), 0.5).tolist()
        [0.125, 0.875]
    """
    return np.asarray((counts + smoothing) / (counts.sum() + smoothing * len(counts)), np.float64)


def kl_divergence(candidate: Floats, reference: Floats) -> float:
    """Kullback-Leibler divergence of the candidate from the reference, sum c ln(c / r), in nats.

    Args:
        candidate: shape (b,), shares that sum to 1
        reference: shape (b,), the same bins, none 0

    Example:
        >>> round(kl_divergence(np.array([0.5, 0.5]), np.array([0.75, 0.25])), 4)
        0.1438
    """
    return float(rel_entr(candidate, reference).sum())


def js_divergence(candidate: Floats, reference: Floats) -> float:
    """Jensen-Shannon divergence in nats, 0 ... ln 2: the mean divergence of both from the mixture of the two.

    Example:
        >>> round(js_divergence(np.array([0.5, 0.5]), np.array([0.75, 0.25])), 4)
        0.0338
    """
    mixture = (candidate + reference) / 2
    return (kl_divergence(candidate, mixture) + kl_divergence(reference, mixture)) / 2


def population_stability_index(candidate: Floats, reference: Floats) -> float:
    """Population stability index, sum (c - r) ln(c / r): the two Kullback-Leibler divergences added up.

    Example:
        >>> round(population_stability_index(np.array([0.5, 0.5]), np.array([0.75, 0.25])), 4)
        0.2747
    """
    return kl_divergence(candidate, reference) + kl_divergence(reference, candidate)


def expected_kl(bins: int, n_reference: int, n_candidate: int) -> float:
    """What the divergence comes to on average if both were drawn from one distribution: (b - 1) / 2 (1 / n + 1 / m).

    Half the expectation of Pearson's chi-squared, to first order in 1 / n; the Jensen-Shannon divergence comes to a
    quarter of it, the population stability index to twice.

    Example:
        >>> round(expected_kl(20, 1000, 1000), 4)
        0.019
    """
    return (bins - 1) / 2 * (1 / n_reference + 1 / n_candidate)
