"""Walking through vectors that are larger than memory, a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.types import Array

BLOCK_BYTES = 4 << 20


def block_rows(d: int, itemsize: int, block_bytes: int = BLOCK_BYTES) -> int:
    """How many rows of `d` values of `itemsize` bytes fit into a block, at least one."""
    return max(1, block_bytes // max(1, d * itemsize))


def row_blocks(vectors: torch.Tensor, rows: int | None = None) -> Iterator[tuple[int, torch.Tensor]]:
    """The vectors in order, as pairs of (first row, contiguous block of shape (rows, d))."""
    step = rows or block_rows(int(vectors.shape[1]), vectors.element_size())
    for start in range(0, int(vectors.shape[0]), step):
        yield start, vectors[start : start + step].contiguous()


def as_bytes(block: torch.Tensor) -> Array:
    """The bytes of a contiguous block, shape (rows, d * itemsize), uint8, without a copy."""
    return np.asarray(block.view(torch.uint8).numpy())


def wide_norms(block: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The block in float64, shape (rows, d), and its rows' Euclidean lengths, shape (rows,).

    A row with NaN or infinite values has the length NaN or infinity.
    """
    wide = block.to(torch.float64)
    if block.dtype != torch.float64:
        return wide, (wide * wide).sum(dim=1).sqrt()
    # Squares of very large or small float64 values leave the range, so each row is scaled by a power of two, which is
    # exact; NumPy's ldexp because PyTorch's goes through float32. The other types' squares are well inside float64.
    values = wide.numpy()
    _, exponents = np.frexp(np.abs(values).max(axis=1))  # 0 for NaN, infinity and zero
    scaled = np.ldexp(values, -exponents[:, None])
    with np.errstate(over="ignore"):
        return wide, torch.from_numpy(np.ldexp(np.sqrt((scaled * scaled).sum(axis=1)), exponents))
