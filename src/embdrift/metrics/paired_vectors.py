"""Two vector sets, paired row by row, widened to float64 a block at a time."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.types import Positions

BLOCK_ROWS = 8192


def paired_vectors(
    a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions
) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
    """The vectors `a[a_rows]` and `b[b_rows]`, block by block.

    Args:
        a: shape (n, p), any supported type, in memory or mapped, on the CPU or a GPU
        b: shape (m, q)
        a_rows: shape (r,), rows of `a` in the order wanted
        b_rows: shape (r,), the rows of `b` that they are paired with

    Yields:
        which rows of the pairing these are, and both blocks as float64 on the device of `a`

    Raises:
        InputError: when the rows are not as many on both sides, or a row does not exist
    """
    if len(a_rows) != len(b_rows):
        raise InputError(
            f"vectors are compared in pairs, got {len(a_rows)} rows on one side and {len(b_rows)} on the other"
        )
    _check_rows(a, a_rows)
    _check_rows(b, b_rows)
    for start in range(0, len(a_rows), BLOCK_ROWS):
        block = slice(start, min(start + BLOCK_ROWS, len(a_rows)))
        yield block, _wide(a, a_rows[block], a.device), _wide(b, b_rows[block], a.device)


def unit_rows(vectors: torch.Tensor) -> torch.Tensor:
    """Rows scaled to length 1, shape as given; NaN where a row is zero."""
    # by the greatest entry first: squares of very large or small float64 values leave the range
    unit: torch.Tensor = vectors / torch.linalg.vector_norm(vectors, ord=torch.inf, dim=1, keepdim=True)
    return unit.div_(torch.linalg.vector_norm(unit, dim=1, keepdim=True))


def unit_or_zero_rows(vectors: torch.Tensor) -> torch.Tensor:
    """Rows scaled to length 1, zero rows as they are, so that sums pass over them."""
    return torch.where((vectors != 0).any(dim=1, keepdim=True), unit_rows(vectors), 0.0)


def _wide(vectors: torch.Tensor, rows: Positions, device: torch.device) -> torch.Tensor:
    index = torch.from_numpy(np.array(rows, dtype=np.int64)).to(vectors.device)
    return vectors[index].to(device=device, dtype=torch.float64)


def _check_rows(vectors: torch.Tensor, rows: Positions) -> None:
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(vectors):
        raise InputError(f"rows must be within 0 ... {len(vectors) - 1}, got {rows.min()} ... {rows.max()}")
