"""Lengths of vectors, safe from overflow and underflow in every stored type."""

import numpy as np
import torch


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
