"""Ids that stand in a file of their own."""

import json
from pathlib import Path

from embdrift.data.frames import TABLE_SUFFIXES, id_column
from embdrift.data.ids import as_ids
from embdrift.data.opening import reading, regular_file
from embdrift.errors import InputError
from embdrift.types import Array

SIDECARS = (".ids.json", ".ids.txt", ".ids.csv")


def ids_beside(path: Path) -> Path | None:
    """The file `<stem>.ids.json`, `.ids.txt` or `.ids.csv` beside a vector file; the first of these that exists."""
    beside = (path.with_name(path.stem + suffix) for suffix in SIDECARS)
    return next((candidate for candidate in beside if candidate.exists()), None)


def read_ids(path: Path | str) -> Array:
    """Read ids, int64 or str, shape (n,), in the order of the file.

    `.json` holds one list; `.csv`, `.tsv` and `.parquet` a table with a column `id`, else the first column counts;
    `.txt` one id a line, kept as text to the letter.

    Raises:
        InputError: when the file cannot be read, is of another type, or holds something that is no id
    """
    file = regular_file(path)
    suffix = file.suffix.lower()
    if suffix == ".json":
        return _from_json(file)
    if suffix == ".txt":
        return _from_text(file)
    if suffix in TABLE_SUFFIXES:
        return id_column(file)[1]
    raise InputError(f"{path} is no file of ids: its name must end in .txt, .json, {', '.join(TABLE_SUFFIXES)}")


def _from_text(path: Path) -> Array:
    with reading(path, "a list of ids"):
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    if lines[-1] == "":
        lines.pop()
    return as_ids([line.removesuffix("\r") for line in lines], str(path))


def _from_json(path: Path) -> Array:
    with reading(path, "a JSON list of ids"):
        values = json.loads(path.read_bytes().decode("utf-8-sig"))
    if not isinstance(values, list):
        raise InputError(f"{path} must hold one JSON list of ids, got {type(values).__name__}")
    return as_ids(values, str(path))
