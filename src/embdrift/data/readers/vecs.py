"""`.fvecs`, `.bvecs`, `.ivecs`: every row is its dimension as a 32-bit number, then its values; memory-mapped."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from embdrift.data.memory_maps import mapped
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import as_tensor, require_shape
from embdrift.data.vector_files import FileContents, reads
from embdrift.errors import InputError
from embdrift.types import Array

KIND = "TEXMEX vectors (.fvecs, .bvecs, .ivecs)"
VALUES: dict[str, np.dtype[Any]] = {".fvecs": np.dtype("<f4"), ".bvecs": np.dtype("u1"), ".ivecs": np.dtype("<i4")}
HEAD = np.dtype("<i4")


@reads(*VALUES)
def read_vecs(path: Path, column: str | None = None) -> FileContents:
    """Map the values of a file of the TEXMEX corpora (http://corpus-texmex.irisa.fr), the row heads left out.

    Raises:
        InputError: when the size of the file does not fit the dimension, or a row states another dimension
    """
    with reading(path, KIND):
        values = VALUES[path.suffix.lower()]
        with path.open("rb") as file:
            d = int.from_bytes(file.read(HEAD.itemsize), "little", signed=True)
        row_bytes, size = HEAD.itemsize + d * values.itemsize, path.stat().st_size
        if d < 1 or size % row_bytes:
            raise InputError(
                f"{path} is cut short or no {path.suffix} file: its first row says dimension {d}, "
                f"and {size:,} bytes are no whole number of such rows"
            )
        rows = mapped(path, np.dtype("u1"), require_shape((size // row_bytes, row_bytes), path))
        return FileContents(_values(rows, values, d, path), KIND)


def _values(rows: Array, values: np.dtype[Any], d: int, path: Path) -> torch.Tensor:
    heads = np.ascontiguousarray(rows[:, : HEAD.itemsize]).view(HEAD)[:, 0]
    wrong = np.flatnonzero(heads != d)
    if len(wrong):
        raise InputError(f"{path}: row {wrong[0]} says dimension {heads[wrong[0]]}, the first row says {d}")
    return as_tensor(rows[:, HEAD.itemsize :].view(values), path)
