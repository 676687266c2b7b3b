"""Vectors for tests of drift measures, and what "same" means for each kind of test."""

import numpy as np
import torch

from embdrift.data.synthetic import clustered
from embdrift.metrics.drift import Rows, row_norms


def rows_of(vectors, *, unit=True):
    """All rows of an array or tensor, in the order given, of length 1 where wanted."""
    tensor = torch.as_tensor(vectors)
    rows = np.arange(len(tensor))
    return Rows(tensor, rows, row_norms(tensor, rows) if unit else None)


def disjoint_halves(n, d, seed):
    """Two samples of one distribution that share no item."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed + 1000))
    vectors = clustered(n, d, seed=seed)[order]
    return rows_of(vectors[: n // 2]), rows_of(vectors[n // 2 :])


def equally_jittered(n, d, seed):
    """Two versions of the same documents that were moved alike, each by noise of its own."""
    vectors = clustered(n, d, seed=seed)
    generator = torch.Generator().manual_seed(seed + 1000)
    first, second = (0.3 * vectors.std() * torch.randn(vectors.shape, generator=generator) for _ in range(2))
    return rows_of(vectors + first), rows_of(vectors + second)
