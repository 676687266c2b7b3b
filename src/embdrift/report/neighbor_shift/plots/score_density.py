"""Scores of the old neighbours under both versions, and which of them were lost."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from embdrift.report.palette import INK, Look
from embdrift.report.plots.style import hide_spare, label_below, new_figure, panel_shape
from embdrift.report.wording import percent
from embdrift.results import rows_of

MOST_MARKS = 400
CELLS = 34
# scores of another kind, such as inner products beside cosines, would leave one side no room on common axes
MOST_STRETCH = 8
# no darker than a middle grey, on which the crosses still show
GREYS = LinearSegmentedColormap.from_list("greys", ["#E4E4E4", "#8C8C8C"])

Range = tuple[float, float]


def score_density(scores: pd.DataFrame, *, looks: Mapping[str, Look]) -> Figure | None:
    """Density of the kept pairs in grey, a sample of the lost as crosses; None where the table holds no value.

    Args:
        scores: `tables/scores.csv`, rows of one scope
        looks: how each candidate is drawn
    """
    finite = np.isfinite(scores[["reference_score", "candidate_score"]].to_numpy(dtype=float)).all(axis=1)
    known = scores.loc[finite]
    pairs = {name: rows_of(known, candidate=name) for name in looks}
    pairs = {name: rows for name, rows in pairs.items() if len(rows)}
    if not pairs:
        return None
    down, across = panel_shape(len(pairs))
    figure = new_figure(max(5.2, 2.9 * across), 2.8 * down + 0.8, _title(pairs, looks))
    panels = figure.subplots(down, across, squeeze=False)
    for axes, (name, rows) in zip(panels.ravel(), pairs.items(), strict=False):
        _panel(axes, rows, looks[name])
    hide_spare(panels, len(pairs))
    label_below(figure, "score in the reference (higher is closer; dashed: unchanged)")
    figure.supylabel("score in the candidate", fontsize=9)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    across, up = _limits(rows)
    kept, lost = rows[rows["kept"]], rows[~rows["kept"]]
    if len(kept):
        axes.hexbin(
            kept["reference_score"].to_numpy(),
            kept["candidate_score"].to_numpy(),
            gridsize=CELLS,
            extent=(*across, *up),
            bins="log",
            mincnt=1,
            cmap=GREYS,
            vmin=0.5,
            vmax=max(50.0, len(kept) / 20),
            linewidths=0,
            # thousands of hexagons would make the SVG file heavy
            rasterized=True,
        )
    # every so-many-th row: no chance in it, so that the figure is the same each time
    sample = lost.iloc[:: max(1, -(-len(lost) // MOST_MARKS))]
    axes.plot(
        sample["reference_score"].to_numpy(),
        sample["candidate_score"].to_numpy(),
        linestyle="none",
        marker="x",
        markersize=3.2,
        markeredgewidth=1.0,
        color=look.colour,
        # a white rim, by which the crosses stand out from the grey without their colour too
        path_effects=[withStroke(linewidth=2.4, foreground="white")],
        rasterized=True,
    )
    if across == up:
        axes.plot(across, across, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.set(xlim=across, ylim=up, title=f"{look.name}: {percent(len(lost) / len(rows))} lost (×)")


def _limits(rows: pd.DataFrame) -> tuple[Range, Range]:
    """One range for both axes where the scores are of one kind, so that the line of no change can be drawn."""
    old, new = _range(rows["reference_score"]), _range(rows["candidate_score"])
    narrow, wide = sorted((old[1] - old[0], new[1] - new[0]))
    if max(old[0], new[0]) < min(old[1], new[1]) and wide <= MOST_STRETCH * narrow:
        both = (min(old[0], new[0]), max(old[1], new[1]))
        return both, both
    return old, new


def _range(values: "pd.Series[float]") -> Range:
    low, high = float(values.min()), float(values.max())
    margin = 0.03 * (high - low) or 0.05 * abs(high) or 0.05
    return low - margin, high + margin


def _title(pairs: Mapping[str, pd.DataFrame], looks: Mapping[str, Look]) -> str:
    change = {
        name: float((rows["candidate_score"] - rows["reference_score"]).abs().median()) for name, rows in pairs.items()
    }
    most = max(change, key=lambda name: change[name])
    return f"Scores of the old neighbours move most under {looks[most].name} (median change {change[most]:.3g})"
