"""The figures of a run as tables."""

from collections.abc import Sequence

import pandas as pd

from embdrift.metrics.catalog import headline_metrics, metric_named
from embdrift.report.frames import rows_of
from embdrift.report.measurements import Measurement, Measurements
from embdrift.report.neighbor_shift.cohorts import cohort_rows, worst_cohorts
from embdrift.report.run_folder import RunFiles
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, number, scope_words

COHORTS_PER_CANDIDATE = 10


def headline_table(figures: Measurements, candidates: Sequence[str], scope: str) -> Table:
    """One row per candidate: how many neighbours it keeps, beside what noise and chance would keep."""
    reasons = Reasons()
    further = [metric.name for metric in headline_metrics() if figures.has(metric.name, scope)]
    heads = ["Candidate", metric_named("overlap").label_at(figures.k), "Noise floor", "Chance"]
    heads += [metric_named(name).label_at(figures.k) for name in further]
    rows = [_headline_row(figures, candidate, scope, further, reasons) for candidate in candidates]
    return table_of(scope_words(scope).title, heads, rows, reasons)


def _headline_row(
    figures: Measurements, candidate: str, scope: str, further: Sequence[str], reasons: Reasons
) -> list[Cell]:
    overlap = figures.get("overlap", scope, candidate)
    beside = [_beside(overlap, value, reasons) for value in (overlap.floor, overlap.chance)]
    others = [reasons.value(figures.get(name, scope, candidate)) for name in further]
    return [words(candidate, strong=True), reasons.interval(overlap), *beside, *others]


def _beside(overlap: Measurement, value: float, reasons: Reasons) -> Cell:
    note = overlap.note if overlap.note != "no reason given" else "none was measured for this figure"
    return reasons.value(Measurement(value=value, note=note))


def quality_table(
    figures: Measurements,
    candidates: Sequence[str],
    scope: str,
    *,
    heads: tuple[str, str] = ("Candidate", "Candidate's value"),
    changed: bool = False,
) -> Table:
    """Judged quality before and after, one row per candidate and measure; no rows where nothing was judged.

    Args:
        figures: what was measured
        candidates: whose quality is shown
        scope: where
        heads: what candidates, and their values, are called
        changed: leave out measures whose paired change is not defined
    """
    reasons = Reasons()
    rows = [
        [
            words(candidate, strong=True),
            words(judged.label),
            figure(number(judged.reference)),
            reasons.value(judged.candidate),
            reasons.interval(judged.change),
            figure(count(judged.candidate.n)),
        ]
        for candidate in candidates
        for judged in figures.judged(scope, candidate)
        if judged.change.defined or not changed
    ]
    names = [heads[0], "Measure", "Reference", heads[1], "Change (interval)", "Judged queries"]
    return table_of(f"Judged quality: {scope_words(scope).title.lower()}", names, rows, reasons)


def every_figure_table(
    figures: Measurements, candidates: Sequence[str], scope: str, *, called: str = "Candidate"
) -> Table:
    """Every figure over the whole scope, with the number of queries that it rests on."""
    reasons = Reasons()
    rows = [
        [
            words(candidate),
            words(metric_named(metric).label_at(found.k)),
            reasons.interval(found),
            figure(number(found.chance)),
            figure(number(found.floor)),
            figure(count(found.n)),
        ]
        for candidate in candidates
        for metric, found in figures.all(scope, candidate)
    ]
    heads = [called, "Figure", "Value (interval)", "Chance", "Noise floor", "n"]
    return table_of(f"Every figure: {scope_words(scope).title.lower()}", heads, rows, reasons)


def cohort_table(run: RunFiles, scope: str) -> Table:
    """The worst cohorts of each candidate; no rows where the run has no cohorts."""
    overlaps = cohort_rows(run.summary, scope=scope, metric="overlap", k=run.record.k)
    rows: list[list[Cell]] = []
    for candidate in run.record.candidates:
        chosen = worst_cohorts(rows_of(overlaps, candidate=candidate), most=COHORTS_PER_CANDIDATE)
        by_name = {str(row["cohort"]): row for row in chosen.rows.to_dict("records")}
        rows += [_cohort_row(candidate, name, pd.Series(by_name[name])) for name in chosen.names]
    label = metric_named("overlap").label_at(run.record.k)
    caption = f"Worst cohorts of each candidate, at most {COHORTS_PER_CANDIDATE}, those of very few items left out"
    return table_of(caption, ["Candidate", "Cohort", "n", f"{label} (interval)"], rows)


def _cohort_row(candidate: str, name: str, row: "pd.Series[float]") -> list[Cell]:
    found = Measurement(value=float(row["value"]), low=float(row["low"]), high=float(row["high"]))
    return [words(candidate), words(name), figure(count(float(row["n"]))), Reasons().interval(found)]
