"""Small vector files of every format, written with the formats' own libraries or by hand."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import save_file

N, D = 7, 5
IDS = [f"item-{row}" for row in range(N)]


def require_one_sentence(error: Exception) -> None:
    """What a refusal must be, whatever was refused."""
    assert "\n" not in str(error)
    assert len(str(error)) > 20


def values(dtype: str = "float32", n: int = N, d: int = D, seed: int = 0) -> np.ndarray:
    """Numbers that fit the type, shape (n, d)."""
    return (20 * np.random.default_rng(seed).random((n, d)) + 1).astype(dtype)


def with_heads(array: np.ndarray) -> bytes:
    """The TEXMEX layout: every row behind its dimension."""
    return b"".join(struct.pack("<i", array.shape[1]) + row.tobytes() for row in array)


def with_header(array: np.ndarray) -> bytes:
    """The big-ann layout: n, d, then the rows."""
    return struct.pack("<II", *array.shape) + array.tobytes()


def write_hdf5(path: Path, datasets: Mapping[str, np.ndarray], **options: object) -> None:
    with h5py.File(path, "w") as file:
        for name, data in datasets.items():
            file.create_dataset(name, data=data, **(options if np.ndim(data) == 2 else {}))


def write_parquet(path: Path, array: np.ndarray, *, fixed: bool = True, **columns: object) -> None:
    flat = pa.array(array.reshape(-1))
    starts = pa.array(np.arange(0, array.size + 1, array.shape[1]), pa.int32())
    lists = pa.FixedSizeListArray.from_arrays(flat, array.shape[1]) if fixed else pa.ListArray.from_arrays(starts, flat)
    pq.write_table(pa.table({**columns, "vectors": lists}), path, row_group_size=3, write_page_checksum=True)


Writer = Callable[[Path, np.ndarray], object]

FLOATS = ("float32", "float16", "float64")
ALL_TYPES = (*FLOATS, "int8", "uint8")

WRITERS: dict[str, tuple[str, tuple[str, ...], Writer]] = {
    # what it is -> suffix, types it can hold, how it is written
    "npy": (".npy", ALL_TYPES, np.save),
    "npz stored": (".npz", ALL_TYPES, lambda path, array: np.savez(path, embeddings=array)),
    "npz compressed": (".npz", ALL_TYPES, lambda path, array: np.savez_compressed(path, anything=array)),
    "safetensors": (".safetensors", ALL_TYPES, lambda path, array: save_file({"x": torch.from_numpy(array)}, path)),
    "parquet fixed": (".parquet", ALL_TYPES, write_parquet),
    "parquet list": (".parquet", ALL_TYPES, lambda path, array: write_parquet(path, array, fixed=False)),
    "hdf5": (".hdf5", ALL_TYPES, lambda path, array: write_hdf5(path, {"train": array, "test": array[:1]})),
    "h5 chunked": (
        ".h5",
        ALL_TYPES,
        lambda path, array: write_hdf5(path, {"any": array}, chunks=(1, 2), compression="gzip", maxshape=(None, None)),
    ),
    "fvecs": (".fvecs", ("float32",), lambda path, array: path.write_bytes(with_heads(array))),
    "bvecs": (".bvecs", ("uint8",), lambda path, array: path.write_bytes(with_heads(array))),
    "fbin": (".fbin", ("float32",), lambda path, array: path.write_bytes(with_header(array))),
    "f16bin": (".f16bin", ("float16",), lambda path, array: path.write_bytes(with_header(array))),
    "u8bin": (".u8bin", ("uint8",), lambda path, array: path.write_bytes(with_header(array))),
    "i8bin": (".i8bin", ("int8",), lambda path, array: path.write_bytes(with_header(array))),
    "pt tensor": (".pt", ALL_TYPES, lambda path, array: torch.save(torch.from_numpy(array), path)),
    "pt dictionary": (".pt", ALL_TYPES, lambda path, array: torch.save({"x": torch.from_numpy(array), "n": 3}, path)),
    "pt of old": (
        ".pt",
        ALL_TYPES,
        lambda path, array: torch.save(torch.from_numpy(array), path, _use_new_zipfile_serialization=False),
    ),
}
