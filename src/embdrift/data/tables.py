"""Tables in CSV, TSV, Parquet and JSON Lines files, and their columns by any of the usual names."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.opening import reading, regular_file
from embdrift.errors import InputError
from embdrift.types import Floats

if TYPE_CHECKING:
    import pandas as pd


TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def column_names(path: Path) -> list[str]:
    """The names of the columns, without those of Parquet that hold lists or records.

    Raises:
        InputError: when the file cannot be read as a table or has no columns
    """
    with reading_table(path):
        names = _parquet_names(path) if path.suffix.lower() == ".parquet" else _header(path)
    if not names:
        raise InputError(f"{path} has no columns of plain values")
    return names


def read_frame(path: Path, *, columns: list[str] | None = None, as_text: bool = False) -> "pd.DataFrame":
    """The table as a frame with nullable column types; `as_text` keeps every value of a CSV to the letter.

    Raises:
        InputError: when the file cannot be read or its rows do not fit its header
    """
    with reading_table(path):
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            table = pq.read_table(path, columns=columns or _parquet_names(path))
            frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
            return frame if as_text else frame.convert_dtypes()
        return _read_csv(path, columns, as_text)


def reading_table(path: Path) -> AbstractContextManager[None]:
    """Turn what pandas or pyarrow raise on a damaged file into one sentence, an `InputError`."""
    import pyarrow as pa

    return reading(path, "a table", pa.ArrowException)


def _read_csv(path: Path, columns: list[str] | None, as_text: bool) -> "pd.DataFrame":
    import pandas as pd

    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    if as_text:
        frame = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig"
        )
    else:
        frame = pd.read_csv(
            path, sep=separator, low_memory=False, skip_blank_lines=False, encoding="utf-8-sig"
        ).convert_dtypes()
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the surplus for an index, which would move every column by one.
        raise InputError(f"{path} has rows with more values than its header has names; put quotes around commas")
    return frame if columns is None else frame[columns]


def _header(path: Path) -> list[str]:
    import pandas as pd

    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    return [str(name) for name in pd.read_csv(path, sep=separator, nrows=0, encoding="utf-8-sig").columns]


def _parquet_names(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return [field.name for field in pq.read_schema(path) if not pa.types.is_nested(field.type)]


def find_column(frame: "pd.DataFrame", names: Sequence[str]) -> str | None:
    """The first of these columns that the table has; None without one."""
    return next((name for name in names if name in frame.columns), None)


def need_column(frame: "pd.DataFrame", names: Sequence[str], what: str, path: Path | str) -> str:
    """The first of these columns that the table has.

    Raises:
        InputError: when it has none of them
    """
    found = find_column(frame, names)
    if found is None:
        listed = ", ".join(map(repr, frame.columns))
        raise InputError(f"{path} needs a column for {what}, called {' or '.join(names)}; it has {listed}")
    return found


def numbers(frame: "pd.DataFrame", name: str, path: Path | str) -> Floats:
    """A column of finite numbers, shape (n,).

    Raises:
        InputError: when a value is missing, infinite or no number
    """
    return np.array([_number(value, row, name, path) for row, value in enumerate(frame[name].tolist())], np.float64)


def _number(value: Any, row: int, name: str, path: Path | str) -> float:
    try:
        number = float("nan" if value is None or isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number):
        raise InputError(f"{path}, row {row}: {name} must be a finite number, got {str(value)[:40]!r}")
    return number


JSON_LINES = ".jsonl"
ROW_SUFFIXES = (*TABLE_SUFFIXES, JSON_LINES)


def read_rows(path: Path | str, what: str) -> "pd.DataFrame":
    """A small table from CSV, TSV, Parquet or JSON lines; values of CSV and TSV stay text, to the letter.

    Args:
        path: the file
        what: what messages call its rows, such as "golden pairs"
    Raises:
        InputError: when the file cannot be read or holds no rows
    """
    file = regular_file(path)
    suffix = file.suffix.lower()
    if suffix not in ROW_SUFFIXES:
        raise InputError(f"{path} is no table of {what}: its name must end in {', '.join(ROW_SUFFIXES)}")
    frame = _json_lines(file) if suffix == JSON_LINES else read_frame(file, as_text=True)
    frame.columns = [str(name).strip() for name in frame.columns]
    if not len(frame):
        raise InputError(f"{path} holds no {what}")
    return frame


def _json_lines(path: Path) -> "pd.DataFrame":
    import pandas as pd

    with reading(path, "JSON lines"):
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    records = [_record(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return pd.DataFrame(records, dtype=object)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number}: not JSON: {line[:60]!r}") from error
    if not isinstance(record, dict):
        raise InputError(f"{path}, line {number}: must be a JSON object, got {type(record).__name__}")
    return record
