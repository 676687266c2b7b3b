"""Operands and products: stored vectors prepared for an arithmetic, and multiplied in it, on a CPU or a GPU."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics.cells import Arithmetic
from embdrift.numerics.encoding import BLOCK, Encoded
from embdrift.numerics.formats import rounded
from embdrift.types import Floats

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


RESIDENT_BYTES = 2**30
"""Operands of a side up to this size are kept; those of a larger one are made again whenever they are needed."""

# What a decoded value is rounded to before it is multiplied; sums in float16 start from float16 values.
_MULTIPLIED = {Arithmetic.float16_accumulate: "float16", Arithmetic.codes: "float32"}
_LARGEST_EXACT = 2**24


def multiplied_as(arithmetic: Arithmetic) -> str:
    """The format that components are rounded to before they are multiplied: a key of `FLOATS`."""
    return _MULTIPLIED.get(arithmetic, arithmetic.value)


@dataclass(frozen=True, eq=False)
class Side:
    """The vectors of one side of a search in one arithmetic; made by `side`.

    Args:
        encoded: the stored codes
        arithmetic: what they are multiplied in
        norms: float64, shape (n,), Euclidean lengths of the decoded vectors (of the raw codes where those are compared)
        resident: what is multiplied, shape (n, d), float32 or float64; None where it would take too much room
    """

    encoded: Encoded
    arithmetic: Arithmetic
    norms: Floats
    resident: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.encoded)

    def operand(self, rows: torch.Tensor | slice) -> torch.Tensor:
        """What is multiplied, of some rows: decoded values rounded to the format of the multiplication, held wider."""
        return _operand(self.encoded.take(rows), self.arithmetic) if self.resident is None else self.resident[rows]


def side(encoded: Encoded, arithmetic: Arithmetic) -> Side:
    """Prepare one side of a search: lengths, and the operands where they fit."""
    norms = np.empty(len(encoded))
    exact = arithmetic is Arithmetic.float64
    fits = encoded.codes.numel() * (8 if exact else 4) <= RESIDENT_BYTES
    parts = []
    for start in range(0, max(len(encoded), 1), BLOCK):
        part = encoded.take(slice(start, start + BLOCK))
        decoded = (part.codes if arithmetic is Arithmetic.codes else part.decode()).to(torch.float64)
        norms[start : start + BLOCK] = (decoded * decoded).sum(dim=1).sqrt().numpy()
        if fits:
            parts.append(_operand(part, arithmetic))
    return Side(encoded, arithmetic, norms, torch.cat(parts) if fits else None)


def _operand(encoded: Encoded, arithmetic: Arithmetic) -> torch.Tensor:
    if arithmetic is not Arithmetic.codes:
        return rounded(encoded.decode(), multiplied_as(arithmetic))
    # whole numbers up to 127 have exact products; long sums of them leave what float32 holds exactly
    wide = torch.float64 if encoded.codes.shape[1] * 2**14 > _LARGEST_EXACT else torch.float32
    return encoded.codes.to(wide)
