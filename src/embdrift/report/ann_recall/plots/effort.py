"""Recall against how hard an index searches."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from embdrift.report.ann_recall.looks import shared_legend, version_looks
from embdrift.report.ann_recall.run import at_k, target_recall
from embdrift.report.palette import GREY, LIGHT, Look
from embdrift.report.plots.style import hide_spare, new_figure, panel_shape
from embdrift.report.wording import cut_middle
from embdrift.results import SavedRun
from embdrift.tables import ANN_CURVE

MOST_PANELS = 9


def effort(run: SavedRun) -> Figure | None:
    """One panel per index with something to set: recall against it, per version; solid trained anew, dotted stale."""
    rows = at_k(run, ANN_CURVE)
    parts = rows["search"].str.extract(r"(?P<rest>.*?)(?P<name>\w+) (?P<value>\d+)$")
    rows = rows.assign(rest=parts["rest"], name=parts["name"], value=parts["value"]).dropna(subset=["value", "recall"])
    rows = rows.assign(value=rows["value"].astype(float))
    indexes = list(dict.fromkeys(rows["index"]))[:MOST_PANELS]
    if not indexes:
        return None
    down, across = panel_shape(len(indexes))
    figure = new_figure(
        max(5.0, 3.0 * across), 2.5 * down + 1.1, f"Recall@{run.record.k} against how hard each index searches"
    )
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, index in zip(grid.ravel(), indexes, strict=False):
        mine = rows[rows["index"] == index]
        # one further setting, such as k_factor, is held at its greatest value
        mine = mine[mine["rest"] == mine["rest"].iloc[-1]]
        for version, look in version_looks(run).items():
            for question in ("fresh", "stale"):
                chosen = mine[(mine["version"] == version) & (mine["question"] == question)]
                _line(axes, chosen, look, stale=question == "stale")
        _dress(axes, mine, index, target_recall(run))
    for left in grid:
        left[0].set_ylabel("recall")
    hide_spare(grid, len(indexes))
    shared_legend(figure)
    return figure


def _line(axes: Axes, rows: pd.DataFrame, look: Look, *, stale: bool) -> None:
    if rows.empty:
        return
    ordered = rows.sort_values("value")
    axes.fill_between(
        ordered["value"],
        ordered["recall_lowest_seed"],
        ordered["recall_highest_seed"],
        color=look.colour,
        alpha=0.15,
        linewidth=0,
    )
    axes.plot(
        ordered["value"],
        ordered["recall"],
        color=look.colour,
        linewidth=1.4,
        linestyle=(0, (1, 1.2)) if stale else look.line,
        marker=look.marker,
        markersize=3.5,
        markerfacecolor="white" if stale else look.colour,
        label=f"{look.name}, stale" if stale else look.name,
    )


def _dress(axes: Axes, rows: pd.DataFrame, index: str, target: float) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(sorted(rows["value"].unique())))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.axhline(target, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_title(cut_middle(index, 30))
    axes.set_xlabel(str(rows["name"].iloc[0]))
    axes.grid(color=LIGHT, linewidth=0.4)
