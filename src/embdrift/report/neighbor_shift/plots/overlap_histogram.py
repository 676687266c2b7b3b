"""How the overlap is spread over the items: do all lose a little, or a few lose all?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.report.palette import INK, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape, percent_axis
from embdrift.report.wording import percent, scope_words
from embdrift.results import rows_of
from embdrift.types import Floats

MOST_BINS = 21


def overlap_histogram(per_query: pd.DataFrame, *, scope: str, k: int, looks: Mapping[str, Look]) -> Figure | None:
    """One small histogram per candidate; None where the table holds no value.

    Args:
        per_query: `per_query.parquet`, rows of one scope
        scope: the scope, for its words
        k: number of neighbours that the overlap is taken over
        looks: how each candidate is drawn
    """
    values = {name: rows_of(per_query, candidate=name)["overlap"].dropna().to_numpy() for name in looks}
    values = {name: found for name, found in values.items() if len(found)}
    if not values:
        return None
    rows, columns = panel_shape(len(values))
    figure = new_figure(max(5.2, 2.9 * columns), 2.1 * rows + 0.8, _title(values, scope, k, looks))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, found) in zip(panels.ravel(), values.items(), strict=False):
        _panel(axes, found, k, looks[name])
    # room for the mean's label above the highest bar
    panels[0][0].set_ylim(top=1.12 * panels[0][0].get_ylim()[1])
    hide_spare(panels, len(values))
    label_below(figure, f"share of the {k} nearest kept")
    figure.supylabel(f"share of the {scope_words(scope).many}", fontsize=9)
    return figure


def _panel(axes: Axes, found: Floats, k: int, look: Look) -> None:
    steps = min(k + 1, MOST_BINS)
    # bins sit on 0, 1/k, 2/k …, 1, so that the bars at both ends are "none kept" and "all kept"
    edges = (np.arange(steps + 1) - 0.5) / max(steps - 1, 1)
    shares = np.histogram(found, bins=edges)[0] / len(found)
    axes.bar(edges[:-1] + 0.5 * (edges[1] - edges[0]), shares, width=0.86 * (edges[1] - edges[0]), color=look.colour)
    mean = float(found.mean())
    axes.axvline(mean, color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    side = -1 if mean > 0.5 else 1
    axes.annotate(
        f"mean {percent(mean)}",
        (mean, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(4 * side, 0),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        va="top",
        fontsize=8,
    )
    axes.set_title(look.name)
    axes.grid(axis="y", color=LIGHT, linewidth=0.6)
    percent_axis(axes)
    percent_axis(axes, "x")


def _title(values: Mapping[str, Floats], scope: str, k: int, looks: Mapping[str, Look]) -> str:
    words = scope_words(scope)
    whole = {name: float((found >= 1 - 1e-12).mean()) for name, found in values.items()}
    best, worst = max(whole, key=lambda name: whole[name]), min(whole, key=lambda name: whole[name])
    title = f"{looks[best].name}: {percent(whole[best])} of the {words.many} keep all {k}"
    return title if best == worst else f"{title}; {looks[worst].name}: {percent(whole[worst])}"
