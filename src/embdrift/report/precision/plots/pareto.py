"""Neighbours kept against bytes: which ways of storing no other beats in both."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from embdrift.report.palette import GREY, INK, LIGHT, looks
from embdrift.report.plots.style import new_figure, percent_axis, spread
from embdrift.report.precision.run import cell_of, ladder
from embdrift.report.wording import count, percent, scope_words, the_nearest
from embdrift.results import SavedRun

LABEL_GAP = 0.055
HOLLOW = "white"


def pareto(run: SavedRun, scope: str) -> Figure | None:
    """One point per way, hollow where it is emulated; the line joins those that no other beats in both."""
    names = [name for name in ladder(run) if run.figures.get("overlap", scope, name).defined]
    if not names:
        return None
    look = looks(ladder(run))
    sizes = [float(cell_of(run, name)["bytes_kept"]) for name in names]
    kept = [run.figures.get("overlap", scope, name).value for name in names]
    figure = new_figure(7.8, max(4.4, 0.27 * len(names) + 1.4), _title(run, scope, names, sizes, kept))
    axes = figure.add_subplot()
    best = front(sizes, kept)
    axes.plot([sizes[at] for at in best], [kept[at] for at in best], color=GREY, linewidth=1.0, drawstyle="steps-post")
    for name, size, value in zip(names, sizes, kept, strict=True):
        emulated = cell_of(run, name)["fidelity"] == "emulated"
        axes.plot(
            size,
            value,
            marker=look[name].marker,
            color=look[name].colour,
            markerfacecolor=HOLLOW if emulated else look[name].colour,
            markersize=7,
            linestyle="none",
        )
    _labels(axes, [look[name].name for name in names], sizes, kept, [look[name].colour for name in names])
    _axes(axes, run, scope, sizes, kept)
    return figure


def front(sizes: Sequence[float], kept: Sequence[float]) -> list[int]:
    """Places of the points that no other beats in both, from the smallest."""
    order = sorted(range(len(sizes)), key=lambda at: (sizes[at], -kept[at]))
    best: list[int] = []
    for at in order:
        if not best or kept[at] > kept[best[-1]]:
            best.append(at)
    return best


def _labels(
    axes: Axes, names: Sequence[str], sizes: Sequence[float], kept: Sequence[float], colours: Sequence[str]
) -> None:
    """Names at the right, moved apart, each joined with its point."""
    low, high = min(kept), 1.0
    room = max(high - low, 0.02)
    places = spread([(value - low) / room for value in kept], LABEL_GAP, 1.0)
    for name, size, value, place, colour in zip(names, sizes, kept, places, colours, strict=True):
        axes.annotate(
            f"{name}  {percent(value)}",
            (size, value),
            xytext=(1.03, place),
            textcoords="axes fraction",
            va="center",
            fontsize=8,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "alpha": 0.6, "relpos": (0, 0.5)},
        )


def _axes(axes: Axes, run: SavedRun, scope: str, sizes: Sequence[float], kept: Sequence[float]) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(LogLocator(base=2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    room = max(1 - min(kept), 0.02)
    axes.set(xlim=(min(sizes) / 1.4, max(sizes) * 1.4), ylim=(min(kept) - 0.05 * room, 1 + 0.03 * room))
    axes.set_xlabel("bytes kept per vector (logarithmic); hollow: emulated arithmetic")
    axes.set_ylabel(f"share of {the_nearest(run.record.k, scope_words(scope).found)} kept")
    percent_axis(axes)
    axes.grid(color=LIGHT, linewidth=0.5)


def _title(run: SavedRun, scope: str, names: Sequence[str], sizes: Sequence[float], kept: Sequence[float]) -> str:
    best = front(sizes, kept)
    good = [at for at in best if kept[at] >= 0.99]
    at = good[0] if good else int(np.argmax(kept))
    found = the_nearest(run.record.k, scope_words(scope).found)
    return f"{names[at]} keeps {percent(kept[at])} of {found} in {count(sizes[at])} bytes a vector"
