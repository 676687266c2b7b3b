"""How often items appear in the others' lists: a longer tail means that hubs crowd the results."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from embdrift.report.palette import GREY, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape
from embdrift.report.wording import PER_CENT, count, cut_middle, one_line, percent
from embdrift.results import rows_of
from embdrift.types import Floats

MOST_TICKS = 7


def hubness(bins: pd.DataFrame, *, k: int, reference: str, looks: Mapping[str, Look]) -> Figure | None:
    """The reference's distribution as bars, each candidate's as a line; None where the table holds no value.

    Args:
        bins: `tables/hubness.csv`, rows of one scope
        k: length of the lists
        reference: name of the old version
        looks: how each candidate is drawn
    """
    known = bins.dropna(subset=["low", "high", "share"])
    shown = [name for name in looks if (known["version"] == name).any()]
    if not shown:
        return None
    edges = known[["low", "high"]].drop_duplicates().sort_values(["low", "high"])
    down, across = panel_shape(len(shown))
    old = _shares(rows_of(known, version=reference), edges)
    new = {name: _shares(rows_of(known, version=name), edges) for name in shown}
    short = cut_middle(one_line(reference), 26)
    title = _title(edges, old, new, short, looks)
    figure = new_figure(max(5.2, 2.9 * across), 2.2 * down + 0.9, title)
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(panels.ravel(), shown, strict=False):
        _panel(axes, old, new[name], looks[name])
    hide_spare(panels, len(shown))
    for axes in panels.ravel():
        _label_bins(axes, edges)
    label_below(figure, f"how many lists of {k} an item appears in (bars: {short}, line: candidate)")
    figure.supylabel("share of the items (logarithmic)", fontsize=9)
    return figure


def _shares(rows: pd.DataFrame, edges: pd.DataFrame) -> Floats:
    """Share of the items in each bin; NaN where a bin is empty, which a logarithmic axis cannot show."""
    merged = edges.merge(rows, on=["low", "high"], how="left")["share"].to_numpy(dtype=float)
    return np.where(merged > 0, merged, np.nan)


def _panel(axes: Axes, old: Floats, new: Floats, look: Look) -> None:
    places = np.arange(len(new))
    axes.bar(places, old, width=0.86, color=LIGHT, edgecolor=GREY, linewidth=0.4)
    axes.plot(places, new, color=look.colour, linewidth=1.6, marker=look.marker, markersize=4.5)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=10, numticks=5))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}{PER_CENT}"))
    axes.set_title(look.name)


def _label_bins(axes: Axes, edges: pd.DataFrame) -> None:
    labels = [
        count(low) if low == high else f"{count(low)}–{count(high)}" for low, high in edges.itertuples(index=False)
    ]
    shown = range(0, len(labels), -(-len(labels) // MOST_TICKS))
    axes.set_xticks(list(shown), [labels[place] for place in shown], rotation=30, ha="right", rotation_mode="anchor")


def _title(
    edges: pd.DataFrame, old: Floats, new: Mapping[str, Floats], reference: str, looks: Mapping[str, Look]
) -> str:
    """Say how many items no list holds, where there is a bin for it."""
    if float(edges["high"].iloc[0]) != 0:
        return "How often items appear in the lists of the others"
    never = {name: float(np.nan_to_num(shares[0])) for name, shares in new.items()}
    before = float(np.nan_to_num(old[0]))
    most = max(never, key=lambda name: abs(never[name] - before))
    after = f"{percent(never[most])} of the items are in no list of {looks[most].name}"
    return f"{after}; in none of {reference}: {percent(before)}"
