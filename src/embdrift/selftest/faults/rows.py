"""Which rows a fault hits, and what becomes of them."""

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.types import Positions


def some_rows(n: int, share: float, seed: int) -> Positions:
    """A random share of n rows, ascending.

    Raises:
        InputError: when the share does not lie between 0 and 1
    """
    if not 0 <= share <= 1:
        raise InputError(f"a share must be between 0 and 1, got {share}")
    order = np.random.default_rng(seed).permutation(n)
    return np.sort(order[: round(share * n)]).astype(np.int64)


def replaced(vectors: torch.Tensor, other: torch.Tensor, rows: Positions) -> torch.Tensor:
    """The vectors with these rows taken from another set of the same shape."""
    if vectors.shape != other.shape:
        raise InputError(f"replacements must have shape {tuple(vectors.shape)}, got {tuple(other.shape)}")
    at = torch.from_numpy(rows)
    result = vectors.clone()
    result[at] = other[at].to(vectors.dtype)
    return result


def without(n: int, rows: Positions) -> Positions:
    """The rows that stay when these are missing, ascending."""
    return np.setdiff1d(np.arange(n), rows)
