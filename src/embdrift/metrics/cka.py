"""Centered kernel alignment: one figure for how alike two spaces are as a whole."""

import math

import torch

from embdrift.metrics.paired_vectors import paired_vectors
from embdrift.types import Positions


def linear_cka_debiased(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> float:
    """How alike two versions are as a whole, whatever the rotation, scale or dimension: 1 is alike, 0 is chance.

    HSIC_1(A, B) / sqrt(HSIC_1(A, A) HSIC_1(B, B)) with linear kernels: CKA of Kornblith and others, ICML 2019, with the
    unbiased estimator of Song and others, "Feature Selection via Dependence Maximization", JMLR 13, 2012, equation 5.
    The plain estimator would give 0.43 for unrelated vectors (1,000 of 768 dimensions). Cheap on nuance: 0.99 can go
    with a fifth of the neighbors lost, so read it beside the overlap.

    The n x n kernels are never made. With K and L the kernels less their diagonals, and the vectors centered first
    (which changes nothing but the rounding, since HSIC_1 does not see terms that depend on one of the two items
    only),

        n (n - 3) HSIC_1 = |A'B|^2 - n / (n - 2) * sum |a_i|^2 |b_i|^2 + sum |a_i|^2 sum |b_i|^2 / ((n - 1) (n - 2)),

    in float64, from p x q sums over blocks of rows. Vectors are taken as they are, not scaled to length 1: longer ones
    count more.

    Args:
        a: reference vectors, shape (n, p), any supported type, on the CPU or a GPU
        b: candidate vectors, shape (m, q); q may differ from p
        a_rows: shape (r,), rows of `a`
        b_rows: shape (r,), the rows of `b` that hold the same items

    Returns:
        one value, at most 1, and a little below 0 at times for unrelated versions; NaN for fewer than 4 rows, or
        where one version's vectors are equal but for one at most

    Raises:
        InputError: when the rows are not as many on both sides, or a row does not exist

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> a = torch.from_numpy(random.standard_normal((50, 3)))
        >>> rows = np.arange(50)
        >>> round(linear_cka_debiased(a, 2 * a.flip(1), rows, rows), 6)
        1.0
    """
    n = len(a_rows)
    if n < 4:
        return float("nan")
    means = _means(a, b, a_rows, b_rows)
    p, q = a.shape[1], b.shape[1]
    ab, aa, bb = _PairSums(p, q, a), _PairSums(p, p, a), _PairSums(q, q, a)
    for _, old, new in paired_vectors(a, b, a_rows, b_rows):
        x, y = old - means[0], new - means[1]
        ab.add(x, y)
        aa.add(x, x)
        bb.add(y, y)
    if aa.vanishes(n) or bb.vanishes(n):
        return float("nan")
    return ab.hsic(n) / math.sqrt(aa.hsic(n) * bb.hsic(n))


class _PairSums:
    """What HSIC_1 of two sets of centered vectors needs, summed over blocks; times n (n - 3), which cancels in CKA."""

    def __init__(self, p: int, q: int, like: torch.Tensor) -> None:
        self.product = torch.zeros(p, q, dtype=torch.float64, device=like.device)
        self.x_size = self.y_size = self.square = 0.0

    def add(self, x: torch.Tensor, y: torch.Tensor) -> None:
        xx, yy = (x * x).sum(dim=1), (y * y).sum(dim=1)
        self.product += x.T @ y
        self.x_size += float(xx.sum())
        self.y_size += float(yy.sum())
        self.square += float((xx * yy).sum())

    def hsic(self, n: int) -> float:
        diagonal = n / (n - 2) * self.square
        return self._whole() - diagonal + self.x_size * self.y_size / ((n - 1) * (n - 2))

    def vanishes(self, n: int) -> bool:
        """Whether nothing but rounding is left: the vectors are equal, or all but one are."""
        return self.hsic(n) <= 1e-12 * self._whole()

    def _whole(self) -> float:
        return float((self.product**2).sum())


def _means(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> tuple[torch.Tensor, torch.Tensor]:
    # measured from the first row, so that equal vectors are centered to exact zeros
    _, old, new = next(paired_vectors(a, b, a_rows[:1], b_rows[:1]))
    first_a, first_b = old[0], new[0]
    sum_a, sum_b = torch.zeros_like(first_a), torch.zeros_like(first_b)
    for _, old, new in paired_vectors(a, b, a_rows, b_rows):
        sum_a += (old - first_a).sum(dim=0)
        sum_b += (new - first_b).sum(dim=0)
    return first_a + sum_a / len(a_rows), first_b + sum_b / len(a_rows)
