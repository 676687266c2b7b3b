"""Vector files: readers by suffix, what they return, and which of a file's arrays they read.

A new format is one file in `readers`.
"""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import torch

from embdrift.data.opening import nearest, regular_file
from embdrift.errors import InputError
from embdrift.types import Array


@dataclass(frozen=True, eq=False)
class FileContents:
    """The vectors of one file and what stands beside them.

    Args:
        vectors: shape (n, d), memory-mapped where the format allows it
        format: what the format is called in messages
        ids: shape (n,), int64 or str; None where the file holds none
        part: the array, column or dataset that was read; empty where a file holds only one
        others: the further arrays, columns or datasets of the file
    """

    vectors: torch.Tensor
    format: str
    ids: Array | None = None
    part: str = ""
    others: tuple[str, ...] = ()


Reader = Callable[[Path, str | None], FileContents]
"""Takes a path and the name of the array, column or dataset to read (None: the one that suggests itself)."""

READERS: dict[str, Reader] = {}
"""Suffix (lower case, with its dot) -> reader, filled by `vector_readers`."""


def reads(*suffixes: str) -> Callable[[Reader], Reader]:
    """Register the decorated function as the reader of files with these suffixes."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(suffixes, reader))
        return reader

    return register


@cache
def vector_readers() -> Mapping[str, Reader]:
    """All readers by suffix (lower case, with its dot); each imports its format's library when it reads a file."""
    from embdrift.data import readers

    for module in sorted(one.name for one in pkgutil.iter_modules(readers.__path__)):
        import_module(f"{readers.__name__}.{module}")
    return MappingProxyType(READERS)


def read_contents(path: Path | str, *, column: str | None = None) -> FileContents:
    """Read a file of vectors with the reader that its suffix names.

    Args:
        path: the file
        column: the array, column or dataset to read, where the file holds several

    Raises:
        InputError: when the file is missing, empty, damaged, of an unknown kind, or holds no usable vectors
    """
    file = regular_file(path)
    suffix, readers = file.suffix.lower(), vector_readers()
    if suffix not in readers:
        known = sorted(readers)
        raise InputError(
            f"{path} has no known type of vector file: {file.suffix or 'no ending'!r} is none of "
            f"{', '.join(known)}{nearest(suffix, known)}"
        )
    return readers[suffix](file, column)


USUAL_NAMES = ("vectors", "embeddings", "vector", "embedding", "train")


def choose(tables: Sequence[str], every: Sequence[str], column: str | None, path: Path, what: str) -> str:
    """The name of the part to read: the one asked for, else one of the usual names, else the only table there is.

    Args:
        tables: names of the parts that have the shape of vectors
        every: names of all parts, for the message
        column: the name asked for, or None
        path: the file, for the message
        what: what this format calls a part: array, column, dataset, tensor

    Raises:
        InputError: when there is no such part, none at all, or several that might be meant
    """
    listed = ", ".join(map(repr, every[:20])) or "nothing"
    if column is not None:
        if column in every:
            return column
        raise InputError(f"{path} has no {what} {column!r}: it holds {listed}{nearest(column, list(every))}")
    for name in (*USUAL_NAMES, *(tables if len(tables) == 1 else ())):
        if name in tables:
            return name
    if not tables:
        raise InputError(f"{path} has no {what} with two axes of numbers: it holds {listed}")
    raise InputError(
        f"{path} has several {what}s that may be the vectors: {', '.join(map(repr, tables[:20]))}; name one as `column`"
    )
