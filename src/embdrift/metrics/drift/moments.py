"""The shape of a cloud of vectors, from its mean and covariance."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.metrics.drift.reading import Rows
from embdrift.types import Floats


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and covariance of directions.

    Args:
        n: vectors
        mean: shape (d,), mean of the vectors scaled to length 1
        eigenvalues: shape (d,), of their covariance, ascending, none below 0
    """

    n: int
    mean: Floats
    eigenvalues: Floats


def direction_moments(directions: Rows, device: torch.device) -> Moments:
    """Mean and covariance of directions, in float64, a block of rows at a time.

    Args:
        directions: vectors, at least one, divided by their lengths
        device: where blocks are multiplied
    """
    # From the first vector on, so that equal vectors have no covariance at all.
    first = directions.block(slice(0, 1))
    if directions.m < directions.d:
        return _of_few(directions, first)
    total = torch.zeros(directions.d, dtype=torch.float64, device=device)
    products = torch.zeros(directions.d, directions.d, dtype=torch.float64, device=device)
    for _, block in directions.blocks():
        centered = (block - first).to(device)
        total += centered.sum(dim=0)
        products += centered.T @ centered
    offset = (total / directions.m).cpu().numpy()
    second = products.cpu().numpy() / directions.m
    eigenvalues = _eigenvalues(second - np.outer(offset, offset), float(second.diagonal().max()))
    return Moments(directions.m, first[0].numpy() + offset, eigenvalues)


def _of_few(directions: Rows, first: torch.Tensor) -> Moments:
    """The same from the products of vectors with vectors, a smaller matrix where vectors are fewer than dimensions."""
    shifted = directions.array() - first.numpy()
    offset = shifted.mean(axis=0)
    centered = shifted - offset
    products = centered @ centered.T / directions.m
    eigenvalues = np.zeros(directions.d)
    eigenvalues[directions.d - directions.m :] = _eigenvalues(products, float(products.diagonal().max()))
    return Moments(directions.m, first[0].numpy() + offset, eigenvalues)


def _eigenvalues(matrix: Floats, size: float) -> Floats:
    """Eigenvalues, ascending, with those that rounding of entries of this size may have made set to 0."""
    found = np.linalg.eigvalsh(matrix)
    return np.where(found > len(matrix) * np.finfo(np.float64).eps * size, found, 0.0)


def effective_rank(moments: Moments) -> float:
    """How many directions the vectors fill: exp of the entropy of the singular values of the centered directions.

    Roy and Vetterli, "The effective rank", EUSIPCO 2007; 1 for a line, d for a ball.

    Returns:
        1 ... d; NaN where all directions are equal
    """
    singular = np.sqrt(moments.eigenvalues[moments.eigenvalues > 0])
    if not len(singular):
        return float("nan")
    shares = singular / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def anisotropy(moments: Moments) -> float:
    """Share of the directions' variance along their first principal component: 1 / d for a ball, 1 for a line.

    Returns:
        1 / d ... 1; NaN where all directions are equal
    """
    total = float(moments.eigenvalues.sum())
    return float(moments.eigenvalues[-1]) / total if total > 0 else float("nan")


def mean_cosine(moments: Moments) -> float:
    """Mean cosine over all pairs of two different items, exactly: (n |mean|^2 - 1) / (n - 1).

    Returns:
        -1 / (n - 1) ... 1; NaN for fewer than two items
    """
    if moments.n < 2:
        return float("nan")
    squared = float(moments.mean @ moments.mean)
    return (moments.n * squared - 1) / (moments.n - 1)
