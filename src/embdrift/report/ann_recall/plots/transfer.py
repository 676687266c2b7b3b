"""Tuned indexes from the reference to a candidate: trained anew, and with their old trained parts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.report.ann_recall.looks import version_looks
from embdrift.report.ann_recall.run import at_k, target_recall
from embdrift.report.palette import GREY, INK, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape
from embdrift.report.wording import cut_middle
from embdrift.results import SavedRun
from embdrift.tables import ANN_COMPARISONS

SHIFT = 0.18
"""How far the arrows of the two questions lie apart, in rows."""
SHORTEST = 0.03
"""A change of recall that is smaller has no arrow: its head would be longer than its shaft."""


def transfer(run: SavedRun) -> Figure | None:
    """One panel per candidate, one row per index: arrows from the recall on the reference to that on the candidate."""
    rows = at_k(run, ANN_COMPARISONS)
    rows = rows[rows["question"].isin(["transfer", "stale"]) & rows["recall"].notna()]
    looks = {name: look for name, look in version_looks(run).items() if (rows["candidate"] == name).any()}
    if not looks:
        return None
    indexes = list(dict.fromkeys(rows["index"]))
    down, across = panel_shape(len(looks))
    figure = new_figure(max(5.5, 3.4 * across), (0.42 * len(indexes) + 1.1) * down + 1.0, _title(run, rows))
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes, (name, look) in zip(grid.ravel(), looks.items(), strict=False):
        _candidate(axes, rows[rows["candidate"] == name], indexes, look)
        axes.axvline(target_recall(run), color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_title(look.name)
    grid[0][0].set_yticks(range(len(indexes)), [cut_middle(index, 24) for index in indexes])
    grid[0][0].set_ylim(len(indexes) - 0.5, -0.5)
    label_below(
        figure,
        f"recall@{run.record.k} at the setting tuned on"
        f" {version_looks(run)[run.record.reference].name}; filled: trained"
        " anew, hollow: with what it was trained on before; dotted: the target",
    )
    hide_spare(grid, len(looks))
    return figure


def _candidate(axes: Axes, rows: pd.DataFrame, indexes: list[str], look: Look) -> None:
    for row in rows.to_dict("records"):
        fresh = row["question"] == "transfer"
        height = indexes.index(row["index"]) + (-SHIFT if fresh else SHIFT)
        if abs(row["change"]) >= SHORTEST:
            axes.annotate(
                "",
                (row["recall"], height),
                xytext=(row["recall_reference"], height),
                arrowprops={"arrowstyle": "->", "color": look.colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 3},
            )
        axes.plot(row["recall_reference"], height, marker="|", color=INK, markersize=7)
        axes.errorbar(
            row["recall"],
            height,
            xerr=[[max(0.0, row["change"] - row["low"])], [max(0.0, row["high"] - row["change"])]],
            color=look.colour,
            elinewidth=0.8,
            marker="o",
            markersize=5,
            markerfacecolor=look.colour if fresh else "white",
        )
    axes.grid(axis="x", color=LIGHT, linewidth=0.5)


def _title(run: SavedRun, rows: pd.DataFrame) -> str:
    worst = rows.sort_values("change", kind="stable").iloc[0]
    if worst["change"] >= -0.005:
        return "No tuned index loses recall on the new vectors"
    how = "trained anew" if worst["question"] == "transfer" else "with its old training"
    name = version_looks(run)[worst["candidate"]].name
    return f"{worst['index']} falls from {worst['recall_reference']:.2f} to {worst['recall']:.2f} on {name}, {how}"
