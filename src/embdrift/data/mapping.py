"""Arrays that stay in their file until they are looked at."""

import mmap
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np

from embdrift.types import Array

# Python 3.11 and 3.12 do not name the flag. Without it Linux refuses a private mapping of a file larger than memory,
# which is what np.memmap(mode="c") asks for. Private and writable it must be: PyTorch warns of read-only arrays.
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", {"linux": 0x4000, "darwin": 0x40}.get(sys.platform, 0))


def mapped(source: Path | IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], offset: int = 0) -> Array:
    """The array of `shape` that starts `offset` bytes into a file, memory-mapped; writing to it leaves the file alone.

    Raises:
        OSError: when the file cannot be opened or mapped
        TypeError: when the file is too short (the callers check that before, and say so better)
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return mapped(file, dtype, shape, offset)
    whole = mmap.mmap(source.fileno(), 0, flags=mmap.MAP_PRIVATE | _NO_RESERVE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    array: Array = np.ndarray(shape, dtype, buffer=whole, offset=offset)
    # PyTorch's kernels assume aligned numbers; a format may start its numbers at any byte.
    return array if array.flags.aligned else array.copy()
