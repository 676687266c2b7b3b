"""`.h5`, `.hdf5`: ann-benchmarks' layout (`train` is the corpus, `test` the queries), or any dataset with two axes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from embdrift.data.blocks import block_rows
from embdrift.data.ids import as_ids, id_name
from embdrift.data.memory_maps import gather, mapped
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import as_tensor, require_bytes, require_shape
from embdrift.data.vector_files import FileContents, choose, reads
from embdrift.types import Array

if TYPE_CHECKING:
    import h5py

KIND = "HDF5"


@reads(".h5", ".hdf5")
def read_hdf5(path: Path, column: str | None = None) -> FileContents:
    """Read the dataset `vectors`, `embeddings`, `train` or the only one with two axes, and `ids` where there is one.

    A contiguous dataset is memory-mapped, a chunked one unpacked a block of rows at a time.

    Raises:
        InputError: when the file is damaged or no dataset suggests itself
    """
    import h5py

    with reading(path, KIND), h5py.File(path, "r") as file:
        datasets = _datasets(file)
        tables = [name for name, dataset in datasets.items() if dataset.ndim == 2 and dataset.dtype.kind in "fiub"]
        part = choose(tables, list(datasets), column, path, "dataset")
        vectors = _vectors(datasets[part], path)
        name = id_name([name for name, dataset in datasets.items() if dataset.ndim == 1])
        ids = as_ids(np.asarray(datasets[name][()]), f"{path}, dataset {name!r}") if name else None
        return FileContents(vectors, KIND, ids, part, tuple(other for other in datasets if other not in (part, name)))


def _datasets(file: "h5py.File") -> "dict[str, h5py.Dataset]":
    """Every dataset of the file by its path, groups opened; links to other files are not followed."""
    import h5py

    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, entry: object) -> None:
        if isinstance(entry, h5py.Dataset):
            found[name] = entry

    file.visititems(visit)
    return found


def _vectors(dataset: "h5py.Dataset", path: Path) -> torch.Tensor:
    n, d = require_shape(dataset.shape, path)
    offset = dataset.id.get_offset()
    # An offset means one contiguous stretch; chunks have none, and external storage lies in another file.
    if offset is not None and dataset.external is None and dataset.file.userblock_size == 0:
        end = offset + n * d * dataset.dtype.itemsize
        require_bytes(path, end, min(end, path.stat().st_size), dataset.name)
        return as_tensor(mapped(path, dataset.dtype, (n, d), offset), path)
    return as_tensor(gather(_blocks(dataset), (n, d), dataset.dtype), path)


def _blocks(dataset: "h5py.Dataset") -> Iterator[Array]:
    rows = max(dataset.chunks[0] if dataset.chunks else 1, block_rows(dataset.shape[1], dataset.dtype.itemsize))
    for start in range(0, dataset.shape[0], rows):
        yield dataset[start : start + rows]
