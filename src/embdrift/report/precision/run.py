"""A saved run of the precision study, read for reporting."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.errors import InputError
from embdrift.report.frames import SUMMARY, Columns, read_table, read_tables, rows_in
from embdrift.report.measurements import Measurement, Measurements, measurements
from embdrift.report.record import Record, read_record
from embdrift.report.run_folder import require_whole

TABLES: Mapping[str, Columns] = {
    "cells": Columns(
        text=("candidate", "storage", "arithmetic", "kept", "query", "rescore_with", "fidelity", "note"),
        numbers=("rescore", "bytes_searched", "bytes_kept"),
        flags=("labelled", "measured"),
    ),
    "lost": Columns(
        text=("scope", "candidate", "item", "lost", "label", "cause"), numbers=("old_rank", "true_score")
    ),
    "range": Columns(text=("candidate", "set", "problem", "ids"), numbers=("vectors", "share")),
    "provenance": Columns(
        text=("candidate", "set", "id", "holds_id"),
        numbers=("row", "dimension", "differing", "expected", "found"),
    ),
    "speed": Columns(
        text=("scope", "candidate"),
        numbers=("queries", "items", "repeats", "seconds_min", "seconds_median", "seconds_max", "queries_per_second"),
    ),
    "determinism": Columns(
        text=("scope", "candidate"),
        numbers=(
            "queries", "repeats", "same", "single_queries", "single_scores", "single_neighbors", "single_difference",
        ),
    ),
    "numeric": Columns(
        text=("candidate", "set", "verdict", "slip", "ulps_format", "as_if"),
        numbers=(
            "length_ratio", "equal_rows", "equal_values", "ulps_median", "ulps_mean", "ulps_max",
            "relative_error_median", "relative_error_max", "standing_out", "swapped", "wrongly_stored", "n",
        ),
    ),
    "formats": Columns(text=("candidate", "set", "direction", "format"), numbers=("share",)),
    "standing_out": Columns(
        text=("candidate", "set", "id", "holds_id"), numbers=("row", "relative_error", "times_median")
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class PrecisionRun:
    """All that the report of a precision run is made from.

    Args:
        folder: the run folder
        record: how the run came about
        summary: one row per scope, candidate, metric and k
        figures: the same, to be looked up
        tables: the tables of the run by name, empty where the run has none
    """

    folder: Path
    record: Record
    summary: pd.DataFrame
    figures: Measurements
    tables: Mapping[str, pd.DataFrame]

    @property
    def k(self) -> int:
        """The headline number of neighbours."""
        return self.record.k

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes measured; queries first, since that is what a user of the search sees."""
        return tuple(sorted(dict.fromkeys(self.summary["scope"]), key=lambda scope: scope != "queries"))

    @property
    def cells(self) -> list[str]:
        """The rungs of the ladder, as they were given."""
        return [str(name) for name in self.tables["cells"]["candidate"]]

    def get(self, metric: str, scope: str, candidate: str) -> Measurement:
        """One figure at the headline k."""
        return self.figures.get(metric, scope, candidate)

    def cell(self, name: str) -> dict[str, Any]:
        """What a rung is."""
        frame = self.tables["cells"]
        return next(rows_in(frame[frame["candidate"] == name]))


def load_precision_run(folder: Path) -> PrecisionRun:
    """Read a run folder of the precision study.

    Raises:
        InputError: when it is no such run folder, or not whole
    """
    folder = Path(folder)
    require_whole(folder)
    record = read_record(folder / "record.json")
    if record.study != "precision":
        raise InputError(f"{folder} holds a run of {record.study}, not of precision; give a folder of that study")
    summary = read_table(folder / "summary.csv", SUMMARY)
    tables = read_tables(folder, TABLES)
    return PrecisionRun(folder, record, summary, measurements(summary, record.k), tables)
