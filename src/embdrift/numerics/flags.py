"""The switches of torch that decide in what arithmetic it multiplies, set for one piece of work and put back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from embdrift.numerics.cells import Arithmetic


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
