"""Which reader reads which kind of file; a new format is one file here and one import line."""

from collections.abc import Callable
from pathlib import Path

from embdrift.data.contents import FileContents
from embdrift.data.opening import nearest, regular_file
from embdrift.errors import InputError

Reader = Callable[[Path, str | None], FileContents]
"""Takes a path and the name of the array, column or dataset to read (None: the one that suggests itself)."""

READERS: dict[str, Reader] = {}
"""Suffix (lower case, with its dot) -> reader."""


def reads(*suffixes: str) -> Callable[[Reader], Reader]:
    """Register the decorated function as the reader of files with these suffixes."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(suffixes, reader))
        return reader

    return register


def read_contents(path: Path | str, *, column: str | None = None) -> FileContents:
    """Read a file of vectors with the reader that its suffix names.

    Args:
        path: the file
        column: the array, column or dataset to read, where the file holds several

    Raises:
        InputError: when the file is missing, empty, damaged, of an unknown kind, or holds no usable vectors
    """
    file = regular_file(path)
    suffix = file.suffix.lower()
    if suffix not in READERS:
        known = sorted(READERS)
        raise InputError(
            f"{path} has no known type of vector file: {file.suffix or 'no ending'!r} is none of "
            f"{', '.join(known)}{nearest(suffix, known)}"
        )
    return READERS[suffix](file, column)
