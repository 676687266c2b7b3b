"""Neighbours lost against the number that random score errors of the same size would cost."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from embdrift.report.palette import GREY, INK, LIGHT, looks
from embdrift.report.plots.style import new_figure, spread
from embdrift.report.precision.run import ladder
from embdrift.report.wording import PER_CENT, scope_words
from embdrift.results import SavedRun


def expected(run: SavedRun, scope: str) -> Figure | None:
    """One point per way or version; on the line, churn is what noise of this size makes."""
    names = [*ladder(run), *run.record.candidates]
    pairs = {
        name: (run.figures.get("overlap_predicted", scope, name).value, run.figures.get("overlap", scope, name).value)
        for name in names
    }
    pairs = {name: (1 - a, 1 - b) for name, (a, b) in pairs.items() if np.isfinite([a, b]).all() and a < 1 and b < 1}
    if len(pairs) < 2:
        return None
    look = looks(names)
    values = np.array(list(pairs.values()))
    low, high = float(values.min()) / 2, float(values.max()) * 2
    figure = new_figure(7.2, 4.6, _title(pairs))
    axes = figure.add_subplot()
    axes.plot([low, high], [low, high], color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    for name, (predicted, observed) in pairs.items():
        axes.plot(predicted, observed, marker=look[name].marker, color=look[name].colour, linestyle="none")
    heights = [(np.log(one) - np.log(low)) / (np.log(high) - np.log(low)) for _, one in pairs.values()]
    places = spread([float(height) for height in heights], 0.055, 1.0)
    for (name, point), place in zip(pairs.items(), places, strict=True):
        axes.annotate(
            look[name].name, point, xytext=(1.03, place), textcoords="axes fraction", va="center", fontsize=8,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5, "relpos": (0, 0.5)},
        )  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}{PER_CENT}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("share of neighbours that the size of the score errors leads to expect lost (logarithmic)")
    axes.set_ylabel(f"share of the {scope_words(scope).found} lost")
    axes.grid(color=LIGHT, linewidth=0.5)
    return figure


def _title(pairs: dict[str, tuple[float, float]]) -> str:
    ratios = {name: observed / predicted for name, (predicted, observed) in pairs.items()}
    middle = float(np.median(list(ratios.values())))
    return f"Losses are {middle:.2g} times what random errors of the same size would cost, in the median"
