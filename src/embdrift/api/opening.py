"""A saved run, opened for a notebook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.errors import InputError
from embdrift.gates import VERDICT_FILE, Verdict, read_verdict
from embdrift.report import require_whole
from embdrift.report.record import read_record


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run of any study.

    Args:
        folder: where it is
        record: how it came about, as in `record.json`
        summary: one row per figure, see `results/README.md`
        per_query: one row per item or query and candidate
    """

    folder: Path
    record: Mapping[str, Any]
    summary: pd.DataFrame
    per_query: pd.DataFrame

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.folder / "report.html"

    @property
    def verdict(self) -> Verdict | None:
        """What a gate said about the run; None where none has judged it."""
        path = self.folder / VERDICT_FILE
        return read_verdict(path) if path.is_file() else None

    def table(self, name: str) -> pd.DataFrame:
        """One of the further tables, such as `most_moved`.

        Raises:
            InputError: when the run has no such table
        """
        path = self.folder / "tables" / f"{name}.csv"
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in (self.folder / "tables").glob("*.csv"))) or "none"
            raise InputError(f"{self.folder} has no table {name!r}; it has {known}")
        return _read_csv(path)


def open_run(folder: Path | str) -> Run:
    """Open a saved run.

    Args:
        folder: the run folder
    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
    """
    folder = Path(folder)
    require_whole(folder)
    read_record(folder / "record.json")  # says what is wrong with it, if anything
    per_query = folder / "per_query.parquet"
    return Run(
        folder=folder,
        record=json.loads((folder / "record.json").read_text("utf-8")),
        summary=_read_csv(folder / "summary.csv").fillna({"cohort": "", "note": ""}),
        per_query=pd.read_parquet(per_query) if per_query.is_file() else pd.DataFrame(),
    )


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype={"cohort": str, "note": str})
    except (ValueError, OSError) as error:
        raise InputError(f"{path} cannot be read ({error}): run again") from error
