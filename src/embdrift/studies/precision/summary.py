"""Summary rows of one cell on one scope."""

from dataclasses import replace

import numpy as np

from embdrift.numerics import Label, LossCause, Lost, ScoreError
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.rows import SummaryRow, mean_row, neighbor_rows
from embdrift.studies.precision.cells import CellResult
from embdrift.studies.precision.cost import Repeatability, Speed
from embdrift.types import Floats

ANOTHER_SIMILARITY = "not defined: raw codes and bits are another similarity"
SCORED_AGAIN = "not defined for lists that are scored again"
LABELS = {Label.tie: "lost_tie", Label.explained: "lost_explained", Label.unexplained: "lost_unexplained"}
CAUSES = {LossCause.components: "explained_by_components", LossCause.sums: "explained_by_sums"}


def cell_rows(measured: CellResult, floor: Floor, *, name: str) -> list[SummaryRow]:
    """Every metric of a cell: neighbors, labels, score errors, predicted churn, ties."""
    scope = measured.scope
    about = SummaryRow(scope.name, name)
    rows = neighbor_rows(measured.both, floor, scope=scope.name, candidate=name, population=scope.population)
    per_query = {"overlap_as_listed": measured.as_listed, "boundary_ties_created": measured.ties_created}
    rows += [
        mean_row(replace(about, metric=metric, k=scope.k), values, scope.population)
        for metric, values in per_query.items()
    ]
    rows += label_counts(measured.lost, about, k=scope.k, why=ANOTHER_SIMILARITY)
    rows.append(predicted_row(about, measured.predicted_lost, k=scope.k, population=scope.population,
                              why=ANOTHER_SIMILARITY if measured.lost is None else SCORED_AGAIN))  # fmt: skip
    rows += error_rows(measured.error, about, why=ANOTHER_SIMILARITY)
    infinite = replace(about, metric="infinite_scores", value=float(measured.infinite), n=len(scope.ids))
    wrong = sum(len(found.rows) for found in measured.provenance.values())
    provenance = replace(about, metric="wrongly_stored", value=float(wrong), n=len(scope.item_rows))
    return [*rows, infinite, provenance]


def label_counts(lost: Lost | None, about: SummaryRow, *, k: int, why: str) -> list[SummaryRow]:
    """Counts of lost neighbors by label, and by the cause of those explained; `n` is the number lost.

    Args:
        lost: those that were lost; None where they are not labelled
        about: scope and candidate
        k: number of neighbors
        why: the reason where they are not labelled
    """
    if lost is None:
        return [replace(about, metric=metric, k=k, note=why) for metric in (*LABELS.values(), *CAUSES.values())]
    counts = {metric: lost.count(label) for label, metric in LABELS.items()}
    counts |= {metric: int((lost.causes == cause).sum()) for cause, metric in CAUSES.items()}
    return [
        replace(about, metric=metric, k=k, value=float(count), n=len(lost.labels)) for metric, count in counts.items()
    ]


def predicted_row(about: SummaryRow, lost: Floats | None, *, k: int, population: int | None, why: str) -> SummaryRow:
    """The overlap that the size of score errors and the density of scores around rank k lead to expect.

    Args:
        about: scope and candidate
        lost: shape (q,), neighbors that noise should cost; None where that is not defined
        k: the rank
        population: how many could search
        why: the reason where it is not defined
    """
    about = replace(about, metric="overlap_predicted", k=k)
    if lost is None:
        return replace(about, note=why)
    return mean_row(about, 1 - lost / k, population, undefined="scores are infinite")


def error_rows(error: ScoreError | None, about: SummaryRow, *, why: str) -> list[SummaryRow]:
    """Errors of kept scores: largest, mean, root mean square, what theory expects, units of the last place, bound."""
    names = ("max", "mean", "rms", "expected", "ulps_max", "ulps_mean", "share_of_bound")
    if error is None:
        return [replace(about, metric=f"score_error_{name}", note=why) for name in names]
    if not np.isfinite(error.errors).all():
        return [replace(about, metric=f"score_error_{name}", note="scores are infinite") for name in names]
    sizes = np.abs(error.errors)
    values = (
        sizes.max(), sizes.mean(), error.rms, error.expected,
        error.ulps.max(), error.ulps.mean(), error.share_of_bound,
    )  # fmt: skip
    return [
        replace(about, metric=f"score_error_{name}", value=float(value), n=len(sizes))
        for name, value in zip(names, values, strict=True)
    ]


def cost_rows(speed: Speed, repeatability: Repeatability, about: SummaryRow) -> list[SummaryRow]:
    """Queries a second on this device, and whether the same search gives the same again."""
    single = repeatability.single_queries
    return [
        replace(about, metric="queries_per_second", value=speed.per_second, n=speed.queries),
        replace(about, metric="run_to_run_equal", value=repeatability.same, n=repeatability.queries),
        replace(about, metric="batch_size_equal_scores", value=repeatability.single_scores, n=single),
        replace(about, metric="batch_size_equal_neighbors", value=repeatability.single_neighbors, n=single),
    ]
