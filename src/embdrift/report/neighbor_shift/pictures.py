"""Which figures a report shows, with what the reader should know of each; a further figure is one more line here."""

from collections.abc import Iterator, Mapping
from functools import partial

from matplotlib.figure import Figure

from embdrift.report.neighbor_shift.cohorts import cohort_rows, worst_cohorts
from embdrift.report.neighbor_shift.plots import (
    cohort_bars,
    hubness,
    overlap_curve,
    overlap_histogram,
    rank_displacement,
    score_density,
)
from embdrift.report.palette import Look, looks
from embdrift.report.pictures import Picture, SavedPicture, saved_picture
from embdrift.report.wording import scope_words
from embdrift.results import SavedRun, rows_of
from embdrift.tables import DISPLACEMENT, HUBNESS, OVERLAP_CURVE, SCORES


def _curve(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    return overlap_curve(rows_of(run.rows(OVERLAP_CURVE), scope=scope), scope=scope, k=run.record.k, looks=look)


def _histogram(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    return overlap_histogram(rows_of(run.overlap_per_query, scope=scope), scope=scope, k=run.record.k, looks=look)


def _cohorts(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    rows = cohort_rows(run.summary, scope=scope, metric="overlap", k=run.record.k)
    return cohort_bars(rows, metric="overlap", k=run.record.k, looks=look)


def _displacement(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    return rank_displacement(rows_of(run.rows(DISPLACEMENT), scope=scope), looks=look)


def _hubness(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    return hubness(rows_of(run.rows(HUBNESS), scope=scope), k=run.record.k, reference=run.record.reference, looks=look)


def _scores(run: SavedRun, scope: str, look: Mapping[str, Look]) -> Figure | None:
    return score_density(rows_of(run.rows(SCORES), scope=scope), looks=look)


PICTURES: tuple[Picture[SavedRun, str, Mapping[str, Look]], ...] = (
    Picture(
        "overlap_curve",
        "How many neighbours are kept",
        "Each line is one candidate: the share of the k nearest neighbours that it has in common with the reference, "
        "for every k. 100 % is no change. The dotted line at the bottom is what chance would keep, the one at the top"
        " what remains when the reference moves by its noise alone. The vertical line marks the k of the headline "
        "figures.",
        _curve,
    ),
    Picture(
        "overlap_histogram",
        "Who loses neighbours",
        "Each bar is a share of the {many}; the bar at the far right are those that keep every neighbour, the bar at "
        "the far left those that keep none. The dashed line is the mean. One mean can come from all losing a little "
        "or from some losing all.",
        _histogram,
    ),
    Picture(
        "cohort_bars",
        "Which groups lose most",
        "Mean overlap of each cohort with its number of {many} (n), the worst at the top by the mean over the "
        "candidates. Thin black lines are intervals, where there is sampling. {left_out}",
        _cohorts,
    ),
    Picture(
        "rank_displacement",
        "Where the old neighbours went",
        "Solid with markers: the median new rank of an old neighbour, by its old rank. Dashed: the rank that 95 % of "
        "them do not exceed. On the dotted diagonal nothing moves. The hatched area is beyond the depth searched, "
        "where ranks are not known. Below: the share that fell into it.",
        _displacement,
    ),
    Picture(
        "hubness",
        "Whether some items crowd the lists",
        "Bars: how often items appear in the lists of others under the reference; line: under the candidate. A line "
        "above the bars at the right means more hubs, items that turn up everywhere; above the first bar, more items "
        "that no list holds.",
        _hubness,
    ),
    Picture(
        "score_density",
        "How the scores changed",
        "Each pair joins one of the {many} with an old neighbour of it, scored under both versions; the darker, the "
        "more pairs (in steps of ten). Crosses are pairs that are no longer neighbours, at most 400 shown, evenly "
        "picked. On the dashed line the score is the same; thresholds set on scores need a new value where the cloud "
        "lies off it.",
        _scores,
    ),
)


def save_pictures(run: SavedRun, scope: str) -> Iterator[SavedPicture]:
    """Draw every figure that the run has something to show for, and write it to `plots/`.

    Raises:
        StorageError: when a file cannot be written
    """
    look = looks(run.record.candidates)
    words = scope_words(scope)
    for picture in PICTURES:
        caption = picture.caption.format(one=words.one, many=words.many, left_out=_left_out(run, scope)).strip()
        path = run.folder / "plots" / f"{picture.name}_{_plain(scope)}"
        yield from saved_picture(path, picture.title, caption, partial(picture.draw, run, scope, look))


def _plain(scope: str) -> str:
    """The scope as part of a file name."""
    return "".join(mark if mark.isalnum() else "_" for mark in scope)


def _left_out(run: SavedRun, scope: str) -> str:
    rows = cohort_rows(run.summary, scope=scope, metric="overlap", k=run.record.k)
    return worst_cohorts(rows).left_out
