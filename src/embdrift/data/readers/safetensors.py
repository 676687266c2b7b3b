"""`.safetensors`: a JSON header and raw tensors, memory-mapped."""

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from embdrift.data.ids import as_ids, id_name
from embdrift.data.memory_maps import mapped
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import raw_tensor, require_bytes, require_shape
from embdrift.data.vector_files import FileContents, choose, reads
from embdrift.errors import InputError
from embdrift.types import Array

KIND = "safetensors"
LONGEST_HEADER = 100_000_000
"""Bytes; the limit of the format's own library."""

NUMPY_NAMES = {
    "F32": "<f4", "F16": "<f2", "BF16": "bfloat16", "F64": "<f8", "I8": "|i1", "U8": "|u1",
    "I16": "<i2", "I32": "<i4", "I64": "<i8", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BOOL": "|b1",
}  # fmt: skip
ITEM_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


@reads(".safetensors")
def read_safetensors(path: Path, column: str | None = None) -> FileContents:
    """Map the tensor `vectors`, `embeddings` or the only one with two axes; an integer tensor `ids` gives the ids.

    The format is 8 bytes with the header's length, a JSON header with type, shape and place of each tensor, and the
    values (https://github.com/huggingface/safetensors).

    Raises:
        InputError: when the file is damaged, no tensor suggests itself, or its type is not supported
    """
    with reading(path, KIND):
        start, tensors = _header(path)
        tables = [name for name, entry in tensors.items() if len(entry["shape"]) == 2]
        part = choose(tables, list(tensors), column, path, "tensor")
        dtype, shape, offset = _placed(tensors[part], start, path)
        vectors = raw_tensor(path, KIND, dtype, require_shape(shape, path), offset)
        name = id_name([name for name in tensors if name != part])
        ids = as_ids(_values(tensors[name], start, path), f"{path}, tensor {name!r}") if name else None
        return FileContents(vectors, KIND, ids, part, tuple(other for other in tensors if other not in (part, name)))


def _header(path: Path) -> tuple[int, dict[str, Any]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size - 8, LONGEST_HEADER):
            raise ValueError(f"its header is said to be {length:,} bytes long, and {max(0, size - 8):,} are there")
        tensors = json.loads(file.read(length))
    tensors.pop("__metadata__", None)
    promised = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
    require_bytes(path, promised, size - 8 - length, "the tensors that its header lists")
    return 8 + length, tensors


def _placed(entry: dict[str, Any], start: int, path: Path) -> tuple[str, tuple[int, ...], int]:
    """NumPy's name of the type, the shape and the place in the file."""
    dtype, shape, (first, last) = str(entry["dtype"]), tuple(map(int, entry["shape"])), entry["data_offsets"]
    if dtype not in NUMPY_NAMES:
        raise InputError(f"{path} holds values of type {dtype}; vectors are one of {', '.join(NUMPY_NAMES)}")
    if first < 0 or last - first != prod(shape) * ITEM_BYTES.get(dtype, 1) or any(size < 0 for size in shape):
        raise ValueError(f"a tensor of shape {shape} and type {dtype} does not take {last - first:,} bytes")
    return NUMPY_NAMES[dtype], shape, start + int(first)


def _values(entry: dict[str, Any], start: int, path: Path) -> Array:
    dtype, shape, offset = _placed(entry, start, path)
    if dtype == "bfloat16":
        raise InputError(f"{path} holds ids of type bfloat16; ids must be whole numbers or text")
    return mapped(path, np.dtype(dtype), shape, offset)
