"""`.npy`: one NumPy array, memory-mapped."""

from pathlib import Path

import numpy as np

from embdrift.data.contents import FileContents
from embdrift.data.mapping import mapped
from embdrift.data.opening import reading
from embdrift.data.readers.npy_header import npy_header
from embdrift.data.readers.registry import reads
from embdrift.data.readers.tensors import as_tensor, require_bytes, require_shape

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
