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
