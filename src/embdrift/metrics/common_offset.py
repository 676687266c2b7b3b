"""How much of a movement is one and the same for all items."""

from typing import NamedTuple

import torch

from embdrift.metrics.paired_vectors import paired_vectors
from embdrift.types import Positions


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
