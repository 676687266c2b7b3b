"""How a quantity of the vectors is distributed under the reference and under each candidate."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.report.palette import GREY, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape, percent_axis
from embdrift.report.wording import cut_middle, number, one_line
from embdrift.results import rows_of
from embdrift.types import Floats


def distribution(
    bins: pd.DataFrame, *, label: str, medians: Mapping[str, float], reference: str, looks: Mapping[str, Look]
) -> Figure | None:
    """The reference's histogram as bars, each candidate's as a line; None where the table holds no value.

    Args:
        bins: `tables/distributions.csv`, rows of one scope and quantity
        label: what the quantity is called
        medians: version -> its median, for the title
        reference: name of the old version
        looks: how each candidate is drawn
    """
    known = bins.dropna(subset=["low", "high", "share"])
    shown = [name for name in looks if (known["version"] == name).any()]
    if not shown:
        return None
    down, across = panel_shape(len(shown))
    figure = new_figure(max(5.2, 2.9 * across), 2.2 * down + 0.9, _title(label, medians, reference, shown, looks))
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(panels.ravel(), shown, strict=False):
        _panel(axes, rows_of(known, version=reference), rows_of(known, version=name), looks[name])
    hide_spare(panels, len(shown))
    short = cut_middle(one_line(reference), 26)
    label_below(figure, f"{label} (bars: {short}, line: candidate)")
    figure.supylabel("share", fontsize=9)
    return figure


def _panel(axes: Axes, old: pd.DataFrame, new: pd.DataFrame, look: Look) -> None:
    low, width = _column(old, "low"), _column(old, "high") - _column(old, "low")
    bars = {"width": width, "align": "edge", "color": LIGHT, "edgecolor": GREY, "linewidth": 0.3}
    axes.bar(low, _column(old, "share"), **bars)  # type: ignore[arg-type]
    edges = np.append(_column(new, "low"), _column(new, "high")[-1:])
    axes.stairs(_column(new, "share"), edges, color=look.colour, linewidth=1.6, linestyle=look.line)
    percent_axis(axes)
    axes.margins(x=0)
    axes.locator_params(axis="x", nbins=5)
    axes.set_title(look.name)


def _column(rows: pd.DataFrame, name: str) -> Floats:
    return rows[name].to_numpy(dtype=float)


def _title(
    label: str, medians: Mapping[str, float], reference: str, shown: list[str], looks: Mapping[str, Look]
) -> str:
    """Say where the median moved most."""
    before = medians.get(reference, float("nan"))
    moves = {name: abs(medians.get(name, float("nan")) - before) for name in shown}
    known = {name: move for name, move in moves.items() if np.isfinite(move)}
    if not known:
        return f"How the {label} is distributed"
    most = max(known, key=lambda name: known[name])
    after = f"{number(before)} in the reference, {number(medians[most])} in {looks[most].name}"
    return f"Median {label}: {after}"
