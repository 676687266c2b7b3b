"""Golden pairs, freshness, removed items and cut-offs, as tables."""

import math

import pandas as pd

from embdrift.metrics.catalog import Metric, Role, Topic, Unit, all_metrics
from embdrift.report.drift.run import DriftRun
from embdrift.report.frames import Columns, read_table, rows_of
from embdrift.report.measurements import Measurement
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, number, percent

MOST_ROWS = 10
"""Rows shown per candidate; the table file holds the rest."""
GOLDEN = Columns(
    text=("candidate", "a", "b", "outcome"), numbers=("similar", "reference_cosine", "candidate_cosine", "cut_off")
)
REMOVED = Columns(text=("scope", "candidate", "id", "found_by"), numbers=("lists", "best_rank"))
THRESHOLDS = Columns(
    text=("scope", "candidate", "pairs", "note"),
    numbers=(
        "cut_off", "reference_share", "candidate_share_unchanged", "same_share_cut_off", "reference_precision",
        "candidate_precision_unchanged", "same_precision_cut_off", "same_precision_reached",
    ),
)  # fmt: skip


def further_tables(run: DriftRun, scope: str) -> tuple[Table, ...]:
    """Every such table that the run has rows for in this scope."""
    tables = (figures_table(run, scope), golden_table(run, scope), removed_table(run, scope), cut_off_table(run, scope))
    return tuple(table for table in tables if table.rows)


def figures_table(run: DriftRun, scope: str) -> Table:
    """One row per figure of golden pairs, freshness and removal, one column per version."""
    reasons = Reasons()
    rows = []
    for text in all_metrics():
        if text.topic not in (Topic.golden, Topic.freshness) or text.role is not Role.value:
            continue
        found = [run.figures.get(text.name, scope, version) for version in run.versions]
        if any(one.note != Measurement().note for one in found):
            label = text.label_at(next((one.k for one in found if one.k is not None), None))
            rows.append([words(label, strong=True), *[_cell(text, one, reasons) for one in found]])
    return table_of("Golden pairs, freshness and removal", ["Figure", *run.versions], rows, reasons)


def _cell(text: Metric, found: Measurement, reasons: Reasons) -> Cell:
    if found.note == Measurement().note:
        return figure("")
    counted = text.unit is Unit.count
    return figure(count(found.value)) if counted and found.defined else reasons.interval(found)


def golden_table(run: DriftRun, scope: str) -> Table:
    """Golden pairs that broke, those whose cosine moved farthest first."""
    frame = _read(run, "golden_pairs", GOLDEN) if scope == "corpus" else pd.DataFrame()
    broken = rows_of(frame, outcome="broken") if len(frame) else frame
    rows: list[list[Cell]] = [
        [
            words(str(row["candidate"]), strong=True),
            words(str(row["a"])),
            words(str(row["b"])),
            words("similar" if row["similar"] else "dissimilar"),
            figure(number(row["reference_cosine"])),
            figure(number(row["candidate_cosine"])),
            figure(number(row["cut_off"])),
        ]
        for row in _first(broken)
    ]
    heads = ["Candidate", "a", "b", "People say", "Reference's cosine", "Candidate's cosine", "Cut-off"]
    return table_of(f"Golden pairs that broke, at most {MOST_ROWS} of each candidate", heads, rows)


def removed_table(run: DriftRun, scope: str) -> Table:
    """Removed items that still come up, the most frequent first."""
    rows: list[list[Cell]] = [
        [
            words(str(row["candidate"]), strong=True),
            words(str(row["id"])),
            figure(count(row["lists"])),
            figure(count(row["best_rank"])),
            words(str(row["found_by"])),
        ]
        for row in _first(rows_of(_read(run, "removed_items", REMOVED), scope=scope))
    ]
    heads = ["Version", "Removed item", "Lists that hold it", "Best rank", "Found by"]
    return table_of(f"Removed items that come up, at most {MOST_ROWS} of each version", heads, rows)


def cut_off_table(run: DriftRun, scope: str) -> Table:
    """Which cut-off of each candidate passes as many results, or keeps the precision."""
    frame = rows_of(_read(run, "thresholds", THRESHOLDS), scope=scope)
    rows: list[list[Cell]] = [
        [
            words(str(row["candidate"]), strong=True),
            figure(number(row["cut_off"])),
            figure(percent(row["reference_share"])),
            figure(percent(row["candidate_share_unchanged"])),
            figure(_or_none(row["same_share_cut_off"])),
            figure(_or_none(row["reference_precision"])),
            figure(_or_none(row["candidate_precision_unchanged"])),
            figure(_or_none(row["same_precision_cut_off"])),
            words(str(row["note"])),
        ]
        for row in frame.to_dict("records")
    ]
    heads = [
        "Candidate", "Cut-off in use", "Passes", "Candidate passes there", "Cut-off of same share",
        "Precision", "Candidate's there", "Cut-off of same precision", "Note",
    ]  # fmt: skip
    pairs = str(frame["pairs"].iloc[0]) if len(frame) else ""
    return table_of(f"Similarity cut-offs carried over, on {pairs}", heads, rows)


def _or_none(value: float) -> str:
    return "none" if math.isnan(value) else number(value)


def _first(frame: pd.DataFrame) -> list[dict[str, float]]:
    """The first rows of each candidate."""
    if not len(frame):
        return []
    shown = frame.groupby("candidate", sort=False).head(MOST_ROWS)
    return [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]


def _read(run: DriftRun, name: str, columns: Columns) -> pd.DataFrame:
    return read_table(run.files.folder / "tables" / f"{name}.csv", columns)
