"""A run, read from its folder: record, summary, tables and values per query, each when it is first asked for."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

import pandas as pd

from embdrift.errors import InputError
from embdrift.results.folder import VERDICT_FILE, require_whole
from embdrift.results.record import Record, read_record
from embdrift.results.summary import Summary
from embdrift.results.tables import read_any, read_declared, read_per_query, read_summary
from embdrift.tables import OVERLAP_PER_QUERY, TableColumns

TEXTS_OF_ITEMS = ("text", "item_text", "neighbor_text")
"""Columns that stay empty where a run keeps texts out."""


class SavedRun:
    """A finished run of any study and any format up to today's.

    Args:
        folder: its folder

    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        require_whole(self.folder)
        self.record = read_record(self.folder / "record.json")
        self._tables: Mapping[str, pd.DataFrame] | None = None
        self._read: dict[TableColumns, pd.DataFrame] = {}

    @classmethod
    def in_memory(
        cls,
        record: Record,
        summary: pd.DataFrame,
        per_query: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        *,
        folder: Path = Path(),
    ) -> Self:
        """A run that no folder holds.

        Args:
            record: what `record.json` would hold
            summary: what `summary.csv` would hold
            per_query: what `per_query.parquet` would hold
            tables: further tables by name
            folder: where pictures and pages of a report go
        """
        run = cls.__new__(cls)
        run.__dict__.update(folder=folder, record=record, summary=summary, per_query=per_query)
        run._tables, run._read = tables, {}
        return run

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per figure, as `summary.csv` has them.

        Raises:
            InputError: when the file cannot be read
        """
        return read_summary(self.folder / "summary.csv", run_format=self.record.run_format)

    @cached_property
    def figures(self) -> Summary:
        """The summary, to be looked up."""
        return Summary.of(self.summary, k=self.record.k)

    @cached_property
    def per_query(self) -> pd.DataFrame:
        """One row per item or query and candidate; no rows where the run kept none.

        Raises:
            InputError: when the file cannot be read
        """
        path = self.folder / "per_query.parquet"
        frame: pd.DataFrame = read_per_query(path).to_pandas() if path.is_file() else pd.DataFrame()
        return frame

    @cached_property
    def overlap_per_query(self) -> pd.DataFrame:
        """Scope, candidate and overlap alone of the values per query, without reading the others.

        Raises:
            InputError: when the file cannot be read, or lacks one of them
        """
        names, path = list(OVERLAP_PER_QUERY.names), self.folder / "per_query.parquet"
        if "per_query" in self.__dict__:
            kept: pd.DataFrame = self.per_query[names]
            return kept
        if not path.is_file():
            return OVERLAP_PER_QUERY.empty()
        frame: pd.DataFrame = read_per_query(path, names).to_pandas()
        if missing := [name for name in names if name not in frame]:
            raise InputError(f"{path}: cannot be read as per-query values (no column {missing[0]!r}); run again")
        return frame[names].astype({"scope": "str", "candidate": "str", "overlap": "float64"})

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes measured; queries first, since that is what a user of the search sees."""
        found = dict.fromkeys(self.summary["scope"])
        return tuple(sorted(found, key=lambda scope: (scope != "queries", scope != "corpus", scope)))

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of the further tables."""
        if self._tables is not None:
            return tuple(self._tables)
        return tuple(sorted(path.stem for path in (self.folder / "tables").glob("*.csv")))

    def table(self, name: str) -> pd.DataFrame:
        """One of the further tables, such as `most_moved`, with all its columns.

        Raises:
            InputError: when the run has no such table, or it cannot be read
        """
        if name not in self.table_names:
            known = ", ".join(self.table_names) or "none"
            raise InputError(f"{self.folder} has no table {name!r}; it has {known}")
        if self._tables is not None:
            return self._tables[name]
        return read_any(self.folder / "tables" / f"{name}.csv", run_format=self.record.run_format)

    def rows(self, columns: TableColumns) -> pd.DataFrame:
        """A declared table, with the columns and types of its declaration; no rows where the run has no such table.

        Raises:
            InputError: when it cannot be read
        """
        if columns not in self._read:
            frame = self._rows(columns)
            hidden = [] if self.record.texts else [name for name in TEXTS_OF_ITEMS if name in frame]
            self._read[columns] = frame.assign(**dict.fromkeys(hidden, ""))
        return self._read[columns]

    def _rows(self, columns: TableColumns) -> pd.DataFrame:
        if self._tables is not None:
            return self._tables.get(columns.table, columns.empty())
        path = self.folder / "tables" / f"{columns.table}.csv"
        return read_declared(path, columns, run_format=self.record.run_format)

    def require_study(self, study: str) -> None:
        """Make sure that the run is one of a study.

        Raises:
            InputError: when it is not
        """
        if self.record.study != study:
            raise InputError(
                f"{self.folder} holds a run of {self.record.study}, not of {study}; give a folder of that study"
            )

    @property
    def verdict_path(self) -> Path | None:
        """The file of a gate's verdict; None where none has judged the run."""
        path = self.folder / VERDICT_FILE
        return path if path.is_file() else None
