"""A saved run of the ANN-recall study, read for reporting."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.errors import InputError
from embdrift.report.frames import Columns, read_tables
from embdrift.report.record import Record, read_record

TABLES: Mapping[str, Columns] = {
    "cells": Columns(
        text=("question", "version", "trained_on", "kind", "index", "state", "ran_on", "note"),
        numbers=("seed", "build_seconds", "index_bytes", "peak_memory_bytes", "imbalance"),
    ),
    "left_out": Columns(text=("index", "search", "note"), numbers=("k",)),
    "curve": Columns(
        text=("question", "version", "kind", "index", "search"),
        numbers=(
            "k", "recall", "recall_lowest_seed", "recall_highest_seed", "recall_tie_aware", "p1", "p5", "below_0.5",
            "below_0.8", "robustness", "distances", "batch_qps", "batch_qps_slowest", "batch_qps_fastest", "single_qps",
            "single_qps_slowest", "single_qps_fastest", "seeds", "n",
        ),
    ),
    "operating_points": Columns(
        text=("index", "search", "note"), numbers=("k", "target", "best_tuning", "recall_tuning", "recall_reporting")
    ),
    "comparisons": Columns(
        text=("question", "candidate", "index", "search", "verdict", "note"),
        numbers=("k", "recall_reference", "recall", "change", "low", "high", "p", "p_holm", "reseed", "n"),
    ),
    "equal_recall": Columns(
        text=("question", "version", "index", "state", "search"),
        numbers=("k", "target", "best", "distances", "milliseconds", "distances_ratio", "time_ratio"),
    ),
    "decisions": Columns(text=("candidate", "index", "decision", "note"), numbers=("k",)),
    "distribution": Columns(text=("question", "version", "index"), numbers=("k", "low", "queries", "share")),
    "most_lost": Columns(
        text=("question", "candidate", "index", "search", "id", "text"),
        numbers=("k", "recall_reference", "recall", "change"),
    ),
    "exact_overlap": Columns(text=("candidate",), numbers=("k", "overlap", "chance", "n")),
    "ties": Columns(text=("version",), numbers=("k", "tied_exactly", "tied_nearly", "n")),
    "ground_truth": Columns(
        text=("query", "given", "ours", "note"), numbers=("rank", "given_score", "our_score")
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class AnnRun:
    """All that the report of an ANN-recall run is made from.

    Args:
        folder: the run folder
        record: how the run came about
        facts: the study's own entries of the record
        tables: the tables of the run by name, empty where the run has none
    """

    folder: Path
    record: Record
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def k(self) -> int:
        """The headline number of neighbours."""
        return self.record.k

    @property
    def target(self) -> float:
        """The recall that operating points are tuned to."""
        return float(self.facts["target_recall"])

    @property
    def scope(self) -> str:
        """Who searched: queries or corpus."""
        return str(self.facts["scope"])

    def at(self, name: str, k: int | None = None, **wanted: str) -> pd.DataFrame:
        """Rows of a table at one k (the headline k where None) whose columns hold the values wanted."""
        frame = self.tables[name]
        chosen = frame["k"] == (self.k if k is None else k)
        for column, value in wanted.items():
            chosen &= frame[column] == value
        return frame[chosen]


def load_ann_run(folder: Path) -> AnnRun:
    """Read a run folder of the ANN-recall study.

    Raises:
        InputError: when it is no such run folder, or not whole
    """
    folder = Path(folder)
    path = folder / "record.json"
    if not path.is_file():
        raise InputError(f"{folder} is no run folder that is whole: it holds no record.json; run again to finish it")
    record = read_record(path)
    values = json.loads(path.read_text(encoding="utf-8"))
    facts = values.get("ann", values.get("facts", {}).get("ann"))
    if facts is None:
        raise InputError(f"{folder} holds a run of {record.study}, not of ann_recall; give a folder of that study")
    tables = read_tables(folder, TABLES)
    if not record.texts:
        tables["most_lost"] = tables["most_lost"].assign(text="")
    return AnnRun(folder, record, facts, tables)
