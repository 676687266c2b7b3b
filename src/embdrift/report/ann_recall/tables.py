"""The figures of an ANN-recall run as tables."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import pandas as pd

from embdrift.report.ann_recall.run import at_k, facts_of, target_recall
from embdrift.report.ann_recall.sentences import ADVICE
from embdrift.report.table import Cell, Table, figure, words
from embdrift.report.wording import count, number, one_line, percent
from embdrift.results import SavedRun, rows_in
from embdrift.tables import (
    ANN_CELLS,
    ANN_COMPARISONS,
    ANN_CURVE,
    ANN_DECISIONS,
    ANN_EQUAL_RECALL,
    ANN_EXACT_OVERLAP,
    ANN_GROUND_TRUTH,
    ANN_LEFT_OUT,
    ANN_MOST_LOST,
    ANN_OPERATING_POINTS,
    ANN_TIES,
)

UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
QUESTIONS = {"transfer": "trained anew", "stale": "old training", "reseeded": "other seeds", "fresh": "fresh"}


def shown(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()) -> Table:
    """A table without the columns that say nothing in any row."""
    told = [place for place in range(len(heads)) if any(row[place].text for row in rows)]
    kept = tuple(tuple(row[place] for place in told) for row in rows)
    return Table(caption, tuple(heads[place] for place in told), kept, tuple(notes))


def decisions_table(run: SavedRun) -> Table:
    """Which tuned index can be kept, per candidate; below it, what a reader should know first."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["index"]),
            words(row["decision"], strong=row["decision"] == "keep"),
            words(_advice(row["decision"])),
            words(row["note"]),
        ]
        for row in rows_in(at_k(run, ANN_DECISIONS))
    ]
    caption = f"Which tuned index can be kept, at k = {run.record.k} and a target recall of {target_recall(run):g}"
    return shown(caption, ["Candidate", "Index", "Decision", "What that means", "Note"], rows, _notes(run))


def points_table(run: SavedRun) -> Table:
    """What each index is tuned to, where there is no candidate to decide about; below it, what to know first."""
    rows = [
        [
            words(row["index"], strong=True),
            words(row["search"] if isfinite(row["recall_tuning"]) else "does not reach it"),
            figure(number(row["best_tuning"])),
            figure(number(row["recall_tuning"])),
            figure(number(row["recall_reporting"])),
            words(row["note"]),
        ]
        for row in rows_in(at_k(run, ANN_OPERATING_POINTS))
    ]
    heads = ["Index", "Cheapest setting that reaches it", "Best recall", "Recall where tuned", "On the other queries"]
    heads += ["Note"]
    return shown(f"Which index reaches recall@{run.record.k} {target_recall(run):g}", heads, rows, _notes(run))


def _notes(run: SavedRun) -> list[str]:
    return [one_line(note) for note in run.record.notes]


def _advice(decision: str) -> str:
    return f"it {ADVICE.get(decision, decision)}".format(it="it is", them="it")


def comparisons_table(run: SavedRun) -> Table:
    """Tuned indexes across versions, with intervals."""
    rows = [
        [
            words(row["candidate"], strong=True),
            words(row["index"]),
            words(row["search"]),
            words(QUESTIONS.get(row["question"], row["question"])),
            figure(number(row["recall_reference"])),
            figure(number(row["recall"])),
            figure(_interval(row)),
            figure(number(row["p_holm"])),
            figure(number(row["reseed"])),
            words(row["verdict"]),
            words(row["note"]),
        ]
        for row in rows_in(at_k(run, ANN_COMPARISONS))
    ]
    heads = ["Held against", "Index", "Setting", "How", "Recall on the reference", "Recall there", "Change (95 %)"]
    heads += ["p (Holm)", "Between seeds", "Verdict", "Note"]
    caption = f"Tuned indexes on the {facts_of(run)['reporting_queries']} queries that they were not tuned on"
    return shown(caption, heads, rows)


def _interval(row: dict[str, Any]) -> str:
    if not isfinite(row["change"]):
        return number(row["change"])
    return f"{number(row['change'])} ({number(row['low'])} to {number(row['high'])})"


def equal_recall_table(run: SavedRun) -> Table:
    """What the target costs on each version."""
    rows = [
        [
            words(row["index"], strong=True),
            words(row["version"]),
            words(QUESTIONS["stale"] if row["question"] == "stale" else "trained on it"),
            words(row["state"]),
            words(row["search"]),
            figure(number(row["best"])),
            figure(_amount(row["distances"])),
            figure(_times(row["distances_ratio"])),
            figure(_milliseconds(row["milliseconds"])),
            figure(_times(row["time_ratio"])),
        ]
        for row in rows_in(at_k(run, ANN_EQUAL_RECALL).sort_values("index", kind="stable"))
    ]
    heads = ["Index", "Version", "How", "Target", "First setting that reaches it", "Best recall", "Distances per query"]
    heads += ["In times of the reference", "Milliseconds per query", "In times of the reference"]
    return shown(f"What recall@{run.record.k} {target_recall(run):g} costs, between settings interpolated", heads, rows)


def _amount(value: float) -> str:
    return count(value) if isfinite(value) else ""


