"""Ids of vectors and items: their types, uniqueness, and the files that hold them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.opening import reading, regular_file
from embdrift.data.tables import TABLE_SUFFIXES, column_names, read_frame, reading_table
from embdrift.errors import InputError
from embdrift.types import Array, Positions

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

LONGEST_ID = 2048
"""Characters; NumPy gives every id the room of the longest, so a single stray text would cost gigabytes."""
SHOWN = 5
ID_NAMES = ("id", "ids", "_id", "doc_id")


def id_name(names: Sequence[str]) -> str | None:
    """Which of the columns or arrays of these names holds the ids: `id`, `ids`, `_id` or `doc_id`; None without one."""
    return next((name for name in ID_NAMES if name in names), None)


def as_ids(values: Sequence[Any] | Array, source: str) -> Array:
    """The values as an array of ids, int64 or str, shape (n,); numbers among texts become text.

    Args:
        values: whole numbers, texts or UTF-8 bytes
        source: the file or column that messages name

    Raises:
        InputError: when a value is empty, missing or of another type, or is too long or not printable as text
    """
    array = values if isinstance(values, np.ndarray) else None
    if array is not None and array.ndim != 1:
        raise InputError(f"{source}: ids must be a plain list, got shape {array.shape}")
    if array is not None and array.dtype.kind in "iu":
        if array.dtype.kind == "i" or len(array) == 0 or int(array.max()) <= np.iinfo(np.int64).max:
            return array.astype(np.int64)
        return array.astype(str)
    items = array.tolist() if array is not None else list(values)
    if items and all(type(item) is int for item in items):
        return _numbers(items)
    return _texts([_text(item, row, source) for row, item in enumerate(items)], source)


def _numbers(items: list[int]) -> Array:
    try:
        return np.array(items, dtype=np.int64)
    except OverflowError:
        return np.array([str(item) for item in items])


def _text(item: Any, row: int, source: str) -> str:
    if isinstance(item, bytes):
        try:
            item = item.decode()
        except UnicodeDecodeError as error:
            raise InputError(f"{source}: the id in row {row} is not UTF-8 text: {item[:40]!r}") from error
    if isinstance(item, str) and item:
        return item
    if isinstance(item, int) and not isinstance(item, bool):
        return str(item)
    if item == "":
        raise InputError(f"{source}: the id in row {row} is empty; every item needs an id")
    raise InputError(f"{source}: ids must be whole numbers or text, got {str(item)[:40]!r} in row {row}")


def _texts(items: list[str], source: str) -> Array:
    longest = max(map(len, items), default=1)
    if longest > LONGEST_ID:
        row = next(row for row, item in enumerate(items) if len(item) > LONGEST_ID)
        raise InputError(f"{source}: ids may have {LONGEST_ID} characters, the one in row {row} has {len(items[row])}")
    if "\0" in (joined := "\n".join(items)):
        row = next(row for row, item in enumerate(items) if "\0" in item)
        raise InputError(f"{source}: the id in row {row} holds a zero byte: {items[row][:40]!r}")
    try:
        joined.encode()
    except UnicodeEncodeError as error:
        wrong = joined[max(0, error.start - 20) : error.start + 20]
        raise InputError(f"{source}: an id is not valid text, near {wrong!a}") from error
    return np.array(items, dtype=f"<U{longest}")


def duplicate_rows(ids: Array) -> Positions:
    """Rows whose id already stands in an earlier row, ascending."""
    import pandas as pd

    keys = ids.astype(object) if ids.dtype.kind == "U" else ids
    return np.flatnonzero(pd.Series(keys).duplicated().to_numpy()).astype(np.int64)


def require_unique(ids: Array, source: str) -> None:
    """Refuse ids that occur more than once: the rows could not be told apart when versions are joined.

    Raises:
        InputError: naming the first few and their rows
    """
    later = duplicate_rows(ids)
    if not len(later):
        return
    shown = "; ".join(
        f"{ids[row].item()!r} in rows {int(np.flatnonzero(ids == ids[row])[0])} and {row}" for row in later[:SHOWN]
    )
    raise InputError(f"{source}: ids must be unique, and {len(later):,} rows repeat an earlier one: {shown}")


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


def id_column(path: Path) -> tuple[str, Array]:
    """The name and the values of the column `id` (or `ids`, `_id`, `doc_id`), else of the first column.

    Raises:
        InputError: when the file cannot be read, or a value is no id
    """
    names = column_names(path)
    name = id_name(names) or names[0]
    with reading_table(path):
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            return name, arrow_ids(pq.read_table(path, columns=[name])[name], f"{path}, column {name!r}")
        values = read_frame(path, columns=[name], as_text=True)[name].tolist()
    return name, as_ids(values, f"{path}, column {name!r}")


def arrow_ids(column: "pa.ChunkedArray", source: str) -> Array:
    """The ids in an Arrow column.

    Raises:
        InputError: when a value is missing or no id
    """
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_integer(column.type) and not column.null_count:
        return as_ids(column.to_numpy(), source)
    return as_ids(column.to_pylist(), source)


def text_ids(frame: "pd.DataFrame", name: str, path: Path | str) -> Array:
    """A column of ids as text, shape (n,).

    Raises:
        InputError: when a value is missing or no id
    """
    return as_ids(frame[name].tolist(), f"{path}, column {name!r}").astype(str).astype(object)
