"""Figures of a run's summary as gauges, one metric name per figure."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from embdrift.report.machine.escaping import printable
from embdrift.report.machine.prometheus.names import figure_name
from embdrift.report.machine.prometheus.series import Rank, Series, labelled

# An index and its search setting, in runs that have them.
FURTHER = ("index", "search")
BOUNDS = ("low", "high", "chance", "floor")
FORMER_NAMES = {"chance": ("null",)}
"""Ends of names until the last release, written for one more beside those of today."""


def figure_series(summary: pd.DataFrame, run: str) -> Iterator[Series]:
    """Every figure that is defined, and beside it its interval, its chance level and its noise floor where known.

    Args:
        summary: of the run; index and search setting may be missing
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
                    for end in (bound, *FORMER_NAMES.get(bound, ())):
                        yield Series(f"{name}_{end}", labels, scale * row[bound], beside)


def undefined_figures(summary: pd.DataFrame) -> int:
    """How many figures have no value, and for that reason no series."""
    return int((~summary["value"].map(math.isfinite)).sum())


def figure_labels(row: dict[str, Any], run: str) -> tuple[tuple[str, str], ...]:
    """What tells one figure of a name from another."""
    k = row["k"]
    names = ("study", "scope", "reference", "candidate", "cohort", *FURTHER)
    return labelled(
        [
            ("run", run),
            *((name, printable(row.get(name, ""))) for name in names),
            ("k", f"{k:.0f}" if math.isfinite(k) else ""),
        ]
    )
