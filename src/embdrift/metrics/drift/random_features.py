"""Random Fourier features: vectors whose inner products stand for a Gaussian kernel."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.metrics.drift.reading import Rows
from embdrift.types import Floats

BANDWIDTH_ROWS = 500
"""Rows of each side that the bandwidth is taken from, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Fourier:
    """A map from vectors to random features (Rahimi and Recht 2007).

    z(x) = (cos(w_1 x / b), ..., sin(w_1 x / b), ...) / sqrt(f) with bandwidth b and standard normal w, so that
    z(x) z(y) has the Gaussian kernel exp(-|x - y|^2 / (2 b^2)) as its mean over the draw of w, and z(x) z(x) = 1.

    Args:
        frequencies: shape (d, f), float32
        centre: shape (d,), taken off vectors first, which no kernel value notices and float32 needs
        bandwidth: of the kernel
    """

    frequencies: torch.Tensor
    centre: torch.Tensor
    bandwidth: float

    @property
    def count(self) -> int:
        """Number of frequencies; half the number of features."""
        return int(self.frequencies.shape[1])

    def features(self, block: torch.Tensor) -> torch.Tensor:
        """Features of vectors of shape (b, d), on the device of the frequencies, shape (b, 2 f), float64."""
        # scaled in float64, since the vectors may lie outside float32
        scaled = (block.to(self.centre.device) - self.centre).div_(self.bandwidth).float()
        waves = scaled @ self.frequencies
        return torch.cat([waves.cos(), waves.sin()], dim=1).double().div_(math.sqrt(self.count))


def fourier(reference: Rows, candidate: Rows, *, count: int, seed: int, device: torch.device) -> Fourier:
    """Random features for the Gaussian kernel whose bandwidth is the median distance among both sets together.

    Args:
        reference: vectors
        candidate: vectors of the same dimension
        count: frequencies
        seed: of the frequencies
        device: where features are computed
    """
    pooled = np.concatenate([_evenly_spaced(one).array() for one in (reference, candidate)])
    bandwidth = median_distance(pooled) or 1.0
    random = np.random.Generator(np.random.Philox(seed))
    drawn = random.standard_normal((reference.d, count))
    return Fourier(
        frequencies=torch.from_numpy(drawn.astype(np.float32)).to(device),
        centre=torch.from_numpy(pooled.mean(axis=0)).to(device),
        bandwidth=bandwidth,
    )


def _evenly_spaced(given: Rows) -> Rows:
    return given.take(np.linspace(0, given.m - 1, min(given.m, BANDWIDTH_ROWS)).astype(np.int64))


def median_distance(vectors: Floats) -> float:
    """Median Euclidean distance over all pairs, 0 for fewer than two vectors."""
    from scipy.spatial.distance import pdist

    return float(np.median(pdist(vectors))) if len(vectors) > 1 else 0.0
