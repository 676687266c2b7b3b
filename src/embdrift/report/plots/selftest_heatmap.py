"""Which measure notices which planted fault, beside what the gate says and what the fault does to retrieval."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from embdrift.report.palette import COLOURS, GREY, INK, LIGHT
from embdrift.report.plots.style import new_figure

QUIET = "#F4F4F4"
_ROW, _COLUMN = 0.19, 0.24


def selftest_heatmap(noticed: pd.DataFrame, harm: pd.DataFrame, alarmed: pd.DataFrame, *, title: str) -> Figure:
    """A row per fault and strength: harm in per cent, then a square per axis and verdict, then one per measure.

    Args:
        noticed: one row per case, index (fault, strength), one column per measure: share of the seeds in which it
            noticed; NaN where it was not defined
        harm: same rows, one column per kind of harm, shares
        alarmed: same rows, one column per axis and one for the verdict: share of the seeds in which it alarmed
        title: the finding
    """
    rows = len(noticed)
    widths = [2 * harm.shape[1], alarmed.shape[1], noticed.shape[1]]
    figure = new_figure(4.6 + _COLUMN * sum(widths), 2.9 + _ROW * rows, title)
    panels = figure.subplots(1, 3, sharey=True, width_ratios=widths)
    _harm(panels[0], harm)
    _squares(panels[1], alarmed, COLOURS[1])
    _squares(panels[2], noticed, COLOURS[0])
    panels[0].set_yticks(range(rows), [f"{fault}: {strength}" for fault, strength in noticed.index], fontsize=7.5)
    panels[0].set_ylim(rows - 0.5, -0.5)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        for place in _starts([str(fault) for fault, _ in noticed.index]):
            axes.axhline(place - 0.5, color=GREY, linewidth=0.4)
    figure.supxlabel(
        "lost in retrieval | alarms of the gate | measures. Filled: in every seed; light: in some; empty: in none;"
        " struck out: not defined",
        fontsize=8.5,
    )
    return figure


def _harm(axes: Axes, harm: pd.DataFrame) -> None:
    for (row, place), value in np.ndenumerate(harm.to_numpy(float)):
        share = float(np.clip(np.nan_to_num(value), 0, 1))
        axes.add_patch(Rectangle((place - 0.5, row - 0.5), 1, 1, color=COLOURS[1], alpha=0.75 * share, linewidth=0))
        text = "–" if np.isnan(value) else f"{round(100 * value)} %"
        axes.text(place, row, text, ha="center", va="center", fontsize=7, color=INK)
    axes.set_xlim(-0.5, harm.shape[1] - 0.5)
    _name_columns(axes, list(harm.columns))


def _squares(axes: Axes, shares: pd.DataFrame, colour: str) -> None:
    for (row, place), share in np.ndenumerate(shares.to_numpy(float)):
        known = not np.isnan(share)
        face, alpha = (colour, 0.15 + 0.85 * share) if known and share > 0 else (QUIET, 1.0)
        axes.add_patch(Rectangle((place - 0.44, row - 0.44), 0.88, 0.88, facecolor=face, alpha=alpha, linewidth=0))
        if not known:
            axes.plot([place - 0.3, place + 0.3], [row - 0.3, row + 0.3], color=LIGHT, linewidth=0.8)
    axes.set_xlim(-0.5, shares.shape[1] - 0.5)
    _name_columns(axes, [str(name) for name in shares.columns])


def _name_columns(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xticks(range(len(names)), names, rotation=60, ha="left", rotation_mode="anchor", fontsize=7.5)
    axes.xaxis.set_ticks_position("top")
    axes.spines[:].set_visible(False)


def _starts(faults: Sequence[str]) -> list[int]:
    """Rows at which another fault begins."""
    return [row for row in range(1, len(faults)) if faults[row] != faults[row - 1]]
