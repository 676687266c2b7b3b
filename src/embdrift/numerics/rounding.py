"""Rounding tensors to narrow formats, bit for bit, while they stay in a type that this machine computes fast in."""

import numpy as np
import torch

from embdrift.numerics.formats import FLOATS, FloatFormat, KeptFormat


def to_tf32(values: torch.Tensor) -> torch.Tensor:
    """Float32 values rounded to TF32's 10 stored bits, ties away from zero, as the instruction cvt.rna.tf32 rounds.

    A new tensor of float32. Hardware may drop the lower bits instead, so that bounds for a GPU allow for twice as much.
    """
    bits = values.contiguous().view(torch.int32)
    return torch.where(torch.isfinite(values), ((bits + 0x1000) & ~0x1FFF).view(torch.float32), values)


def rounded(values: torch.Tensor, name: str) -> torch.Tensor:
    """Values rounded to a format and widened again to float32 (float64 for float64).

    Args:
        values: float32 or float64
        name: a key of `FLOATS`
    """
    if name == "float64":
        return values.to(torch.float64)
    narrow = values.to(torch.float32)
    if name == "float32":
        return narrow
    if name == "tf32":
        return to_tf32(narrow)
    dtype = FLOATS[name].dtype
    assert dtype is not None
    return narrow.to(dtype).to(torch.float32)


def keep_(scores: torch.Tensor, kept: KeptFormat) -> torch.Tensor:
    """Scores rounded to the format that they are kept in, in place where they can be."""
    if kept.value == str(scores.dtype).removeprefix("torch.") or kept is KeptFormat.float64:
        return scores
    if kept is KeptFormat.float32:
        return scores.to(torch.float32)
    dtype = FLOATS[kept.value].dtype
    assert dtype is not None
    # hardware holds sums in float32 before it narrows them
    return scores.copy_(scores.to(torch.float32).to(dtype))


def ulp(values: torch.Tensor, target: FloatFormat) -> torch.Tensor:
    """The unit in the last place of a format at each value, float64."""
    _, exponents = np.frexp(values.to(torch.float64).numpy())
    # NumPy's ldexp, since PyTorch's goes through float32
    return torch.from_numpy(np.ldexp(1.0, np.maximum(exponents - 1, target.least_exponent) - target.bits + 1))
