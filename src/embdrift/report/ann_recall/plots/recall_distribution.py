"""How recall is spread over queries at the tuned settings."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.report.ann_recall.looks import shared_legend, version_looks
from embdrift.report.ann_recall.run import at_k
from embdrift.report.palette import LIGHT, Look
from embdrift.report.plots.style import hide_spare, new_figure, panel_shape, percent_axis
from embdrift.report.wording import cut_middle, percent
from embdrift.results import SavedRun
from embdrift.tables import ANN_DISTRIBUTION

MOST_PANELS = 9


def recall_distribution(run: SavedRun) -> Figure | None:
    """One panel per index: the share of queries with less than each recall; solid trained anew, dotted stale."""
    rows = at_k(run, ANN_DISTRIBUTION)
    indexes = list(dict.fromkeys(rows["index"]))[:MOST_PANELS]
    if not indexes:
        return None
    down, across = panel_shape(len(indexes))
    figure = new_figure(max(5.0, 3.0 * across), 2.3 * down + 1.1, _title(run, rows))
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes, index in zip(grid.ravel(), indexes, strict=False):
        for version, look in version_looks(run).items():
            mine = rows[(rows["index"] == index) & (rows["version"] == version)]
            for question in ("fresh", "transfer", "stale"):
                _line(axes, mine[mine["question"] == question], look, stale=question == "stale")
        axes.set_title(cut_middle(index, 30))
        axes.grid(color=LIGHT, linewidth=0.4)
        percent_axis(axes)
    for left in grid:
        left[0].set_ylabel("queries below")
    for bottom in grid[-1]:
        bottom.set_xlabel(f"recall@{run.record.k}")
    hide_spare(grid, len(indexes))
    shared_legend(figure)
    return figure


def _line(axes: Axes, rows: pd.DataFrame, look: Look, *, stale: bool) -> None:
    if rows.empty:
        return
    ordered = rows.sort_values("low")
    below = ordered["share"].cumsum() - ordered["share"]
    axes.step(
        ordered["low"],
        below,
        where="post",
        color=look.colour,
        linewidth=1.3,
        linestyle=(0, (1, 1.2)) if stale else look.line,
        label=f"{look.name}, stale" if stale else look.name,
    )


def _title(run: SavedRun, rows: pd.DataFrame) -> str:
    low = rows[rows["low"] < 0.5].groupby(["version", "question", "index"], as_index=False)["share"].sum()
    if low.empty or low["share"].max() <= 0:
        return f"No query has a recall@{run.record.k} below 0.5 at the tuned settings"
    worst = low.loc[low["share"].idxmax()]
    how = ", stale" if worst["question"] == "stale" else ""
    where = f"{worst['index']} on {version_looks(run)[worst['version']].name}{how}"
    return f"{percent(worst['share'])} of the queries have a recall@{run.record.k} below 0.5 with {where}"
