"""Which figures a report of the ANN-recall study shows; a further figure is one more line here."""

from collections.abc import Iterator
from functools import partial

from embdrift.report.ann_recall.plots import effort, recall_distribution, recall_speed, transfer
from embdrift.report.pictures import Picture, SavedPicture, saved_picture
from embdrift.results import SavedRun

PICTURES: tuple[Picture[SavedRun], ...] = (
    Picture(
        "transfer",
        "Whether tuned indexes survive",
        "Each row is an index at the setting tuned on the reference. The tick is its recall there; arrows lead to its "
        "recall on the candidate, filled where it was trained anew, hollow where it kept its old training. Thin lines "
        "are 95 % intervals of the change; small changes have no arrow. Queries are those that nothing was tuned on.",
        transfer,
    ),
    Picture(
        "recall_speed",
        "Recall against speed",
        "Each point is a setting of an index that was trained on that version; the line joins the settings that no "
        "other beats in both. Up and right is better. Vertical strokes: slowest and fastest repetition. Times are "
        "those of this machine, with the `search_threads` of the configuration below.",
        recall_speed,
    ),
    Picture(
        "effort",
        "How hard to search",
        "Recall against the search setting. Solid: trained on that version; dotted and hollow: the reference's index "
        "with the candidate's vectors. Bands: least and most of the build seeds. Where an index has two settings, the "
        "other is held at its last value. At most nine indexes are drawn; tables/curve.csv has all.",
        effort,
    ),
    Picture(
        "recall_distribution",
        "Who loses",
        "The share of queries whose recall is below each value, at the tuned settings, in the indexes of all build "
        "seeds. Solid and dashed: trained on that version; dotted: the reference's index with the candidate's vectors. "
        "A line that stays at the bottom until the far right is best; one that rises early means that some queries "
        "find next to nothing. At most nine indexes are drawn; tables/distribution.csv has all.",
        recall_distribution,
    ),
)


def save_pictures(run: SavedRun) -> Iterator[SavedPicture]:
    """Draw every figure that the run has something to show for, and write it to `plots/`.

    Raises:
        StorageError: when a file cannot be written
    """
    for picture in PICTURES:
        path = run.folder / "plots" / picture.name
        yield from saved_picture(path, picture.title, picture.caption, partial(picture.draw, run))
