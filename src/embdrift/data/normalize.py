"""Vectors of length 1."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.data.blocks import block_rows, row_blocks
from embdrift.data.norms import wide_norms
from embdrift.data.scratch import gather
from embdrift.errors import InputError
from embdrift.types import Array


def unit_rows(vectors: torch.Tensor, source: str, *, keep_zeros: bool = False) -> torch.Tensor:
    """Every row divided by its Euclidean length, in float32 (float64 stays float64), shape (n, d).

    Lengths and quotients are taken in float64. Rows with NaN or infinite values stay as they are, so that validation
    names what the file holds. Beyond 1 GiB the result lies in an unnamed file of the cache folder.

    Args:
        vectors: shape (n, d), any type
        source: what messages name
        keep_zeros: leave vectors of zeros as they are

    Raises:
        InputError: when a vector is all zeros and `keep_zeros` is off
        StorageError: when the cache folder cannot hold the result
    """
    n, d = vectors.shape
    dtype = np.dtype(np.float64 if vectors.dtype == torch.float64 else np.float32)
    return torch.from_numpy(gather(_unit_blocks(vectors, source, keep_zeros), (n, d), dtype))


def _unit_blocks(vectors: torch.Tensor, source: str, keep_zeros: bool) -> Iterator[Array]:
    for start, block in row_blocks(vectors, block_rows(int(vectors.shape[1]), 8)):
        wide, norms = wide_norms(block)
        if not keep_zeros and bool((norms == 0).any()):
            row = start + int(torch.nonzero(norms == 0)[0])
            raise InputError(
                f"{source}: the vector in row {row} is zero and cannot be given length 1; embed it again or set "
                "zero_vectors=leave_out"
            )
        usable = torch.isfinite(norms) & (norms > 0)
        divisors = torch.where(usable, norms, torch.ones_like(norms))
        yield (wide / divisors[:, None]).numpy()
