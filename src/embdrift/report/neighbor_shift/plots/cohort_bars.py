"""Which groups of items lost most of their neighbours."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from embdrift.metrics.catalog import metric_named
from embdrift.report.neighbor_shift.cohorts import ChosenCohorts, without_column, worst_cohorts
from embdrift.report.palette import INK, LIGHT, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape, percent_axis
from embdrift.report.wording import count, cut_middle, one_line, value_words
from embdrift.results import rows_of

NAME_LENGTH = 30


def cohort_bars(rows: pd.DataFrame, *, metric: str, k: int, looks: Mapping[str, Look]) -> Figure | None:
    """Bars per cohort, one panel per candidate, the worst cohorts first; None where there are no cohorts.

    Args:
        rows: rows of `summary.csv` about cohorts, of one scope and metric
        metric: the metric's name, for its label and limits
        k: number of neighbours
        looks: how each candidate is drawn
    """
    chosen = worst_cohorts(rows)
    shown = [name for name in looks if (chosen.rows["candidate"] == name).any()]
    if not shown:
        return None
    down, across = panel_shape(len(shown))
    title = _title(chosen, shown, metric, k, looks)
    figure = new_figure(max(5.2, 2.2 + 2.3 * across), down * (0.19 * len(chosen.names) + 0.75) + 0.6, title)
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(panels.ravel(), shown, strict=False):
        _panel(axes, rows_of(chosen.rows, candidate=name), chosen.names, looks[name])
    hide_spare(panels, len(shown))
    _name_cohorts(panels[0][0], chosen)
    text = metric_named(metric)
    panels[0][0].set_xlim(*text.bounds)
    if text.as_share:
        percent_axis(panels[0][0], "x")
    label_below(figure, f"{text.label_at(k)} ({text.better.value})")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, names: tuple[str, ...], look: Look) -> None:
    found = rows.set_index("cohort").reindex(list(names))
    values, places = found["value"].to_numpy(), np.arange(len(names))
    axes.barh(places, np.nan_to_num(values), height=0.68, color=look.colour, alpha=0.85)
    errors = np.vstack([values - found["low"].to_numpy(), found["high"].to_numpy() - values])
    known = np.isfinite(errors).all(axis=0)
    if known.any():
        axes.errorbar(
            values[known],
            places[known],
            xerr=np.maximum(errors[:, known], 0),
            fmt="none",
            ecolor=INK,
            elinewidth=1.0,
            capsize=2,
        )
    axes.set_title(look.name)
    axes.grid(axis="x", color=LIGHT, linewidth=0.6)
    axes.tick_params(axis="y", length=0)


def _name_cohorts(axes: Axes, chosen: ChosenCohorts) -> None:
    column, names = without_column(chosen.names)
    sizes = chosen.rows.groupby("cohort")["n"].max()
    labels = [f"{cut_middle(one_line(names[each]), NAME_LENGTH)}  n={count(sizes[each])}" for each in chosen.names]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    if column:
        axes.set_ylabel(cut_middle(one_line(column), NAME_LENGTH))


def _title(chosen: ChosenCohorts, shown: list[str], metric: str, k: int, looks: Mapping[str, Look]) -> str:
    rows = chosen.rows[chosen.rows["candidate"].isin(shown)]
    worst = rows.sort_values(["value", "cohort", "candidate"]).iloc[0]
    _, names = without_column(chosen.names)
    cohort = cut_middle(one_line(names[str(worst["cohort"])]), NAME_LENGTH)
    text = metric_named(metric)
    value = f"{text.label_at(k)} {value_words(text, float(worst['value']))}"
    return f"Cohort {cohort} is the worst: {looks[str(worst['candidate'])].name} has {value} there"
