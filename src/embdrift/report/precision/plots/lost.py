"""How many neighbours were lost and why."""

import numpy as np
from matplotlib.figure import Figure

from embdrift.report.palette import COLOURS, INK, LIGHT
from embdrift.report.plots.style import new_figure
from embdrift.report.precision.run import PrecisionRun
from embdrift.report.wording import count, cut_middle, one_line, scope_words

LABELS = ("tie", "explained", "unexplained")
SHADES = {"tie": "#BDBDBD", "explained": COLOURS[0], "unexplained": COLOURS[1]}
HATCHES = {"tie": "", "explained": "", "unexplained": "///"}


def lost(run: PrecisionRun, scope: str) -> Figure | None:
    """One bar per labelled way or version: ties, explained and unexplained losses, logarithmic by their total."""
    found = {
        name: [run.get(f"lost_{label}", scope, name).value for label in LABELS]
        for name in [*run.cells, *run.record.candidates]
    }
    found = {name: counts for name, counts in found.items() if np.isfinite(counts).all() and np.sum(counts) > 0}
    if not found:
        return None
    figure = new_figure(7.2, 0.3 * len(found) + 1.5, _title(found))
    axes = figure.add_subplot()
    places = np.arange(len(found))
    left = np.zeros(len(found))
    totals = np.array([sum(counts) for counts in found.values()])
    for at, label in enumerate(LABELS):
        shares = np.array([counts[at] for counts in found.values()]) / totals
        axes.barh(places, shares, left=left, color=SHADES[label], hatch=HATCHES[label], edgecolor="white", label=label)
        left += shares
    names = [
        f"{cut_middle(one_line(name), 34)}  {count(total)} lost" for name, total in zip(found, totals, strict=True)
    ]
    axes.set_yticks(places, names)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["none", "half", "all"])
    axes.set_xlabel(f"of the lost {scope_words(scope).found}", color=INK)
    axes.grid(axis="x", color=LIGHT, linewidth=0.5)
    figure.legend(loc="outside lower left", ncols=3, frameon=False)
    return figure


def _title(found: dict[str, list[float]]) -> str:
    unexplained = {name: counts[2] for name, counts in found.items() if counts[2]}
    if unexplained:
        worst = max(unexplained, key=lambda name: unexplained[name])
        return f"{count(unexplained[worst])} losses of {worst} are unexplained: a bug"
    return "Every lost neighbour is a tie or explained by rounding"
