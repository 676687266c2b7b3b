"""`.npz`: a zip archive of NumPy arrays, stored (memory-mapped) or compressed (unpacked a block at a time)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from embdrift.data.blocks import BLOCK_BYTES
from embdrift.data.ids import as_ids, id_name
from embdrift.data.memory_maps import gather, mapped
from embdrift.data.opening import reading
from embdrift.data.readers.npy import NpyHeader, npy_header
from embdrift.data.readers.tensors import as_tensor, require_bytes, require_shape
from embdrift.data.vector_files import FileContents, choose, reads
from embdrift.errors import InputError
from embdrift.types import Array

KIND = "NumPy arrays (.npz)"
LOCAL_HEADER = 30


@reads(".npz")
def read_npz(path: Path, column: str | None = None) -> FileContents:
    """Read the array `vectors`, `embeddings` or the only one with two axes, and the array `ids` where there is one.

    Raises:
        InputError: when the archive is damaged, holds objects, or no array suggests itself
    """
    with reading(path, KIND, NotImplementedError), zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        headers = {name: header for name, info in members.items() if (header := _header(archive, info, path))}
        tables = [name for name, header in headers.items() if len(header.shape) == 2]
        part = choose(tables, list(headers), column, path, "array")
        vectors = as_tensor(_table(archive, members[part], headers[part], path), path)
        name = id_name([name for name in headers if name != part])
        ids = as_ids(_column(archive, members[name], headers[name]), f"{path}, array {name!r}") if name else None
        others = tuple(other for other in headers if other not in (part, name))
        return FileContents(vectors, KIND, ids, part, others)


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> NpyHeader | None:
    """The header of one array; None for something else, or for objects, which are left unread."""
    if not info.filename.endswith(".npy"):
        return None
    with archive.open(info) as file:
        try:
            return npy_header(file, path)
        except InputError:
            if info.filename.removesuffix(".npy") in ("vectors", "embeddings", "ids"):
                raise
            return None


def _table(archive: zipfile.ZipFile, info: zipfile.ZipInfo, header: NpyHeader, path: Path) -> Array:
    n, d = require_shape(header.shape, path)
    require_bytes(path, header.value_bytes, info.file_size - header.offset, header.summary)
    stored = (d, n) if header.fortran else (n, d)
    if info.compress_type == zipfile.ZIP_STORED:
        array = mapped(path, header.dtype, stored, _start(path, info) + header.offset)
    else:
        with archive.open(info) as file:
            file.read(header.offset)
            array = gather(_unpacked(file, header), stored, header.dtype)
    return np.ascontiguousarray(array.T) if header.fortran else array


def _start(path: Path, info: zipfile.ZipInfo) -> int:
    """Where a member's bytes start: after its local header, whose name and extra field have lengths of their own."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        local = file.read(LOCAL_HEADER)
    start = (
        info.header_offset
        + LOCAL_HEADER
        + int.from_bytes(local[26:28], "little")
        + int.from_bytes(local[28:30], "little")
    )
    require_bytes(path, info.file_size, min(info.file_size, path.stat().st_size - start), info.filename)
    return start


def _unpacked(file: IO[bytes], header: NpyHeader) -> Iterator[Array]:
    size = max(1, BLOCK_BYTES // header.dtype.itemsize) * header.dtype.itemsize
    while chunk := file.read(size):
        yield np.frombuffer(chunk, header.dtype)


def _column(archive: zipfile.ZipFile, info: zipfile.ZipInfo, header: NpyHeader) -> Array:
    with archive.open(info) as file:
        file.read(header.offset)
        values: Array = np.frombuffer(file.read(header.value_bytes), header.dtype)
    return values.reshape(header.shape)
