"""Recall against speed: the settings that nothing beats, per version."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from embdrift.report.ann_recall.looks import shared_legend, version_looks
from embdrift.report.ann_recall.run import target_recall
from embdrift.report.palette import LIGHT, Look
from embdrift.report.plots.style import hide_spare, new_figure, panel_shape
from embdrift.results import SavedRun
from embdrift.tables import ANN_CURVE
from embdrift.types import Floats

NEAREST = 1e-3
TICKS = (0.1, 0.5, 0.8, 0.95, 0.99, 1.0)


def recall_speed(run: SavedRun) -> Figure | None:
    """One panel per k: points are settings of indexes trained on that version, lines join those that nothing beats."""
    curve = run.rows(ANN_CURVE)
    fresh = curve[(curve["question"] == "fresh") & curve["recall"].notna()]
    ks = sorted(fresh["k"].unique())
    if not ks:
        return None
    looks = version_looks(run)
    down, across = panel_shape(len(ks))
    figure = new_figure(max(5.0, 3.1 * across), 3.4 * down + 0.9, _title(run, fresh))
    grid = figure.subplots(down, across, squeeze=False)
    for axes, k in zip(grid.ravel(), ks, strict=False):
        for version, look in looks.items():
            _version(axes, fresh[(fresh["k"] == k) & (fresh["version"] == version)], look)
        axes.axvline(target_recall(run), color=LIGHT, linewidth=1)
        _scales(axes)
        axes.set_title(f"k = {k:.0f}")
    grid[0][0].set_ylabel("queries per second, in a batch")
    hide_spare(grid, len(ks))
    shared_legend(figure)
    return figure


def _scales(axes: Axes) -> None:
    """Recall stretched towards 1, where settings differ; speed logarithmic."""
    axes.set_xscale("function", functions=(_stretched, _recall_at))
    ticks = [tick for tick in TICKS if tick >= axes.get_xlim()[0]]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda recall, _: f"{recall:g}"))
    axes.set_xlim(right=1.0 + NEAREST / 4)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda speed, _: f"{speed:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("recall, stretched towards 1")
    axes.grid(color=LIGHT, linewidth=0.4)


def _stretched(recall: Floats) -> Floats:
    """How many nines a recall has, up to a little beyond 1."""
    return np.asarray(-np.log10(np.maximum(1 + NEAREST - recall, NEAREST / 2)))


def _recall_at(stretched: Floats) -> Floats:
    return np.asarray(1 + NEAREST - 10.0 ** (-np.asarray(stretched)))


def _version(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    if rows.empty:
        return
    recall, speed = rows["recall"].to_numpy(), rows["batch_qps"].to_numpy()
    axes.plot(recall, speed, linestyle="none", marker=look.marker, markersize=3, color=look.colour, alpha=0.35)
    front = pareto(recall, speed)
    low = speed - rows["batch_qps_slowest"].to_numpy()
    high = rows["batch_qps_fastest"].to_numpy() - speed
    spread = np.clip([low[front], high[front]], 0, None)
    axes.errorbar(recall[front], speed[front], yerr=spread, fmt="none", ecolor=look.colour, elinewidth=0.6, alpha=0.6)
    axes.plot(
        recall[front],
        speed[front],
        color=look.colour,
        linestyle=look.line,
        linewidth=1.6,
        marker=look.marker,
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.5,
        label=look.name,
    )


def pareto(recall: Floats, speed: Floats) -> list[int]:
    """Places of the points that no other beats in both, by rising recall."""
    best, front = -np.inf, []
    for place in np.lexsort((-speed, -recall)).tolist():
        if speed[place] > best:
            best = speed[place]
            front.append(place)
    return front[::-1]


def _title(run: SavedRun, fresh: pd.DataFrame) -> str:
    rows = fresh[(fresh["k"] == run.record.k) & (fresh["recall"] >= target_recall(run))]
    if rows.empty:
        return f"No index reaches recall@{run.record.k} {target_recall(run):g}"
    best = rows.loc[rows.groupby("version")["batch_qps"].idxmax()].set_index("version")
    names = {name: look.name for name, look in version_looks(run).items()}
    said = [f"{names[name]}: {best['index'][name]}" for name in names if name in best.index]
    return f"Fastest at recall@{run.record.k} {target_recall(run):g}: {'; '.join(said)}"
