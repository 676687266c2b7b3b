"""How figures look, for as long as one is drawn: nothing of it stays behind in matplotlib's settings."""

import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from embdrift.report.palette import GREY, INK
from embdrift.report.wording import PER_CENT

# the grid of axes that `Figure.subplots` gives
Panels = NDArray[Any]
TITLE_SIZE = 10.5
# keys are of a type of matplotlib's own, which only some of its versions have
SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    # names may hold a dollar sign, which would begin a formula
    "text.parse_math": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.0,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "hatch.linewidth": 0.5,
    # element names of SVG files are hashed with this instead of a random number: the same bytes at every rendering
    "svg.hashsalt": "embdrift",
    "svg.fonttype": "path",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save inside this; a user's own matplotlib settings count neither here nor are they changed."""
    with mpl.rc_context(), warnings.catch_warnings():
        # a name in a script that the font lacks shows boxes in the figure; the tables beside it show the name
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def new_figure(width: float, height: float, title: str) -> Figure:
    """An empty figure, its size in inches, with its finding as the title."""
    figure = Figure(figsize=(width, height))
    lines = textwrap.fill(title, width=int(width * 10.5), break_on_hyphens=False)
    figure.suptitle(lines, x=0.008, ha="left", fontsize=TITLE_SIZE, fontweight="bold")
    return figure


def panel_shape(panels: int) -> tuple[int, int]:
    """Rows and columns of a grid of small panels, narrow enough for a page."""
    columns = 2 if panels == 4 else min(panels, 3)
    return -(-panels // columns), columns


def label_below(figure: Figure, text: str) -> None:
    """One label for the horizontal axes of all panels."""
    figure.supxlabel(textwrap.fill(text, width=int(figure.get_figwidth() * 12)), fontsize=9)


def hide_spare(panels: Panels, used: int) -> None:
    """Hide the panels of a grid beyond those used; the lowest panel of each column shows its labels."""
    across = panels.shape[1]
    for place, axes in enumerate(panels.ravel()):
        axes.set_visible(place < used)
        if used - across <= place < used:
            axes.tick_params(labelbottom=True)


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Show the shares on an axis in per cent; across, at none, half and all only, since panels stand side by side."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    if which == "x":
        axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axis.set_major_formatter(FuncFormatter(lambda share, _: "" if share % 0.5 else f"{100 * share:.0f}{PER_CENT}"))
        return
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}{PER_CENT}"))


def rank_axis(axes: Axes, which: str, limit: float) -> None:
    """A logarithmic axis of ranks from 1 to `limit`, labelled 1, 2, 5, 10 and so on."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    (axes.set_yscale if which == "y" else axes.set_xscale)("log")
    ticks = [step * 10**power for power in range(8) for step in (1, 2, 5) if step * 10**power <= limit]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda rank, _: f"{rank:,.0f}"))


def spread(places: Sequence[float], gap: float, most: float) -> list[float]:
    """Move places apart until each is `gap` from the next and none above `most`, and keep their order.

    Each label goes to the mean of its crowd, which then is laid out evenly: pool adjacent violators on
    place − gap · position.
    """
    order = np.argsort(np.asarray(places, dtype=float), kind="stable")
    blocks: list[tuple[float, int]] = []
    for position, index in enumerate(order):
        mean, size = places[index] - gap * position, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    highest = most - gap * (len(places) - 1)
    levels = [min(mean, highest) for mean, size in blocks for _ in range(size)]
    moved = [0.0] * len(places)
    for position, index in enumerate(order):
        moved[index] = levels[position] + gap * position
    return moved