def _times(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else ""


def _milliseconds(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else ""


def curve_table(run: SavedRun) -> Table:
    """Every setting at the headline k."""
    rows = [
        [
            words(row["version"]),
            words(QUESTIONS["stale"] if row["question"] == "stale" else "trained on it"),
            words(row["index"]),
            words(row["search"]),
            figure(number(row["recall"])),
            figure(f"{number(row['recall_lowest_seed'])} to {number(row['recall_highest_seed'])}"),
            figure(number(row["recall_tie_aware"])),
            figure(number(row["p1"], 2)),
            figure(number(row["p5"], 2)),
            figure(percent(row["below_0.5"])),
            figure(percent(row["below_0.8"])),
            figure(percent(row["robustness"])),
            figure(_amount(row["distances"])),
            figure(_rate(row, "batch")),
            figure(_rate(row, "single")),
        ]
        for row in rows_in(at_k(run, ANN_CURVE))
    ]
    heads = ["Version", "How", "Index", "Setting", f"Recall@{run.record.k}", "Least and most of the seeds"]
    heads += ["Tie-aware", "p1", "p5", "Queries below 0.5", "Below 0.8", f"At least {facts_of(run)['threshold']:g}"]
    heads += ["Distances per query", "Queries per second, in a batch", "Queries per second, one at a time"]
    return shown(f"Every setting at k = {run.record.k}; tables/curve.csv has all k", heads, rows)


def _rate(row: dict[str, Any], kind: str) -> str:
    return f"{row[f'{kind}_qps']:,.0f} ({row[f'{kind}_qps_slowest']:,.0f} to {row[f'{kind}_qps_fastest']:,.0f})"


def builds_table(run: SavedRun) -> Table:
    """What each index took to build: medians over seeds; and what became of those that were not."""
    same = ["question", "version", "index", "state", "note", "ran_on"]
    costs = ["build_seconds", "index_bytes", "peak_memory_bytes", "imbalance"]
    cells = run.rows(ANN_CELLS).groupby(same, sort=False)
    frame = cells[costs].median().assign(seeds=cells.size()).reset_index()
    rows = [
        [
            words(row["index"], strong=True),
            words(row["version"]),
            words(QUESTIONS["stale"] if row["question"] == "stale" else "trained on it"),
            figure(str(row["seeds"])),
            words(row["state"]),
            words(row["ran_on"]),
            figure(_times(row["build_seconds"])),
            figure(_size(row["index_bytes"])),
            figure(_size(row["peak_memory_bytes"])),
            figure(_times(row["imbalance"])),
            words(row["note"]),
        ]
        for row in rows_in(frame)
    ]
    heads = ["Index", "Version", "How", "Seeds", "State", "Ran on", "Seconds to build", "Size", "Peak memory"]
    return shown("What was built (medians over seeds)", [*heads, "Imbalance of lists", "Note"], rows)


def _size(value: float) -> str:
    """Bytes in the largest unit that leaves a whole number before the point."""
    if not isfinite(value):
        return ""
    for step, unit in UNITS:
        if value >= step:
            return f"{value / step:.1f} {unit}"
    return f"{value:.0f} B"


def left_out_table(run: SavedRun) -> Table:
    """Settings that were not searched, and why."""
    rows = [
        [words(row["index"], strong=True), words(row["search"]), figure(f"{row['k']:.0f}"), words(row["note"])]
        for row in rows_in(run.rows(ANN_LEFT_OUT))
    ]
    return shown("Settings left out", ["Index", "Setting", "k", "Reason"], rows)


def ties_table(run: SavedRun) -> Table:
    """How many queries have items that tie with the k-th, beside how many neighbours exact search keeps."""
    rows = [
        [
            words(row["version"], strong=True),
            figure(f"{row['k']:.0f}"),
            figure(_kept(run, row["version"], int(row["k"]))),
            figure(count(row["tied_exactly"])),
            figure(count(row["tied_nearly"])),
            figure(count(row["n"])),
        ]
        for row in rows_in(run.rows(ANN_TIES))
    ]
    heads = ["Version", "k", "Neighbours kept by exact search", "Queries tied at k", "Nearly tied", "Queries"]
    return shown("Exact search on each version", heads, rows)


def _kept(run: SavedRun, version: str, k: int) -> str:
    kept = at_k(run, ANN_EXACT_OVERLAP, k, candidate=version)["overlap"]
    return percent(float(kept.iloc[0])) if len(kept) else ""


def most_lost_table(run: SavedRun, most: int = 20) -> Table:
    """The queries that lost most recall."""
    frame: pd.DataFrame = run.rows(ANN_MOST_LOST).sort_values("change", kind="stable").head(most)
    rows = [
        [
            words(row["id"], strong=True),
            words(row["text"][:120]),
            words(row["candidate"]),
            words(row["index"]),
            words(QUESTIONS.get(row["question"], row["question"])),
            figure(number(row["recall_reference"], 2)),
            figure(number(row["recall"], 2)),
        ]
        for row in rows_in(frame)
    ]
    heads = ["Query", "Text", "Held against", "Index", "How", "Recall on the reference", "Recall there"]
    return shown(f"Queries that lost most, at most {most}; tables/most_lost.csv has more", heads, rows)


def ground_truth_table(run: SavedRun, most: int = 20) -> Table:
    """Where a given file of neighbours disagrees with exact search."""
    rows = [
        [
            words(row["query"], strong=True),
            figure(f"{row['rank']:.0f}"),
            words(row["given"]),
            words(row["ours"]),
            figure(number(row["given_score"], 6)),
            figure(number(row["our_score"], 6)),
            words(row["note"]),
        ]
        for row in rows_in(run.rows(ANN_GROUND_TRUTH).head(most))
    ]
    heads = ["Query", "Rank", "Given", "Missing instead", "Score of the given", "Score of the missing", "Note"]
    caption = f"Given neighbours that are none, at most {most}; tables/ground_truth.csv has more"
    return shown(caption, heads, rows)
