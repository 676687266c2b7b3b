"""Which figures a report of the precision study shows; a further figure is one more line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matplotlib.figure import Figure

from embdrift.report.pictures import SavedPicture
from embdrift.report.plots import house_style, save_figure
from embdrift.report.precision.plots import expected, lost, pareto
from embdrift.report.precision.run import PrecisionRun


@dataclass(frozen=True)
class PrecisionPicture:
    """A figure of the report.

    Args:
        name: the beginning of its file name
        title: its heading
        caption: how to read it
        draw: makes it for a scope; None where the run has nothing to show
    """

    name: str
    title: str
    caption: str
    draw: Callable[[PrecisionRun, str], Figure | None]


PICTURES = (
    PrecisionPicture(
        "pareto",
        "Neighbours kept against bytes",
        "Each point is a way of storing and computing; the line joins those that no other beats in both. Up and left"
        " is better. Bytes count what must be kept per vector, the originals too where the best are scored again with"
        " them.",
        pareto,
    ),
    PrecisionPicture(
        "lost",
        "Why neighbours were lost",
        "Each bar is all that one way or version lost. Ties score exactly alike in float64. Explained losses follow"
        " from the stored codes and the bound of the arithmetic. Anything unexplained is a bug.",
        lost,
    ),
    PrecisionPicture(
        "expected",
        "Losses against what score errors lead to expect",
        "On the dashed line, as many neighbours are lost as random errors of the measured size would cost. Far above"
        " it, errors are not random: a model changed, or something is wrong.",
        expected,
    ),
)


def save_precision_pictures(run: PrecisionRun, scope: str) -> Iterator[SavedPicture]:
    """Draw every figure that the run has something to show for, and write it to `plots/`.

    Raises:
        StorageError: when a file cannot be written
    """
    for picture in PICTURES:
        with house_style():
            figure = picture.draw(run, scope)
            if figure is None:
                continue
            png, svg = save_figure(figure, run.folder / "plots" / f"{picture.name}_{scope}")
        finding = " ".join(figure.get_suptitle().split())
        yield SavedPicture(picture.title, picture.caption, f"{picture.title}: {finding}", png, svg)
