"""Tables of a run folder, written and read with the types that their columns have."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from embdrift.errors import InputError
from embdrift.files import whole_file
from embdrift.results.old_formats import today_names
from embdrift.tables import SUMMARY, TableColumns, declarations

_NOT_NUMBERS = ["", "nan", "NaN"]


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV, with every digit of its figures.

    Raises:
        StorageError: when it cannot be written
    """
    # Python's writer leaves a lone carriage return unquoted, and readers then end the line there.
    returns = any(
        frame[name].astype(str).str.contains("\r").any() for name in frame.select_dtypes(["object", "string"])
    )
    with whole_file(path) as temporary:
        frame.to_csv(
            temporary, index=False, encoding="utf-8", quoting=csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
        )


def read_declared(path: Path, columns: TableColumns, *, run_format: int) -> pd.DataFrame:
    """Read a table that is declared; one that is missing or empty has the same columns and no rows.

    Names such as "nan" or "null" stay names: only columns of numbers know what is not a number. Columns that are not
    declared are left unread.

    Args:
        path: the CSV file
        columns: the table's declaration
        run_format: the format number of the run's record

    Raises:
        InputError: when the file is not CSV, lacks a column, or holds words in a column of numbers
    """
    if not path.is_file() or path.stat().st_size == 0:
        return columns.empty()
    try:
        names = today_names(_header(path), run_format)
        known = [name for name in columns.names if name in names or name in columns.required]
        frame = _read(path, names, text=(*columns.text, *columns.flags), used=known)
        frame = frame.astype({name: "float64" for name in columns.numbers if name in known})
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as a table of embdrift ({_reason(error)}); run again") from error
    flags = {name: frame[name].str.lower().isin(["true", "1"]) for name in columns.flags if name in known}
    return frame.assign(**flags)[known]


def read_summary(path: Path, *, run_format: int) -> pd.DataFrame:
    """Read `summary.csv` with all its columns; k and n stay whole numbers where they are.

    Raises:
        InputError: when the file is not CSV, lacks a column, or holds words in a column of numbers
    """
    try:
        names = today_names(_header(path), run_format)
        frame = _read(path, names, text=SUMMARY.text, used=[*names, *(set(SUMMARY.required) - set(names))])
        frame[list(SUMMARY.numbers)].astype("float64")  # complains about words
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as the summary of a run ({_reason(error)}); run again") from error
    return frame


def read_any(path: Path, *, run_format: int) -> pd.DataFrame:
    """Read a table with all its columns, by its declaration where it has one.

    Columns that no declaration knows are numbers where every cell is a number or empty, else text.

    Raises:
        InputError: when the file is not CSV
    """
    try:
        names = today_names(_header(path), run_format)
        declared = _declaration(path.stem, names)
        text = () if declared is None else declared.text
        unknown = [name for name in names if declared is None or name not in declared.names]
        frame = _read(path, names, text=(*text, *unknown), used=names)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as a table of embdrift ({_reason(error)}); run again") from error
    return frame.assign(**{name: _numbers_if_all_are(frame[name]) for name in unknown if name not in _ALWAYS_TEXT})


def read_per_query(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read `per_query.parquet`, or some columns of it.

    Args:
        path: the file
        columns: those wanted, of which only those that the file has are read; None for all

    Raises:
        InputError: when the file is not Parquet
    """
    try:
        known = pq.read_schema(path).names
        return pq.read_table(path, columns=None if columns is None else [name for name in columns if name in known])
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as per-query values ({_reason(error)}); run again") from error


def rows_in(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a table, one mapping from column to value each."""
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def rows_of(frame: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """The rows whose columns hold the values wanted."""
    chosen = np.ones(len(frame), dtype=bool)
    for column, value in wanted.items():
        chosen &= (frame[column] == value).to_numpy(dtype=bool)
    return frame[chosen]


# Names of versions and items, which may look like numbers.
_ALWAYS_TEXT = frozenset(
    ("study", "scope", "reference", "candidate", "version", "cohort", "metric", "index", "search", "id", "item",
     "query", "text", "note")
)  # fmt: skip


def _header(path: Path) -> list[str]:
    return [str(name) for name in pd.read_csv(path, nrows=0).columns]


def _declaration(table: str, names: Sequence[str]) -> TableColumns | None:
    """The declaration that a table follows; two studies may call different tables by one name."""
    fitting = (one for one in declarations() if one.table == table and set(one.required) <= set(names))
    return next(fitting, None)


def _read(path: Path, names: Sequence[str], *, text: Sequence[str], used: Sequence[str]) -> pd.DataFrame:
    words = set(text)
    return pd.read_csv(
        path,
        header=0,
        names=list(names),
        usecols=list(used),
        dtype=dict.fromkeys([name for name in used if name in words], "str"),
        na_values={name: _NOT_NUMBERS for name in used if name not in words},
        keep_default_na=False,
    )


def _numbers_if_all_are(column: pd.Series) -> pd.Series:
    empty = column.isin(_NOT_NUMBERS)
    if empty.all():
        return column
    try:
        return pd.to_numeric(column.where(~empty))
    except ValueError:
        flags = column.str.lower()
        return flags == "true" if flags.isin(["true", "false"]).all() else column


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
