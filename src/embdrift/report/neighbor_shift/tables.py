"""The figures of a run as tables."""

from collections.abc import Sequence

import pandas as pd

from embdrift.metrics.catalog import headline_metrics, metric_named
from embdrift.report.content import MovedItem
from embdrift.report.measurements import quality_changes
from embdrift.report.neighbor_shift.cohorts import cohort_rows, worst_cohorts
from embdrift.report.neighbor_shift.facts import ALL
from embdrift.report.table import Cell, Reasons, Table, figure, table_of, words
from embdrift.report.wording import count, excerpt, number, one_line, percent, scope_words
from embdrift.results import Measurement, SavedRun, Summary, rows_of
from embdrift.tables import MOST_MOVED

COHORTS_PER_CANDIDATE = 10


def headline_table(figures: Summary, candidates: Sequence[str], scope: str) -> Table:
    """One row per candidate: how many neighbours it keeps, beside what noise and chance would keep."""
    reasons = Reasons()
    further = [metric.name for metric in headline_metrics() if figures.has(metric.name, scope)]
    heads = ["Candidate", metric_named("overlap").label_at(figures.k), "Noise floor", "Chance"]
    heads += [metric_named(name).label_at(figures.k) for name in further]
    rows = [_headline_row(figures, candidate, scope, further, reasons) for candidate in candidates]
    return table_of(scope_words(scope).title, heads, rows, reasons)


def _headline_row(figures: Summary, candidate: str, scope: str, further: Sequence[str], reasons: Reasons) -> list[Cell]:
    overlap = figures.get("overlap", scope, candidate)
    beside = [_beside(overlap, value, reasons) for value in (overlap.floor, overlap.chance)]
    others = [reasons.value(figures.get(name, scope, candidate)) for name in further]
    return [words(candidate, strong=True), reasons.interval(overlap), *beside, *others]


def _beside(overlap: Measurement, value: float, reasons: Reasons) -> Cell:
    note = overlap.note or "none was measured for this figure"
    return reasons.value(Measurement(value=value, note=note))


def quality_table(
    figures: Summary,
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
        for judged in quality_changes(figures, scope, candidate)
        if judged.change.defined or not changed
    ]
    names = [heads[0], "Measure", "Reference", heads[1], "Change (interval)", "Judged queries"]
    return table_of(f"Judged quality: {scope_words(scope).title.lower()}", names, rows, reasons)


def every_figure_table(figures: Summary, candidates: Sequence[str], scope: str, *, called: str = "Candidate") -> Table:
    """Every figure over the whole scope, with the number of queries that it rests on."""
    reasons = Reasons()
    rows = [
        [
            words(candidate),
            words(metric_named(found.metric).label_at(found.k)),
            reasons.interval(found),
            figure(number(found.chance)),
            figure(number(found.floor)),
            figure(count(found.n)),
        ]
        for candidate in candidates
        for found in figures.all(scope, candidate)
    ]
    heads = [called, "Figure", "Value (interval)", "Chance", "Noise floor", "n"]
    return table_of(f"Every figure: {scope_words(scope).title.lower()}", heads, rows, reasons)


def cohort_table(run: SavedRun, scope: str) -> Table:
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


# --- the items that moved most
ITEMS_PER_CANDIDATE = 5
EXCERPT = 90


def moved_items(run: SavedRun, scope: str) -> tuple[MovedItem, ...]:
    """The most moved items of each candidate, a handful; all of them are in `tables/most_moved.csv`."""
    frame = rows_of(run.rows(MOST_MOVED), scope=scope)
    frame = frame[~(frame["overlap"] >= ALL)]
    return tuple(
        _moved(rows, candidate, item)
        for candidate in run.record.candidates
        for item, rows in _first_items(rows_of(frame, candidate=candidate))
    )


def _first_items(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    order = frame.drop_duplicates("item").sort_values("overlap", kind="stable")["item"][:ITEMS_PER_CANDIDATE]
    return [(str(item), rows_of(frame, item=str(item))) for item in order]


def _moved(rows: pd.DataFrame, candidate: str, item: str) -> MovedItem:
    old, new = (rows_of(rows, side=side).sort_values("rank", kind="stable") for side in ("reference", "candidate"))
    ranks = sorted({int(rank) for rank in rows["rank"].dropna()})
    left, right = _by_rank(old, "gone"), _by_rank(new, "new")
    missing = [words("–"), words(""), figure("")]
    lines = [[figure(str(rank)), *left.get(rank, missing), *right.get(rank, missing)] for rank in ranks]
    heads = ["Rank", "Old neighbour", "", "Score", "New neighbour", "", "Score"]
    return MovedItem(
        candidate=one_line(candidate),
        item=one_line(item),
        text=excerpt(str(rows["item_text"].iloc[0]), 2 * EXCERPT),
        kept=percent(float(rows["overlap"].iloc[0])),
        neighbors=table_of("", heads, lines),
    )


def _by_rank(side: pd.DataFrame, otherwise: str) -> dict[int, list[Cell]]:
    """The cells of one side by rank; neighbours on both sides are marked by a word, not by looks alone."""
    found: dict[int, list[Cell]] = {}
    for row in side.dropna(subset=["rank"]).to_dict("records"):
        shared = bool(row["shared"])
        name = words(str(row["neighbor"]), shared, excerpt(str(row["neighbor_text"]), EXCERPT))
        status = words("kept" if shared else otherwise, shared)
        found[int(row["rank"])] = [name, status, figure(number(float(row["score"])))]
    return found
