"""The figures that a drift report adds to those of neighbour shift."""

from collections.abc import Iterator
from functools import partial

from embdrift.report.drift.plots.distribution import distribution
from embdrift.report.drift.run import versions
from embdrift.report.palette import looks
from embdrift.report.pictures import SavedPicture, saved_picture
from embdrift.report.wording import scope_words
from embdrift.results import SavedRun, rows_of
from embdrift.tables import DISTRIBUTIONS

# Quantity -> file name, heading, label of the axis, metric of the median, caption.
QUANTITIES = {
    "top1_similarity": (
        "similarity_histogram",
        "How similar the nearest item is",
        "cosine to the nearest item",
        "top1_similarity_median",
        "Bars: the share of the {many} by the cosine to their nearest item under the reference; line: under the "
        "candidate. Where the line moves, a cut-off that was tuned on the reference lets another share of pairs pass.",
    ),
    "norm": (
        "norm_histogram",
        "How long the vectors are",
        "length of the vectors",
        "norm_median",
        "Bars: the share of the {many} by the length of their vectors under the reference; line: under the candidate. "
        "Lengths do not count under cosine; under inner product and L2 they change every score.",
    ),
}


def save_drift_pictures(run: SavedRun, scope: str) -> Iterator[SavedPicture]:
    """Draw the histograms of similarity and length of one scope, where the run holds them.

    Raises:
        StorageError: when a file cannot be written
    """
    record = run.record
    look = looks(record.candidates)
    for quantity, (name, title, label, median, caption) in QUANTITIES.items():
        medians = {version: run.figures.get(median, scope, version).value for version in versions(run)}
        bins = rows_of(run.rows(DISTRIBUTIONS), scope=scope, quantity=quantity)
        draw = partial(distribution, bins, label=label, medians=medians, reference=record.reference, looks=look)
        path = run.folder / "plots" / f"{name}_{scope}"
        yield from saved_picture(path, title, caption.format(many=scope_words(scope).many), draw)
