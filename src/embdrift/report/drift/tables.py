"""What distributions and geometry say, as tables: each version by itself, and each candidate against the reference."""

import math

import pandas as pd

from embdrift.metrics.catalog import Metric, Role, Topic, Unit, all_metrics, metric_named
from embdrift.report.drift.run import versions
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, number, percent, value_words
from embdrift.results import NOT_MEASURED, Measurement, SavedRun, rows_of
from embdrift.tables import CUT_OFFS, GOLDEN_PAIRS, REMOVED_ITEMS

MOST_COHORTS = 20
COHORT_METRICS = ("similarity_kl", "norm_median_change", "wasserstein_mean", "mmd", "domain_auc")


def _distribution(*, own: bool) -> list[Metric]:
    """The metrics of each version by itself, or those of a candidate against the reference."""
    return [
        metric
        for metric in all_metrics()
        if metric.topic is Topic.distribution and metric.own is own and metric.role is not Role.change
    ]


def own_table(run: SavedRun, scope: str) -> Table:
    """One row per measure, one column per version."""
    reasons = Reasons()
    rows = [
        [words(text.label, strong=True), *[_own_cell(run, text, scope, name, reasons) for name in versions(run)]]
        for text in _distribution(own=True)
        if run.figures.has(text.name, scope)
    ]
    return table_of("What each version looks like", ["Measure", *versions(run)], rows, reasons)


def _own_cell(run: SavedRun, text: Metric, scope: str, version: str, reasons: Reasons) -> Cell:
    found = run.figures.get(text.name, scope, version)
    if found.defined and text.as_share and not found.has_interval:
        return figure(value_words(text, found.value))
    return reasons.interval(found)


def against_table(run: SavedRun, scope: str) -> Table:
    """One row per candidate and measure, with how the measure was calibrated."""
    reasons = Reasons()
    rows = [
        _against_row(candidate, text, run.figures.get(text.name, scope, candidate), reasons)
        for candidate in run.record.candidates
        for text in _distribution(own=False)
        if run.figures.has(text.name, scope)
    ]
    heads = ["Candidate", "Measure", "Value (interval)", "If nothing had changed", "n", "How it was measured"]
    return table_of("Distribution against the reference", heads, rows, reasons)


def _against_row(candidate: str, text: Metric, found: Measurement, reasons: Reasons) -> list[Cell]:
    return [
        words(candidate, strong=True),
        words(text.label),
        reasons.interval(found),
        figure(number(found.chance) if found.chance == found.chance else ""),
        figure(count(found.n)),
        words(found.note if found.defined else ""),
    ]


def cohort_drift_table(run: SavedRun, scope: str) -> Table:
    """The cohorts whose distribution moved most, by the divergence of their similarities or the classifier's AUC."""
    summary = run.summary
    chosen = summary[(summary["scope"] == scope) & (summary["cohort"] != "") & summary["metric"].isin(COHORT_METRICS)]
    wide = chosen.pivot_table(
        index=["candidate", "cohort"], columns="metric", values="value", sort=False, dropna=False
    ).reindex(columns=list(COHORT_METRICS))
    wide = wide.dropna(how="all").sort_values(["domain_auc", "similarity_kl"], ascending=False, kind="stable")
    rows = [
        [words(str(candidate), strong=True), words(str(cohort)), *[figure(number(float(value))) for value in values]]
        for (candidate, cohort), values in zip(wide.index[:MOST_COHORTS], wide.to_numpy(), strict=False)
    ]
    caption = f"Cohorts whose distribution moved most, at most {MOST_COHORTS}"
    return table_of(caption, ["Candidate", "Cohort", *[metric_named(name).label for name in COHORT_METRICS]], rows)


# --- golden pairs, freshness, removed items and cut-offs
MOST_ROWS = 10
"""Rows shown per candidate; the table file holds the rest."""


def further_tables(run: SavedRun, scope: str) -> tuple[Table, ...]:
    """Every such table that the run has rows for in this scope."""
    tables = (figures_table(run, scope), golden_table(run, scope), removed_table(run, scope), cut_off_table(run, scope))
    return tuple(table for table in tables if table.rows)


def figures_table(run: SavedRun, scope: str) -> Table:
    """One row per figure of golden pairs, freshness and removal, one column per version."""
    reasons = Reasons()
    rows = []
    for text in all_metrics():
        if text.topic not in (Topic.golden, Topic.freshness) or text.role is not Role.value:
            continue
        found = [run.figures.get(text.name, scope, version) for version in versions(run)]
        if any(one.note != NOT_MEASURED.note for one in found):
            label = text.label_at(next((one.k for one in found if one.k is not None), None))
            rows.append([words(label, strong=True), *[_cell(text, one, reasons) for one in found]])
    return table_of("Golden pairs, freshness and removal", ["Figure", *versions(run)], rows, reasons)


def _cell(text: Metric, found: Measurement, reasons: Reasons) -> Cell:
    if found.note == NOT_MEASURED.note:
        return figure("")
    counted = text.unit is Unit.count
    return figure(count(found.value)) if counted and found.defined else reasons.interval(found)


def golden_table(run: SavedRun, scope: str) -> Table:
    """Golden pairs that broke, those whose cosine moved farthest first."""
    frame = run.rows(GOLDEN_PAIRS) if scope == "corpus" else pd.DataFrame()
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


def removed_table(run: SavedRun, scope: str) -> Table:
    """Removed items that still come up, the most frequent first."""
    rows: list[list[Cell]] = [
        [
            words(str(row["candidate"]), strong=True),
            words(str(row["id"])),
            figure(count(row["lists"])),
            figure(count(row["best_rank"])),
            words(str(row["found_by"])),
        ]
        for row in _first(rows_of(run.rows(REMOVED_ITEMS), scope=scope))
    ]
    heads = ["Version", "Removed item", "Lists that hold it", "Best rank", "Found by"]
    return table_of(f"Removed items that come up, at most {MOST_ROWS} of each version", heads, rows)


def cut_off_table(run: SavedRun, scope: str) -> Table:
    """Which cut-off of each candidate passes as many results, or keeps the precision."""
    frame = rows_of(run.rows(CUT_OFFS), scope=scope)
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
