"""A report's figures: what a reader should know of each, drawn and saved in the house style."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, ParamSpec

from matplotlib.figure import Figure

from embdrift.report.plots import house_style, save_figure

Given = ParamSpec("Given")


@dataclass(frozen=True)
class Picture(Generic[Given]):
    """A figure of a report.

    Args:
        name: the beginning of its file name
        title: its heading
        caption: how to read it
        draw: makes it; None where the run has nothing to show
    """

    name: str
    title: str
    caption: str
    draw: Callable[Given, Figure | None]


@dataclass(frozen=True)
class SavedPicture:
    """A figure that was drawn and saved.

    Args:
        title: its heading
        caption: how to read it
        alternative: what it shows, in words, for those who cannot see it
        png, svg: its files
    """

    title: str
    caption: str
    alternative: str
    png: Path
    svg: Path


def saved_picture(path: Path, title: str, caption: str, draw: Callable[[], Figure | None]) -> Iterator[SavedPicture]:
    """Draw a figure in the style of the house and save it; nothing where there is nothing to show.

    Args:
        path: of its files, without their endings
        title: its heading
        caption: how to read it
        draw: makes it
    Raises:
        StorageError: when a file cannot be written
    """
    with house_style():
        figure = draw()
        if figure is None:
            return
        png, svg = save_figure(figure, path)
    finding = " ".join(figure.get_suptitle().split())
    yield SavedPicture(title, caption, f"{title}: {finding}", png, svg)
