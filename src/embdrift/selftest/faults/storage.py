"""Faults of how vectors are stored: formats, damaged bytes, zeros, lost lengths."""

import numpy as np
import torch

from embdrift.numerics import StorageFormat, fit
from embdrift.selftest.faults.rows import some_rows
from embdrift.types import Array, Positions

DAMAGED_BYTES = 64
"""Length of one run of damaged bytes, as of a cache line."""

_EXPONENT = np.uint32(0x7F80_0000)
_EXPONENT_TOP = np.uint32(0x4000_0000)


def stored(vectors: torch.Tensor, storage: StorageFormat) -> torch.Tensor:
    """The values that a storage format keeps, as float32."""
    return fit(storage, vectors).encode(vectors).decode().to(torch.float32)


def corrupted(vectors: torch.Tensor, share: float, seed: int, *, finite: bool = True) -> torch.Tensor:
    """The vectors with a run of bytes overwritten at random in a share of the rows.

    Args:
        vectors: shape (n, d), float32
        share: of the rows that are hit, each once
        seed: chooses rows, places and bytes
        finite: make sure that no overwritten number is NaN or infinite, or so large that its square leaves float64;
            else make sure that one is NaN
    """
    random = np.random.default_rng(seed)
    bits = vectors.numpy().copy().view(np.uint32)  # (n, d)
    rows = some_rows(len(vectors), share, seed)
    width = min(DAMAGED_BYTES // 4, vectors.shape[1])
    columns = _runs(rows, vectors.shape[1], width, random)
    noise = random.integers(0, 2**32, size=(len(rows), width), dtype=np.uint32)
    # A number is NaN or infinite where all bits of its exponent are set.
    special = (noise & _EXPONENT) == _EXPONENT
    bits[rows[:, None], columns] = np.where(special, noise ^ _EXPONENT_TOP, noise)
    values = bits.view(np.float32)
    if not finite and len(rows):
        values[rows[0], columns[0, 0]] = np.nan
    return torch.from_numpy(values)


def with_zeros(vectors: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """The vectors with a share of the rows all zero, as failed requests leave them."""
    return _times(vectors, some_rows(len(vectors), share, seed), 0.0)


def collapsed(vectors: torch.Tensor, share: float, seed: int, *, factor: float = 0.01) -> torch.Tensor:
    """The vectors with the lengths of a share of the rows shrunk to `factor`; every direction stays."""
    return _times(vectors, some_rows(len(vectors), share, seed), factor)


def _runs(rows: Positions, d: int, width: int, random: np.random.Generator) -> Array:
    """The columns of a run of numbers in each row, shape (rows, width)."""
    starts = random.integers(0, d - width + 1, size=len(rows))
    return starts[:, None] + np.arange(width)


def _times(vectors: torch.Tensor, rows: Positions, factor: float) -> torch.Tensor:
    result = vectors.clone()
    at = torch.from_numpy(rows)
    result[at] = vectors[at] * factor
    return result
