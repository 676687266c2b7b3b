"""Does this processor add products as the bounds on errors assume? Tried once, on products that would show it."""

import warnings
from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from embdrift.types import Floats

_DIMENSIONS = (2, 33, 390, 4096)


def fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("amx"))


@cache
def sound_bfloat16() -> bool:
    """Whether bfloat16 products keep the error bound here; a warning says so once where they do not."""
    return _holds(_keeps_bound, "adds bfloat16 products less exactly than the search allows for")


def fast_int8() -> bool:
    """Whether this processor multiplies int8 in hardware, with sums that do not overflow."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))


@cache
def sound_int8() -> bool:
    """Whether sums of int8 products are exact here; a warning says so once where they are not."""
    return _holds(_adds_exactly, "does not add int8 products exactly")


def _holds(test: Callable[[int], bool], fault: str) -> bool:
    if all(test(d) for d in _DIMENSIONS):
        return True
    warnings.warn(f"this processor {fault}; another number format is used instead", RuntimeWarning, stacklevel=3)
    return False


def _adds_exactly(d: int) -> bool:
    left, right = (_whole(d, rows, seed=d + rows) for rows in (48, 80))
    return torch.equal(_summed(left, right).long(), left.long() @ right.long().T)


def _summed(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    # Written where they are wanted, as a search does it.
    return torch._int_mm(left, right.T, out=torch.empty((len(left), len(right)), dtype=torch.int32))


def _whole(d: int, rows: int, *, seed: int) -> torch.Tensor:
    """Rows whose products go wrong in sums of 16 bits: the largest numbers, the same below zero, plain noise."""
    values = np.random.default_rng(seed).integers(-127, 128, (rows, d))
    values[::4], values[1::4] = 127, -127
    return torch.from_numpy(values).to(torch.int8)


def _keeps_bound(d: int) -> bool:
    left, right = _telling(d, 48, seed=d), _telling(d, 80, seed=d + 1)
    exact = left.double().numpy() @ right.double().numpy().T
    error = np.abs(_multiplied(left, right) - exact)
    sizes = left.double().norm(dim=1).numpy()[:, None] * right.double().norm(dim=1).numpy()
    # The last term is the rounding of the product itself to bfloat16.
    return bool((error <= 1.5 * (d + 4) * 2.0**-23 * sizes + 2.0**-8 * np.abs(exact) + 2.0**-100).all())


def _multiplied(left: torch.Tensor, right: torch.Tensor) -> Floats:
    return np.asarray(torch.mm(left, right.T).double().numpy())


def _telling(d: int, rows: int, *, seed: int) -> torch.Tensor:
    """Rows whose products go wrong in narrow sums: equal signs, cancelling giants, long tails, plain noise."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, d))
    values[::4] = 1
    values[1::4] = 2.0**-7 + 2.0**-9 * rng.random((len(values[1::4]), d))
    values[1::4, [0, -1]] = [256, -256]
    values[2::4] = np.abs(values[2::4])
    return torch.from_numpy(values).to(torch.bfloat16)
