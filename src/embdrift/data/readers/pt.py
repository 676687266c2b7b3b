"""`.pt`, `.pth`: a tensor saved by PyTorch, or a dictionary with one; only tensors are loaded, never code."""

import zipfile
from pathlib import Path
from pickle import UnpicklingError  # noqa: TID251  (the name of torch.load's refusal; nothing is unpickled here)
from typing import Any

import torch

from embdrift.data.ids import as_ids, id_name
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import kept_tensor
from embdrift.data.vector_files import FileContents, choose, reads
from embdrift.errors import InputError
from embdrift.types import Array

KIND = "PyTorch tensors (.pt)"


@reads(".pt", ".pth")
def read_pt(path: Path, column: str | None = None) -> FileContents:
    """Map the tensor of a `.pt` file, or `vectors`, `embeddings` or the only one with two axes of a dictionary.

    Raises:
        InputError: when the file is damaged, holds other things than tensors, or no tensor suggests itself
    """
    with reading(path, KIND, UnpicklingError):
        loaded = _load(path)
        if isinstance(loaded, torch.Tensor):
            return FileContents(kept_tensor(loaded, path), KIND)
        if not isinstance(loaded, dict):
            raise InputError(f"{path} must hold a tensor or a dictionary of tensors, got {type(loaded).__name__}")
        entries = {str(key): value for key, value in loaded.items()}
        tensors = {key: value for key, value in entries.items() if isinstance(value, torch.Tensor)}
        part = choose([key for key, value in tensors.items() if value.ndim == 2], list(tensors), column, path, "tensor")
        name = id_name([key for key in entries if key != part])
        ids = _ids(entries[name], f"{path}, entry {name!r}") if name else None
        others = tuple(other for other in entries if other not in (part, name))
        return FileContents(kept_tensor(tensors[part], path), KIND, ids, part, others)


def _load(path: Path) -> Any:
    try:
        # Files from before PyTorch 1.6 are no zip archives and cannot be mapped.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except UnpicklingError as error:
        raise InputError(
            f"{path} is damaged or holds more than tensors, and nothing else is ever loaded; save the tensor alone"
        ) from error


def _ids(value: Any, source: str) -> Array:
    if isinstance(value, torch.Tensor):
        return as_ids(value.numpy(), source)
    if isinstance(value, list | tuple):
        return as_ids(list(value), source)
    raise InputError(f"{source}: ids must be a list or a tensor of whole numbers, got {type(value).__name__}")
