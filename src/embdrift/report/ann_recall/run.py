"""What the report reads of a run of the ANN-recall study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from embdrift.results import SavedRun
from embdrift.tables import TableColumns


def facts_of(run: SavedRun) -> Mapping[str, Any]:
    """The study's own entries of the record.

    Raises:
        InputError: when the run is of another study
    """
    run.require_study("ann_recall")
    facts: Mapping[str, Any] = run.record["ann"]
    return facts


def target_recall(run: SavedRun) -> float:
    """The recall that operating points are tuned to."""
    return float(facts_of(run)["target_recall"])


def searching_scope(run: SavedRun) -> str:
    """Who searched: queries or corpus."""
    return str(facts_of(run)["scope"])


def at_k(run: SavedRun, columns: TableColumns, k: int | None = None, **wanted: str) -> pd.DataFrame:
    """Rows of a table at one k (the headline k where None) whose columns hold the values wanted."""
    frame = run.rows(columns)
    chosen = frame["k"] == (run.record.k if k is None else k)
    for column, value in wanted.items():
        chosen &= frame[column] == value
    return frame[chosen]
