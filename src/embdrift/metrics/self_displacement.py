"""How far each item's own vector moved."""

import numpy as np
import torch

from embdrift.metrics.paired_vectors import paired_vectors, unit_or_zero_rows, unit_rows
from embdrift.types import Floats, Positions


def self_displacement(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> Floats:
    """How far each item's vector turned: 1 - cosine, so 0 is no change, 1 a right angle, 2 the opposite direction.

    Only meaningful where both versions live in one space: a harmless rotation of a whole version looks like a large
    change. `aligned_self_displacement` takes the rotation out. Computed as |u - v|^2 / 2 of the unit vectors, which
    is the same and exact near 0.

    Args:
        a: reference vectors, shape (n, p), any supported type, on the CPU or a GPU
        b: candidate vectors, shape (m, q)
        a_rows: shape (r,), rows of `a` in the order wanted
        b_rows: shape (r,), the rows of `b` that hold the same items

    Returns:
        shape (r,), within 0 ... 2; NaN for zero vectors, which have no direction, and everywhere where p and q differ,
        since vectors of different dimension have no cosine

    Raises:
        InputError: when the rows are not as many on both sides, or a row does not exist
    """
    values = np.full(len(a_rows), np.nan)
    if a.shape[1] == b.shape[1]:
        for block, old, new in paired_vectors(a, b, a_rows, b_rows):
            values[block] = turned(unit_rows(old), unit_rows(new))
    return values


def self_displacement_chance(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> float:
    """Mean `self_displacement` if the candidate's vectors were dealt to the items at random.

    In closed form, over all permutations: 1 - <mean of a's unit vectors, mean of b's>. It is below 1 where vectors
    share a direction, as text embeddings do.

    Args:
        a: reference vectors, shape (n, p)
        b: candidate vectors, shape (m, q)
        a_rows: shape (r,), rows of `a`
        b_rows: shape (r,), rows of `b`

    Returns:
        one value; NaN where p and q differ, or where one side holds no vector but zero

    Raises:
        InputError: when the rows are not as many on both sides, or a row does not exist
    """
    if a.shape[1] != b.shape[1]:
        return float("nan")
    sums = torch.zeros(2, a.shape[1], dtype=torch.float64, device=a.device)
    counts = torch.zeros(2, 1, dtype=torch.float64, device=a.device)
    for _, old, new in paired_vectors(a, b, a_rows, b_rows):
        for side, vectors in enumerate((old, new)):
            sums[side] += unit_or_zero_rows(vectors).sum(dim=0)
            counts[side] += (vectors != 0).any(dim=1).sum()
    mean_a, mean_b = sums / counts
    return 1 - float((mean_a * mean_b).sum())


def turned(unit_a: torch.Tensor, unit_b: torch.Tensor) -> Floats:
    """1 - cosine of unit vectors, row by row, shape (r,)."""
    distances: torch.Tensor = torch.linalg.vector_norm(unit_a - unit_b, dim=1)
    return np.asarray((distances**2 / 2).cpu().numpy(), dtype=np.float64)
