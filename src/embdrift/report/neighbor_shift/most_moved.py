"""The items whose neighbours changed most, old and new neighbours side by side."""

from dataclasses import dataclass

import pandas as pd

from embdrift.report.frames import rows_of
from embdrift.report.neighbor_shift.facts import ALL
from embdrift.report.run_folder import RunFiles
from embdrift.report.table import Cell, Table, figure, table_of, words
from embdrift.report.wording import excerpt, number, one_line, percent

ITEMS_PER_CANDIDATE = 5
EXCERPT = 90


@dataclass(frozen=True)
class MovedItem:
    """One item with its neighbours before and after."""

    candidate: str
    item: str
    text: str
    kept: str
    neighbors: Table


def moved_items(run: RunFiles, scope: str) -> tuple[MovedItem, ...]:
    """The most moved items of each candidate, a handful; all of them are in `tables/most_moved.csv`."""
    frame = rows_of(run.most_moved, scope=scope)
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
