"""How many neighbours were lost and why."""

import numpy as np
from matplotlib.figure import Figure

from embdrift.report.palette import COLOURS, INK, LIGHT
from embdrift.report.plots.style import new_figure
from embdrift.report.precision.run import ladder
from embdrift.report.wording import count, cut_middle, one_line, scope_words
from embdrift.results import SavedRun

PARTS = {
    "lost_tie": ("tie", "#BDBDBD", ""),
    "explained_by_components": ("explained by rounded components", COLOURS[0], ""),
    "explained_by_sums": ("explained by sums or kept scores", COLOURS[5], ".."),
    "lost_unexplained": ("unexplained", COLOURS[1], "///"),
}


def lost(run: SavedRun, scope: str) -> Figure | None:
    """One bar per labelled way or version: ties, explained and unexplained losses, logarithmic by their total."""
    found = {
        name: [run.figures.get(metric, scope, name).value for metric in PARTS]
        for name in [*ladder(run), *run.record.candidates]
    }
    found = {name: counts for name, counts in found.items() if np.isfinite(counts).all() and np.sum(counts) > 0}
    if not found:
        return None
    figure = new_figure(7.2, 0.3 * len(found) + 1.7, _title(found))
    axes = figure.add_subplot()
    places = np.arange(len(found))
    left = np.zeros(len(found))
    totals = np.array([sum(counts) for counts in found.values()])
    for at, (label, shade, hatch) in enumerate(PARTS.values()):
        shares = np.array([counts[at] for counts in found.values()]) / totals
        axes.barh(places, shares, left=left, color=shade, hatch=hatch, edgecolor="white", label=label)
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
    figure.legend(loc="outside lower left", ncols=2, frameon=False)
    return figure


def _title(found: dict[str, list[float]]) -> str:
    unexplained = {name: counts[-1] for name, counts in found.items() if counts[-1]}
    if unexplained:
        worst = max(unexplained, key=lambda name: unexplained[name])
        return f"{count(unexplained[worst])} losses of {worst} are unexplained: a bug"
    return "Every lost neighbour is a tie or explained by rounding"
