"""A saved run, read for reporting."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from embdrift.errors import InputError
from embdrift.report.frames import SUMMARY, TABLES, read_per_query, read_table, read_tables
from embdrift.report.record import Record, read_record


@dataclass(frozen=True, eq=False)
class RunFiles:
    """All that a report is made from; the columns of each table are in `embdrift.report.frames`.

    Args:
        folder: the run folder
        record: how the run came about
        summary: one row per scope, candidate, cohort, metric and k
        per_query: overlap of each query
        curve: overlap at every k
        displacement: where the old neighbours went, by old rank
        hubness: how often items appear in the others' lists, by version
        scores: scores of old neighbours under both versions
        most_moved: the items whose neighbours changed most, with old and new neighbours
    """

    folder: Path
    record: Record
    summary: pd.DataFrame
    per_query: pd.DataFrame
    curve: pd.DataFrame
    displacement: pd.DataFrame
    hubness: pd.DataFrame
    scores: pd.DataFrame
    most_moved: pd.DataFrame

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes measured; queries first, since that is what a user of the search sees."""
        found = dict.fromkeys(self.summary["scope"])
        return tuple(sorted(found, key=lambda scope: (scope != "queries", scope != "corpus", scope)))


def load_run(run_folder: Path) -> RunFiles:
    """Read a run folder.

    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
    """
    folder = Path(run_folder)
    require_whole(folder)
    record = read_record(folder / "record.json")
    tables = read_tables(folder, TABLES)
    if not record.texts:
        tables["most_moved"] = tables["most_moved"].assign(item_text="", neighbor_text="")
    return RunFiles(
        folder=folder,
        record=record,
        summary=read_table(folder / "summary.csv", SUMMARY),
        per_query=read_per_query(folder / "per_query.parquet"),
        **tables,
    )


def require_whole(folder: Path) -> None:
    """Make sure that a folder holds a finished run, of any study.

    Raises:
        InputError: when it does not
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: a report is made from a run folder, and there is no such folder; check the path")
    if not (folder / "record.json").is_file():
        raise InputError(_incomplete(folder))
    if not (folder / "summary.csv").is_file():
        raise InputError(f"{folder}: a run folder holds summary.csv, and this one has lost it; run again")


def _incomplete(folder: Path) -> str:
    if (folder / "summary.csv").exists() or (folder / "tables").is_dir():
        return (
            f"{folder}: the run is not whole, record.json (written last) is missing; "
            "start the run again with the same inputs, it goes on where it stopped"
        )
    return f"{folder}: not a run folder, it holds no record.json; give the folder that `embdrift run` named"
