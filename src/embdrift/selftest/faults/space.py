"""Faults that move the whole space alike: every vector of a version, items and queries."""

import numpy as np
import torch

from embdrift.data.synthetic import rotated
from embdrift.errors import InputError


def offset(vectors: torch.Tensor, length: float, seed: int) -> torch.Tensor:
    """The vectors with one and the same vector of this length added: every difference and L2 distance stays.

    Args:
        vectors: shape (n, d), float32
        length: of what is added, in the vectors' own unit; its direction is random
        seed: gives the same direction again for the same d
    """
    direction = np.random.default_rng(seed).standard_normal(vectors.shape[1])
    added = torch.from_numpy(length * direction / np.linalg.norm(direction))
    return (vectors.double() + added).to(vectors.dtype)


def scaled(vectors: torch.Tensor, factor: float) -> torch.Tensor:
    """The vectors made longer or shorter by one factor: every cosine stays."""
    return (vectors.double() * factor).to(vectors.dtype)


def truncated(vectors: torch.Tensor, share: float) -> torch.Tensor:
    """The first dimensions of each vector, as for Matryoshka embeddings.

    Args:
        vectors: shape (n, d)
        share: of the dimensions that stay; at least one does
    """
    if not 0 < share <= 1:
        raise InputError(f"the share of dimensions that stay must be above 0 and at most 1, got {share}")
    return vectors[:, : max(1, round(share * vectors.shape[1]))].clone()


def partly_rotated(vectors: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """The vectors with the first dimensions turned among themselves: every inner product and neighbor stays.

    Args:
        vectors: shape (n, d)
        share: of the dimensions that the rotation mixes; 1 turns the whole space
        seed: gives the same rotation again for the same d
    """
    turned = max(1, round(share * vectors.shape[1]))
    return torch.cat([rotated(vectors[:, :turned], seed), vectors[:, turned:]], dim=1)
