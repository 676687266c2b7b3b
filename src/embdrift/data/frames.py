"""Tables in CSV, TSV or Parquet files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.data.ids import as_ids, id_name
from embdrift.data.opening import reading
from embdrift.errors import InputError
from embdrift.types import Array

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def column_names(path: Path) -> list[str]:
    """The names of the columns, without those of Parquet that hold lists or records.

    Raises:
        InputError: when the file cannot be read as a table or has no columns
    """
    with _reading(path):
        names = _parquet_names(path) if path.suffix.lower() == ".parquet" else _header(path)
    if not names:
        raise InputError(f"{path} has no columns of plain values")
    return names


def id_column(path: Path) -> tuple[str, Array]:
    """The name and the values of the column `id` (or `ids`, `_id`, `doc_id`), else of the first column.

    Raises:
        InputError: when the file cannot be read, or a value is no id
    """
    names = column_names(path)
    name = id_name(names) or names[0]
    with _reading(path):
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


def read_frame(path: Path, *, columns: list[str] | None = None, as_text: bool = False) -> "pd.DataFrame":
    """The table as a frame with nullable column types; `as_text` keeps every value of a CSV to the letter.

    Raises:
        InputError: when the file cannot be read or its rows do not fit its header
    """
    with _reading(path):
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            table = pq.read_table(path, columns=columns or _parquet_names(path))
            frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
            return frame if as_text else frame.convert_dtypes()
        return _read_csv(path, columns, as_text)


def _reading(path: Path) -> AbstractContextManager[None]:
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
