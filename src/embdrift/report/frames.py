"""The tables of a run folder, read with the types that their columns have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from embdrift.errors import InputError


@dataclass(frozen=True)
class Columns:
    """The columns that a table must have, by kind; further columns are left unread."""

    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [*self.text, *self.numbers, *self.flags]


SUMMARY = Columns(
    text=("study", "scope", "reference", "candidate", "cohort", "metric", "note"),
    numbers=("k", "value", "low", "high", "n", "chance", "floor"),
)
PER_QUERY = Columns(text=("scope", "candidate"), numbers=("overlap",))
TABLES: Mapping[str, Columns] = {
    "curve": Columns(text=("scope", "candidate"), numbers=("k", "overlap", "r_nx", "chance", "floor", "n")),
    "displacement": Columns(
        text=("scope", "candidate"),
        numbers=("old_rank", "new_rank_median", "new_rank_p95", "lost_share", "depth"),
    ),
    "hubness": Columns(text=("scope", "version"), numbers=("low", "high", "items", "share")),
    "scores": Columns(text=("scope", "candidate"), numbers=("reference_score", "candidate_score"), flags=("kept",)),
    "most_moved": Columns(
        text=("scope", "candidate", "item", "item_text", "side", "neighbor", "neighbor_text"),
        numbers=("overlap", "rank", "score"),
        flags=("shared",),
    ),
}


def read_table(path: Path, columns: Columns) -> pd.DataFrame:
    """Read a CSV table; one that is missing or empty has the same columns and no rows.

    Names such as "nan" or "null" stay names: only columns of numbers know what is not a number.

    Raises:
        InputError: when the file is not CSV, lacks a column, or holds words in a column of numbers
    """
    if not path.is_file() or path.stat().st_size == 0:
        return empty_table(columns)
    try:
        frame = pd.read_csv(
            path,
            usecols=columns.names,
            dtype=dict.fromkeys([*columns.text, *columns.flags], "str"),
            na_values={name: ["", "nan", "NaN"] for name in columns.numbers},
            keep_default_na=False,
        )
        numbers = frame[list(columns.numbers)].astype("float64")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table of embdrift ({_reason(error)}); run again") from error
    flags = {name: frame[name].str.lower().isin(["true", "1"]) for name in columns.flags}
    return frame.assign(**{name: numbers[name] for name in columns.numbers}, **flags)[columns.names]


def read_per_query(path: Path) -> pd.DataFrame:
    """Read what the report needs of `per_query.parquet`; without the file, a table of no rows.

    Raises:
        InputError: when the file is not Parquet or lacks a column
    """
    if not path.is_file():
        return empty_table(PER_QUERY)
    try:
        frame: pd.DataFrame = pq.read_table(path, columns=PER_QUERY.names).to_pandas()
        return frame[PER_QUERY.names].astype({"scope": "str", "candidate": "str", "overlap": "float64"})
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as per-query values ({_reason(error)}); run again") from error


def empty_table(columns: Columns) -> pd.DataFrame:
    """A table of no rows."""
    kinds = {**dict.fromkeys(columns.text, "str"), **dict.fromkeys(columns.numbers, "float64")}
    kinds.update(dict.fromkeys(columns.flags, "bool"))
    return pd.DataFrame({name: pd.Series([], dtype=kinds[name]) for name in columns.names})


def read_tables(run_folder: Path, tables: Mapping[str, Columns]) -> dict[str, pd.DataFrame]:
    """Read tables of a run folder by name, as `read_table` does each.

    Raises:
        InputError: when one cannot be read
    """
    return {name: read_table(run_folder / "tables" / f"{name}.csv", columns) for name, columns in tables.items()}


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


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
