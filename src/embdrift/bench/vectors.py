"""Vectors like those of encoders, awkward parts included: clusters, uneven directions, hubs and duplicates."""

import numpy as np
import torch

from embdrift.data.synthetic import clustered, with_duplicates

_HUBS, _DUPLICATES = 0.002, 0.02


def benchmark_vectors(n: int, d: int, seed: int) -> torch.Tensor:
    """Unit vectors, float32, shape (n, d): a few near the common centre, which many find, and a few copied."""
    vectors = clustered(n, d, seed=seed)
    random = np.random.default_rng(seed + 1)
    hubs = torch.from_numpy(random.choice(n, max(1, int(_HUBS * n)), replace=False))
    centre = vectors.mean(dim=0)
    moved = 0.3 * vectors[hubs] + centre / centre.norm()
    vectors[hubs] = moved / moved.norm(dim=1, keepdim=True)
    return with_duplicates(vectors, _DUPLICATES, seed + 2)
