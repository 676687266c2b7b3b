"""All products of two blocks of vectors, in the arithmetic of a cell, on a CPU or a GPU."""

import torch

from embdrift.numerics.cells import Arithmetic

_NARROW = {
    Arithmetic.float16: torch.float16,
    Arithmetic.float16_accumulate: torch.float16,
    Arithmetic.bfloat16: torch.bfloat16,
}


def products(left: torch.Tensor, right: torch.Tensor, arithmetic: Arithmetic) -> torch.Tensor:
    """Inner products of all rows, shape (b, c), float32 (float64 where the operands are).

    On a CPU, operands hold values of the narrow format in float32: products of two float16, bfloat16 or TF32 numbers
    are exact there, and sums are float32 sums, as on hardware, in this machine's own order. (Torch's own float16
    product on a CPU is 30 times slower, and its bfloat16 product rounds what it gives.) On a GPU, operands are
    narrowed, which loses nothing, and multiplied by its own units; call this inside `arithmetic_flags`.

    Args:
        left: shape (b, d), operands of one side, on the device that multiplies
        right: shape (c, d), operands of the other
        arithmetic: of the cell
    """
    if left.dtype != right.dtype:
        left, right = left.double(), right.double()
    narrow = _NARROW.get(arithmetic)
    if left.device.type != "cuda" or narrow is None:
        return torch.mm(left, right.T)
    if arithmetic is Arithmetic.float16_accumulate:
        return torch.mm(left.to(narrow), right.to(narrow).T).to(torch.float32)
    return torch.mm(left.to(narrow), right.to(narrow).T, out_dtype=torch.float32)
