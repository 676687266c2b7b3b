"""From a NumPy array of any number type to a tensor of a type that embdrift keeps."""

from pathlib import Path

import numpy as np
import torch

from embdrift.data.memory_maps import mapped
from embdrift.data.opening import reading
from embdrift.errors import InputError
from embdrift.types import DTYPES, Array

KEPT = tuple(np.dtype(name) for name in ("float32", "float16", "float64", "int8", "uint8"))
EXACT_IN_FLOAT32 = 1 << 24


def require_shape(shape: tuple[int, ...], path: Path) -> tuple[int, int]:
    """The shape (n, d), once it is known to be one of vectors.

    Raises:
        InputError: when there are no rows, no dimensions, or not two axes
    """
    if len(shape) != 2:
        raise InputError(f"{path} must hold a table of vectors with shape (n, d), got shape {shape}")
    if shape[0] == 0:
        raise InputError(f"{path} holds no rows: its shape is {shape}; at least one vector is needed")
    if shape[1] == 0:
        raise InputError(f"{path} holds vectors of dimension 0: its shape is {shape}")
    return shape[0], shape[1]


def as_tensor(array: Array, path: Path) -> torch.Tensor:
    """The array as a tensor, without a copy where its type is kept, shape (n, d).

    Foreign byte orders and column-major arrays are read into memory. Booleans become uint8, other integers float32,
    where that changes no value.

    Raises:
        InputError: when the shape is not (n, d), or the type is no number that can be kept exactly
    """
    require_shape(array.shape, path)
    with reading(path, "vectors"):
        native = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
        if native.dtype not in KEPT:
            native = _widened(native, path)
        if native.strides[1] != native.itemsize or native.strides[0] < 0:
            native = np.ascontiguousarray(native)
        return torch.from_numpy(native)


def kept_tensor(tensor: torch.Tensor, path: Path) -> torch.Tensor:
    """A loaded tensor as one that embdrift keeps, shape (n, d): dense, on the CPU, without a gradient.

    Raises:
        InputError: when it is sparse or quantized, has no two axes, or holds numbers that cannot be kept exactly
    """
    require_shape(tuple(tensor.shape), path)
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise InputError(
            f"{path} must hold a dense tensor, got {tensor.layout} on {tensor.device}; save `x.to_dense()`"
        )
    tensor = tensor.detach()
    if tensor.dtype not in DTYPES:
        if tensor.dtype not in (torch.bool, torch.int16, torch.int32, torch.int64):
            raise _refused(str(tensor.dtype).removeprefix("torch."), path)
        tensor = as_tensor(tensor.numpy(), path)
    return tensor if tensor.stride(1) == 1 else tensor.contiguous()


def raw_tensor(path: Path, kind: str, dtype: str, shape: tuple[int, int], offset: int = 0) -> torch.Tensor:
    """The memory-mapped tensor that starts `offset` bytes into a file, shape (n, d); `dtype` may be "bfloat16".

    Raises:
        InputError: when the shape is not one of vectors, the type is not kept, or the file cannot be mapped
    """
    require_shape(shape, path)
    stored = np.dtype("<i2" if dtype == "bfloat16" else dtype)
    with reading(path, kind):
        array = mapped(path, stored, shape, offset)
    return torch.from_numpy(array).view(torch.bfloat16) if dtype == "bfloat16" else as_tensor(array, path)


def require_bytes(path: Path, promised: int, found: int, what: str) -> None:
    """Refuse a file whose header and size disagree: it was cut short, or the header is not what it seems.

    Raises:
        InputError: when they do
    """
    if promised != found:
        fault = "is cut short" if found < promised else "is longer than its header says"
        raise InputError(
            f"{path} {fault}: {what} needs {promised:,} bytes and {found:,} are there; copy or make the file again"
        )


def _widened(array: Array, path: Path) -> Array:
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype.kind not in "iu":
        raise _refused(str(array.dtype), path)
    low, high = int(array.min()), int(array.max())
    if low < -EXACT_IN_FLOAT32 or high > EXACT_IN_FLOAT32:
        raise InputError(
            f"{path} holds {array.dtype} values from {low} to {high}, which float32 cannot hold exactly; save it as "
            "float64"
        )
    return array.astype(np.float32)


def _refused(dtype: str, path: Path) -> InputError:
    return InputError(
        f"{path} holds values of type {dtype}; vectors are float32, float16, bfloat16, float64, int8 or uint8"
    )
