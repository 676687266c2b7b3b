"""Overlap against the number of neighbours, with what chance and noise would keep."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.metrics.catalog import metric_named
from embdrift.report.palette import GREY, INK, LIGHT, Look
from embdrift.report.plots.style import new_figure, percent_axis, rank_axis, spread
from embdrift.report.wording import percent, scope_words, the_nearest
from embdrift.results import rows_of

LABEL_GAP = 0.05


def overlap_curve(curve: pd.DataFrame, *, scope: str, k: int, looks: Mapping[str, Look]) -> Figure | None:
    """One line per candidate; None where the table holds no value.

    Args:
        curve: `tables/curve.csv`, rows of one scope
        scope: the scope, for its words
        k: number of neighbours of the headline figure, marked on the axis
        looks: how each candidate is drawn
    """
    lines = {name: rows_of(curve, candidate=name).dropna(subset=["overlap"]).sort_values("k") for name in looks}
    lines = {name: rows for name, rows in lines.items() if len(rows)}
    if not lines:
        return None
    figure = new_figure(7.6, max(4.2, 0.28 * len(lines) + 1.6), _title(lines, scope, k, looks))
    axes = figure.add_subplot()
    _benchmark(axes, curve, "floor", "noise alone")
    _benchmark(axes, curve, "chance", "chance")
    for name, rows in lines.items():
        _line(axes, rows, looks[name])
    _end_labels(axes, lines, k, looks)
    last = float(max(rows["k"].max() for rows in lines.values()))
    rank_axis(axes, "x", last)
    axes.set(xlim=(0.95, max(last, 2.0)), ylim=(-0.02, 1.03), xlabel="k, neighbours looked at (logarithmic)")
    axes.set_ylabel(f"{metric_named('overlap').label_at(None)}: share of the k nearest kept")
    percent_axis(axes)
    axes.grid(axis="y", color=LIGHT, linewidth=0.6)
    axes.axvline(k, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    return figure


def _line(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    ks = rows["k"].to_numpy()
    # markers at even steps of a logarithmic axis
    steps = np.unique(np.geomspace(ks[0], ks[-1], 9).round())
    places = [int(place) for place in np.flatnonzero(np.isin(ks, steps))]
    axes.plot(
        ks,
        rows["overlap"].to_numpy(),
        color=look.colour,
        linestyle=look.line,
        linewidth=1.8,
        marker=look.marker,
        markersize=5,
        markevery=places,
        markeredgecolor="white",
        markeredgewidth=0.6,
    )


def _benchmark(axes: Axes, curve: pd.DataFrame, column: str, label: str) -> None:
    """A grey band from the least to the greatest value among the candidates, mostly a line."""
    known = curve.dropna(subset=[column])
    if known.empty:
        return
    by_k = known.groupby("k")[column].agg(["min", "max"])
    ks, low, high = by_k.index.to_numpy(), by_k["min"].to_numpy(), by_k["max"].to_numpy()
    axes.fill_between(ks, low, high, color=LIGHT, linewidth=0)
    axes.plot(ks, low, color=INK, linewidth=1.0, linestyle=(0, (1, 1.5)))
    axes.annotate(label, (ks[0], high[0]), xytext=(2, 3), textcoords="offset points", va="bottom", fontsize=8)


def _end_labels(axes: Axes, lines: Mapping[str, pd.DataFrame], k: int, looks: Mapping[str, Look]) -> None:
    """Name each line at its right end, with its value at k; labels are moved apart where lines end together."""
    ends = [float(rows["overlap"].iloc[-1]) for rows in lines.values()]
    for (name, rows), end, place in zip(lines.items(), ends, spread(ends, LABEL_GAP, 1.0), strict=True):
        value = value_at(rows, k)
        text = looks[name].name if value is None else f"{looks[name].name}  {percent(value)} at {k}"
        axes.annotate(
            text,
            (float(rows["k"].iloc[-1]), end),
            xytext=(1.045, place),
            textcoords=("axes fraction", "data"),
            va="center",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": looks[name].colour, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 2},
        )


def value_at(rows: pd.DataFrame, k: int) -> float | None:
    """The overlap at k; None where the curve does not hold that k."""
    found = rows.loc[rows["k"] == k, "overlap"]
    return float(found.iloc[0]) if len(found) else None


def _title(lines: Mapping[str, pd.DataFrame], scope: str, k: int, looks: Mapping[str, Look]) -> str:
    values = {name: value_at(rows, k) for name, rows in lines.items()}
    known = sorted((value, name) for name, value in values.items() if value is not None)
    if not known:
        return "Share of neighbours kept, by number of neighbours"
    (worst, worst_name), (best, best_name) = known[0], known[-1]
    title = f"{looks[best_name].name} keeps {percent(best)} of {the_nearest(k, scope_words(scope).found)}"
    return title if worst_name == best_name else f"{title}; {looks[worst_name].name} keeps {percent(worst)}"
