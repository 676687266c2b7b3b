"""Which figures a report of the precision study shows; a further figure is one more line here."""

from collections.abc import Iterator
from functools import partial

from embdrift.report.pictures import Picture, SavedPicture, saved_picture
from embdrift.report.precision.plots import expected, lost, pareto
from embdrift.results import SavedRun

PICTURES: tuple[Picture[SavedRun, str], ...] = (
    Picture(
        "pareto",
        "Neighbours kept against bytes",
        "Each point is a way of storing and computing; the line joins those that no other beats in both. Up and left"
        " is better. Bytes count what must be kept per vector, the originals too where the best are scored again with"
        " them.",
        pareto,
    ),
    Picture(
        "lost",
        "Why neighbours were lost",
        "Each bar is all that one way or version lost. Ties score exactly alike in float64. Explained losses follow"
        " from the stored codes and the bound of the arithmetic. Anything unexplained is a bug.",
        lost,
    ),
    Picture(
        "expected",
        "Losses against what score errors lead to expect",
        "On the dashed line, as many neighbours are lost as random errors of the measured size would cost. Far above"
        " it, errors are not random: a model changed, or something is wrong.",
        expected,
    ),
)


def save_pictures(run: SavedRun, scope: str) -> Iterator[SavedPicture]:
    """Draw every figure that the run has something to show for, and write it to `plots/`.

    Raises:
        StorageError: when a file cannot be written
    """
    for picture in PICTURES:
        path = run.folder / "plots" / f"{picture.name}_{scope}"
        yield from saved_picture(path, picture.title, picture.caption, partial(picture.draw, run, scope))
