"""How far each item's own vector moved: as it is, once a rotation is taken out, and all by one offset."""

from typing import NamedTuple

import numpy as np
import torch

from embdrift.errors import InputError
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

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        >>> b = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])  # a, turned by a right angle
        >>> rows = np.arange(4)
        >>> self_displacement(a, b, rows, rows).round(6).tolist()
        [1.0, 1.0, 1.0, 1.0]
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

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        >>> b = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])  # a, turned by a right angle
        >>> rows = np.arange(4)
        >>> round(self_displacement_chance(a, b, rows, rows), 6)
        1.0
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


def fit_procrustes(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> torch.Tensor:
    """The rotation (or reflection) R that brings the reference's unit vectors closest to the candidate's.

    R = U V' from the singular value decomposition U S V' of A'B minimises |A R - B| among orthogonal matrices:
    Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31, 1966. Rows are scaled
    to length 1, so that every item counts the same; zero rows do not count; nothing is centered.

    Args:
        a: reference vectors, shape (n, p), any supported type, on the CPU or a GPU
        b: candidate vectors, shape (m, p)
        a_rows: shape (r,), rows of `a`
        b_rows: shape (r,), the rows of `b` that hold the same items; with fewer rows than dimensions R is not
            determined

    Returns:
        shape (p, p), float64, on the device of `a`

    Raises:
        InputError: when the dimensions differ, the rows are not as many on both sides, or a row does not exist

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        >>> b = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])  # a, turned by a right angle
        >>> rows = np.arange(4)
        >>> torch.allclose(a.double() @ fit_procrustes(a, b, rows, rows), b.double())
        True
    """
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"a rotation needs vectors with the same number of dimensions, got {a.shape[1]} and {b.shape[1]}"
        )
    return _rotation(_cross_products(a, b, a_rows, b_rows, folds=1)[0])


def aligned_self_displacement(
    a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions, *, folds: int = 2
) -> Floats:
    """How far each item's vector turned beyond what a rotation of the whole space explains: 1 - cosine(a R, b).

    Each item's R is fitted (`fit_procrustes`) on the items of the other folds, since a rotation fitted on the item
    itself would follow it. The item at place i of the rows given is in fold i % folds, so the order of the rows
    decides: hand them over in an order of their own (sorted ids, say), not in the order of a file.

    Args:
        a: reference vectors, shape (n, p), any supported type, on the CPU or a GPU
        b: candidate vectors, shape (m, q)
        a_rows: shape (r,), rows of `a` in the order wanted
        b_rows: shape (r,), the rows of `b` that hold the same items
        folds: parts that take turns at being held out, at least 2

    Returns:
        shape (r,), within 0 ... 2; NaN for zero vectors, everywhere where p and q differ, and everywhere where fewer
        than p rows would be left to fit on, since they do not determine a rotation

    Raises:
        InputError: when folds is below 2, the rows are not as many on both sides, or a row does not exist

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        >>> b = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])  # a, turned by a right angle
        >>> rows = np.arange(4)
        >>> aligned_self_displacement(a, b, rows, rows).round(6).tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    if folds < 2:
        raise InputError(f"held-out rows need at least 2 folds, got {folds}")
    values = np.full(len(a_rows), np.nan)
    fewest_left = len(a_rows) - -(-len(a_rows) // folds)
    if a.shape[1] != b.shape[1] or fewest_left < a.shape[1]:
        return values
    products = _cross_products(a, b, a_rows, b_rows, folds)
    rotations = [_rotation(products[np.arange(folds) != fold].sum(dim=0)) for fold in range(folds)]
    for block, old, new in paired_vectors(a, b, a_rows, b_rows):
        unit_a, unit_b = unit_rows(old), unit_rows(new)
        for fold, rotation in enumerate(rotations):
            inside = slice((fold - block.start) % folds, None, folds)
            values[block][inside] = turned(unit_a[inside] @ rotation, unit_b[inside])
    return values


def _cross_products(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions, folds: int) -> torch.Tensor:
    """A'B of the unit vectors of each fold, shape (folds, p, p)."""
    products = torch.zeros(folds, a.shape[1], b.shape[1], dtype=torch.float64, device=a.device)
    for block, old, new in paired_vectors(a, b, a_rows, b_rows):
        unit_a, unit_b = unit_or_zero_rows(old), unit_or_zero_rows(new)
        for fold in range(folds):
            inside = slice((fold - block.start) % folds, None, folds)
            products[fold] += unit_a[inside].T @ unit_b[inside]
    return products


def _rotation(cross_product: torch.Tensor) -> torch.Tensor:
    left, _, right = torch.linalg.svd(cross_product)
    rotation: torch.Tensor = left @ right
    return rotation


class CommonOffset(NamedTuple):
    """The mean difference of new and old vectors.

    Args:
        share: its squared length divided by the mean squared length of the differences: 1 where all vectors moved by
            the same difference, about 1 / r where r vectors moved at random; NaN where nothing moved
        length: its length, in times of the old vectors' median length; NaN where that is 0
    """

    share: float
    length: float


def common_offset(a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions) -> CommonOffset:
    """The part of the movement that is common to all items, |mean(b - a)|^2 / mean(|b - a|^2), of vectors as stored.

    Args:
        a: reference vectors, shape (n, p), any supported type
        b: candidate vectors, shape (m, p)
        a_rows: shape (r,), rows of `a`
        b_rows: shape (r,), the rows of `b` that hold the same items

    Raises:
        InputError: when the rows are not as many on both sides, or a row does not exist

    Example:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> round(common_offset(a, a + 0.5, np.arange(2), np.arange(2)).share, 6)
        1.0
    """
    if a.shape[1] != b.shape[1] or not len(a_rows):
        return CommonOffset(float("nan"), float("nan"))
    total = torch.zeros(a.shape[1], dtype=torch.float64, device=a.device)
    squares, norms = 0.0, []
    for _, old, new in paired_vectors(a, b, a_rows, b_rows):
        total += (new - old).sum(dim=0)
        squares += float((new - old).square().sum())
        norms.append(old.norm(dim=1))
    mean = float((total / len(a_rows)).norm())
    median = float(torch.cat(norms).median())
    share = mean**2 / (squares / len(a_rows)) if squares > 0 else float("nan")
    return CommonOffset(share, mean / median if median > 0 else float("nan"))
