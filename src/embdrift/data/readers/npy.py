"""`.npy`: one NumPy array, memory-mapped."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from embdrift.data.memory_maps import mapped
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import as_tensor, require_bytes, require_shape
from embdrift.data.vector_files import FileContents, reads
from embdrift.errors import InputError

LONGEST_HEADER = 10_000


@dataclass(frozen=True)
class NpyHeader:
    """Shape, order and type of a stored array, and where its values start."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def value_bytes(self) -> int:
        """Bytes that the values take up."""
        return prod(self.shape) * self.dtype.itemsize

    @property
    def summary(self) -> str:
        """Shape and type as messages show them."""
        return f"{' x '.join(map(str, self.shape)) or 'a single value'} {self.dtype}"


def npy_header(file: IO[bytes], path: Path) -> NpyHeader:
    """Read the header at the start of `file`, with NumPy's own parser.

    Raises:
        InputError: when the array holds Python objects or records rather than numbers or text
        ValueError: and others, when the header is damaged (the callers put these into a sentence)
    """
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=LONGEST_HEADER)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file, max_header_size=LONGEST_HEADER)
    else:
        raise ValueError(f"array format version {version} is not known")
    if dtype.hasobject:
        raise InputError(f"{path} holds Python objects, which are never loaded; save the array with a number type")
    if dtype.kind not in "biufcSUV" or dtype.names is not None or dtype.subdtype is not None or dtype.itemsize == 0:
        raise InputError(f"{path} holds values of type {dtype}; save plain numbers")
    if any(size < 0 for size in shape):
        raise ValueError(f"the shape {shape} is negative")
    return NpyHeader(shape, fortran, dtype, file.tell())


KIND = "a NumPy array (.npy)"


@reads(".npy")
def read_npy(path: Path, column: str | None = None) -> FileContents:
    """Map the array of a `.npy` file; an array in Fortran order is read into memory.

    Raises:
        InputError: when the file is damaged, holds objects, or its array is not one of vectors
    """
    with reading(path, KIND):
        with path.open("rb") as file:
            header = npy_header(file, path)
        require_bytes(path, header.value_bytes, path.stat().st_size - header.offset, header.summary)
        n, d = require_shape(header.shape, path)
        array = mapped(path, header.dtype, (d, n) if header.fortran else (n, d), header.offset)
        return FileContents(as_tensor(np.ascontiguousarray(array.T) if header.fortran else array, path), KIND)
