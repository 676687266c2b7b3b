"""Arithmetic in narrow formats: rounding, operands and products, on a CPU or a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics.cells import Arithmetic
from embdrift.numerics.encoding import BLOCK, Encoded
from embdrift.numerics.formats import FLOATS, FloatFormat, KeptFormat
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


@contextmanager
def arithmetic_flags(arithmetic: Arithmetic) -> Iterator[None]:
    """Let torch multiply in this arithmetic and no other, for as long as the block lasts.

    TF32 is on for `tf32` alone; sums of float16 and bfloat16 products stay in float32 except for `float16_accumulate`.
    """
    gpu, cpu = torch.backends.cuda.matmul, torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    names = ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
    wanted = {
        (gpu, "fp32_precision"): "tf32" if arithmetic is Arithmetic.tf32 else "ieee",
        # a CPU may otherwise multiply float32 through bfloat16
        (cpu, "fp32_precision"): "ieee",
        (gpu, names[0]): False,
        (gpu, names[1]): False,
        (gpu, "allow_fp16_accumulation"): arithmetic is Arithmetic.float16_accumulate,
    }
    before = {switch: getattr(*switch) for switch in wanted}
    try:
        for (backend, name), value in wanted.items():
            setattr(backend, name, value)
        yield
    finally:
        for (backend, name), value in before.items():
            setattr(backend, name, value)


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
