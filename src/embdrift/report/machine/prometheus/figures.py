"""Figures of a run's summary as gauges, one metric name per figure."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.report.frames import SUMMARY, Columns, read_table
from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.names import figure_name
from embdrift.report.machine.prometheus.series import Rank, Series, labelled

# An index and its search setting, in runs that have them.
FURTHER = ("index", "search")
BOUNDS = ("low", "high", "chance", "floor")


def read_summary(run_folder: Path) -> pd.DataFrame:
    """The rows of `summary.csv`, with index and search setting, empty where a study has none.

    Raises:
        InputError: when the file is no such table
    """
    path = run_folder / "summary.csv"
    further = tuple(name for name in FURTHER if name in _columns(path))
    frame = read_table(path, Columns(text=(*SUMMARY.text, *further), numbers=SUMMARY.numbers))
    return frame.assign(**{name: "" for name in FURTHER if name not in further})


def _columns(path: Path) -> list[str]:
    try:
        return list(pd.read_csv(path, nrows=0).columns)
    except (OSError, ValueError):
        # what is wrong with the table is said when it is read
        return []


def figure_series(summary: pd.DataFrame, run: str) -> Iterator[Series]:
    """Every figure that is defined, and beside it its interval, its chance level and its noise floor where known.

    Args:
        summary: as `read_summary` gives it
        run: name of the run, which every series bears
    """
    for row in summary.to_dict("records"):
        labels = figure_labels({str(name): value for name, value in row.items()}, run)
        name, scale = figure_name(row["metric"])
        figure, beside = (Rank.cohort_figure, Rank.cohort_bound) if row["cohort"] else (Rank.figure, Rank.bound)
        if math.isfinite(row["value"]):
            yield Series(name, labels, scale * row["value"], figure)
            for bound in BOUNDS:
                if math.isfinite(row[bound]):
                    yield Series(f"{name}_{bound}", labels, scale * row[bound], beside)


def undefined_figures(summary: pd.DataFrame) -> int:
    """How many figures have no value, and for that reason no series."""
    return int((~summary["value"].map(math.isfinite)).sum())


def figure_labels(row: dict[str, Any], run: str) -> tuple[tuple[str, str], ...]:
    """What tells one figure of a name from another."""
    k = row["k"]
    names = ("study", "scope", "reference", "candidate", "cohort", *FURTHER)
    return labelled(
        [("run", run), *((name, printable(row[name])) for name in names), ("k", f"{k:.0f}" if math.isfinite(k) else "")]
    )
