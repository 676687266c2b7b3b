"""`.fbin` and its kin, of big-ann-benchmarks: n and d as 32-bit numbers, then the values; memory-mapped."""

import struct
from pathlib import Path

import numpy as np

from embdrift.data.opening import reading
from embdrift.data.readers.tensors import raw_tensor, require_bytes, require_shape
from embdrift.data.vector_files import FileContents, reads

KIND = "big-ann vectors (.fbin, .f16bin, .u8bin, .i8bin, .ibin)"
VALUES = {".fbin": "<f4", ".f16bin": "<f2", ".u8bin": "u1", ".i8bin": "i1", ".ibin": "<i4"}
HEADER = struct.Struct("<II")


@reads(*VALUES)
def read_bigann(path: Path, column: str | None = None) -> FileContents:
    """Map the values of a big-ann file (https://big-ann-benchmarks.com).

    Raises:
        InputError: when the size of the file does not fit its header
    """
    with reading(path, KIND):
        dtype = VALUES[path.suffix.lower()]
        with path.open("rb") as file:
            n, d = require_shape(HEADER.unpack(file.read(HEADER.size)), path)
        found = path.stat().st_size - HEADER.size
        require_bytes(path, n * d * np.dtype(dtype).itemsize, found, f"its header ({n:,} vectors of dimension {d:,})")
        return FileContents(raw_tensor(path, KIND, dtype, (n, d), HEADER.size), KIND)
