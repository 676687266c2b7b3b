"""Arrays on disk: memory-mapped input files, and scratch files for results too large for memory."""

import mmap
import sys
import tempfile
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from embdrift.files import cache_folder, storing
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


MEMORY_BYTES = 1 << 30


def gather(blocks: Iterable[Array], shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    """The blocks one below the other, as an array of `shape`; beyond 1 GiB it lies in a file that vanishes by itself.

    Args:
        blocks: arrays that together hold the values of `shape`, row by row
        shape: (n, d)
        dtype: the type of the result

    Raises:
        ValueError: when the blocks hold more or fewer values than `shape`
        StorageError: when the disk is full or the cache folder cannot be written
    """
    if prod(shape) * dtype.itemsize <= MEMORY_BYTES:
        return _in_memory(blocks, shape, dtype)
    return _in_file(blocks, shape, dtype)


def _in_memory(blocks: Iterable[Array], shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    whole: Array = np.empty(prod(shape), dtype)
    found = 0
    for block in blocks:
        if found + block.size <= whole.size:
            whole[found : found + block.size] = block.reshape(-1)
        found += block.size
    _require_all(found, whole.size)
    return whole.reshape(shape)


def _in_file(blocks: Iterable[Array], shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    folder = cache_folder() / "scratch"
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # The file has no name, so it is gone with the process, however that ends; the mapping keeps it alive.
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
    with file:
        for block in blocks:
            with storing(folder):
                # Written, not mapped: a full disk is then an error here instead of a signal later.
                file.write(np.ascontiguousarray(block, dtype).reshape(-1).view(np.uint8).data)
        with storing(folder):
            file.flush()
        _require_all(file.tell() // dtype.itemsize, prod(shape))
        return mapped(file, dtype, shape)


def _require_all(found: int, promised: int) -> None:
    if found != promised:
        raise ValueError(f"{promised} values were promised, {found} were found")
