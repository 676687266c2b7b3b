"""Where the old neighbours stand in the new order, and how many are gone."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.report.palette import GREY, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape, percent_axis, rank_axis
from embdrift.report.wording import count, percent
from embdrift.results import rows_of
from embdrift.types import Floats


def rank_displacement(displacement: pd.DataFrame, *, looks: Mapping[str, Look]) -> Figure | None:
    """New rank against old rank, and below it the share lost; None where the table holds no value.

    Args:
        displacement: `tables/displacement.csv`, rows of one scope
        looks: how each candidate is drawn
    """
    known = displacement.dropna(subset=["old_rank", "new_rank_median", "depth"]).sort_values("old_rank")
    lines = {name: rows_of(known, candidate=name) for name in looks}
    lines = {name: rows for name, rows in lines.items() if len(rows)}
    if not lines:
        return None
    depth = float(known["depth"].max())
    down, across = panel_shape(len(lines))
    figure = new_figure(max(5.2, 2.9 * across), 3.4 * down + 0.7, _title(lines, depth, looks))
    grid = figure.subplots(
        2 * down, across, sharex=True, sharey="row", squeeze=False, gridspec_kw={"height_ratios": [3, 1] * down}
    )
    most_lost = float(np.nanmax([rows["lost_share"].max() for rows in lines.values()], initial=0.0))
    upper, lower = grid[0::2], grid[1::2]
    for ranks, lost, (name, rows) in zip(upper.ravel(), lower.ravel(), lines.items(), strict=False):
        _ranks(ranks, rows, looks[name], depth)
        _lost(lost, rows, looks[name], most_lost)
    for left in range(down):
        upper[left][0].set_ylabel("new rank")
        lower[left][0].set_ylabel("lost")
    label_below(figure, "rank among the old neighbours (solid: median new rank, dashed: 95th percentile)")
    hide_spare(upper, len(lines))
    hide_spare(lower, len(lines))
    for axes in upper.ravel():
        axes.tick_params(labelbottom=False)
    return figure


def _ranks(axes: Axes, rows: pd.DataFrame, look: Look, depth: float) -> None:
    old, top = rows["old_rank"].to_numpy(), (depth + 1) * 2
    median, far = rows["new_rank_median"].to_numpy(), rows["new_rank_p95"].to_numpy()
    axes.axhspan(depth + 0.5, top, facecolor="white", edgecolor=LIGHT, hatch="////", linewidth=0)
    axes.plot([1, depth], [1, depth], color=GREY, linewidth=1.0, linestyle=(0, (1, 1.5)))
    axes.fill_between(old, median, far, color=look.colour, alpha=0.18, linewidth=0)
    axes.plot(old, far, color=look.colour, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.plot(old, median, color=look.colour, linewidth=1.8, marker=look.marker, markersize=4, markevery=_some(old))
    rank_axis(axes, "x", depth)
    rank_axis(axes, "y", depth)
    axes.set(xlim=(0.92, max(float(old.max()), 2.0) * 1.08), ylim=(0.85, top))
    axes.set_title(look.name)
    axes.text(
        0.5,
        np.sqrt((depth + 0.5) * top),
        f"beyond {count(depth)}: not known",
        transform=axes.get_yaxis_transform(),
        ha="center",
        va="center",
        fontsize=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )


def _lost(axes: Axes, rows: pd.DataFrame, look: Look, most: float) -> None:
    old, share = rows["old_rank"].to_numpy(), rows["lost_share"].to_numpy()
    axes.fill_between(old, 0, np.nan_to_num(share), color=look.colour, alpha=0.35, linewidth=0)
    axes.plot(old, share, color=look.colour, linewidth=1.4, marker=look.marker, markersize=4, markevery=_some(old))
    axes.set_ylim(0, max(1.15 * most, 0.01))
    percent_axis(axes)
    axes.grid(axis="y", color=LIGHT, linewidth=0.6)


def _some(ranks: Floats) -> list[int]:
    """Places for markers, at even steps of a logarithmic axis."""
    return [int(place) for place in np.flatnonzero(np.isin(ranks, np.geomspace(ranks[0], ranks[-1], 6).round()))]


def _title(lines: Mapping[str, pd.DataFrame], depth: float, looks: Mapping[str, Look]) -> str:
    lost = {name: float(rows["lost_share"].mean()) for name, rows in lines.items()}
    lost = {name: share for name, share in lost.items() if np.isfinite(share)}
    if not lost:
        return "Where the old neighbours stand in the new order"
    if not any(lost.values()):
        return f"No old neighbour falls out of the first {count(depth)}"
    best, worst = min(lost, key=lambda name: lost[name]), max(lost, key=lambda name: lost[name])
    title = f"{looks[worst].name} drops {percent(lost[worst])} of the old neighbours out of its first {count(depth)}"
    return title if best == worst else f"{title}; {looks[best].name} {percent(lost[best])}"
