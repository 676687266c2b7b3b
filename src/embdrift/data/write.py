"""Vectors written so that `read` finds their ids and their card again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from embdrift.data.blocks import as_bytes, row_blocks
from embdrift.data.id_files import SIDECARS
from embdrift.data.ids import as_ids, require_unique
from embdrift.errors import InputError
from embdrift.files import storing, whole_file
from embdrift.types import Array

SAFETENSORS_NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int8: "I8",
    torch.uint8: "U8",
}


def write_vectors(
    path: Path,
    vectors: torch.Tensor,
    ids: Array | Sequence[str] | Sequence[int] | None,
    card: Mapping[str, Any],
) -> None:
    """Write vectors with their ids (`<stem>.ids.json`) and their card (`<stem>.card.json`), the card last.

    A card beside vectors therefore belongs to them and says that they are whole: those of an earlier set go first.

    Args:
        path: ends in .npy or .safetensors; bfloat16 needs the latter
        vectors: shape (n, d)
        ids: shape (n,), unique; None for row numbers
        card: how the vectors were made; anything that JSON can hold

    Raises:
        InputError: when the suffix does not fit, ids repeat or are not as many as the vectors
        StorageError: when the files cannot be written
    """
    write_values = _writer(path, vectors)
    listed = None if ids is None else _checked(ids, len(vectors), path)
    _remove_sidecars(path)
    with _whole(path) as file:
        write_values(file, vectors)
    if listed is not None:
        _write_json(path.with_name(f"{path.stem}.ids.json"), listed.tolist())
    _write_json(path.with_name(f"{path.stem}.card.json"), dict(card))


def _writer(path: Path, vectors: torch.Tensor) -> Callable[[IO[bytes], torch.Tensor], None]:
    writers = {".npy": _write_npy, ".safetensors": _write_safetensors}
    if path.suffix not in writers:
        raise InputError(f"{path} must end in .npy or .safetensors, got {path.suffix or 'no ending'!r}")
    if path.suffix == ".npy" and vectors.dtype == torch.bfloat16:
        raise InputError(f"{path} cannot hold bfloat16, which NumPy does not know; end the name in .safetensors")
    return writers[path.suffix]


def _checked(ids: Array | Sequence[str] | Sequence[int], n: int, path: Path) -> Array:
    listed = as_ids(ids, f"ids for {path}")
    if len(listed) != n:
        raise InputError(f"{path}: {n:,} vectors need {n:,} ids, got {len(listed):,}")
    require_unique(listed, f"ids for {path}")
    return listed


def _remove_sidecars(path: Path) -> None:
    with storing(path):
        for suffix in (".card.json", *SIDECARS):
            path.with_name(path.stem + suffix).unlink(missing_ok=True)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        yield file


def _write_npy(file: IO[bytes], vectors: torch.Tensor) -> None:
    dtype = np.dtype(str(vectors.dtype).removeprefix("torch."))
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(vectors.shape)}
    np.lib.format.write_array_header_1_0(file, header)
    _write_blocks(file, vectors)


def _write_safetensors(file: IO[bytes], vectors: torch.Tensor) -> None:
    size = vectors.numel() * vectors.element_size()
    dtype = SAFETENSORS_NAMES[vectors.dtype]
    entry = {"vectors": {"dtype": dtype, "shape": list(vectors.shape), "data_offsets": [0, size]}}
    header = json.dumps(entry).encode()
    header += b" " * (-len(header) % 8)  # the values start at a multiple of 8
    file.write(len(header).to_bytes(8, "little") + header)
    _write_blocks(file, vectors)


def _write_blocks(file: IO[bytes], vectors: torch.Tensor) -> None:
    for _, block in row_blocks(vectors):
        file.write(as_bytes(block).data)


def _write_json(path: Path, value: object) -> None:
    with _whole(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict) else None).encode())
