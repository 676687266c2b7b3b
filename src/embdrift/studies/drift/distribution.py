"""Distribution and geometry of every version: its own figures, and each candidate's against the reference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from embdrift.metrics.catalog import Role, metric_named
from embdrift.progress import Progress, Silent
from embdrift.search import choose_device
from embdrift.studies.drift.copies import Copies
from embdrift.studies.drift.discrepancy import Shuffling, discrepancy_rows
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.own import Threshold, own_rows
from embdrift.studies.drift.scopes import Scope, Top1, scopes_of_versions
from embdrift.studies.drift.sides import Side
from embdrift.studies.drift.similarity import norm_rows, similarity_divergence_rows
from embdrift.studies.engine.rows import NAN, SummaryRow
from embdrift.studies.engine.study import CommonOptions, StudyInput


@dataclass(frozen=True)
class Measuring:
    """What all measures of a run share.

    Args:
        how: options, seed and device
        progress: told of versions measured
        copies: version and scope -> which of its vectors are equal
    """

    how: Shuffling
    progress: Progress
    copies: dict[tuple[str, str], Copies] = field(default_factory=dict)

    @property
    def options(self) -> DriftOptions:
        """How drift is measured."""
        return self.how.options

    def copies_of(self, side: Side) -> Copies:
        """Which vectors of a version are equal, looked for once."""
        return self.copies.setdefault((side.name, side.scope), Copies(side.checked))


def distribution_rows(
    given: StudyInput,
    options: DriftOptions | None = None,
    *,
    top1: Top1 | None = None,
    progress: Progress | None = None,
) -> list[SummaryRow]:
    """Every figure of distribution and geometry, whole and per cohort, that vectors and top-1 similarities show.

    Needs no item that two versions share, and no neighbour table unless similarities are wanted. No figure depends on
    the order of rows in any file.

    Args:
        given: versions and what is known of their items
        options: how drift is measured; None for the usual
        top1: similarities to the nearest item, where neighbours were searched
        progress: told of versions measured
    Raises:
        InputError: when an option is out of range, or there is no such device
    """
    options = options or DriftOptions()
    options.require()
    return measured_rows(scopes_of_versions(given, top1), given.common, options, progress or Silent())


def measured_rows(
    scopes: Iterable[Scope], common: CommonOptions, options: DriftOptions, progress: Progress
) -> list[SummaryRow]:
    """Every figure of some scopes.

    Args:
        scopes: versions in each scope
        common: seed and device
        options: how drift is measured
        progress: told of versions measured
    """
    measuring = Measuring(Shuffling(options, common.seed, choose_device(common.device)), progress)
    return [row for scope in scopes for row in scope_rows(scope, measuring)]


def scope_rows(scope: Scope, measuring: Measuring) -> list[SummaryRow]:
    """Every figure of one scope, the cohorts' after those of all."""
    measuring.progress.start(f"distribution, {scope.name}", len(scope.sides))
    rows, floors = [], _floors(scope, measuring)
    for side in scope.sides:
        rows += [_with_floor(row, floors) for row in _side_rows(scope, side, measuring)]
        measuring.progress.advance(1)
    measuring.progress.finish()
    return rows


def _side_rows(scope: Scope, side: Side, measuring: Measuring) -> list[SummaryRow]:
    threshold = Threshold(scope.reference, measuring.options.poor_match)
    median = float(np.median(scope.reference.norms)) if scope.reference.m else NAN
    rows = []
    for cohort, old, part in _cohorts(scope.reference, side):
        about = SummaryRow(scope.name, side.name, cohort=cohort)
        copies = measuring.copies_of(side)
        rows += own_rows(
            part, about, threshold=threshold, reference_norm=median, copies=copies, device=measuring.how.device
        )
        if side is not scope.reference:
            rows += against_rows(old, part, about, measuring)
    return rows


def _floors(scope: Scope, measuring: Measuring) -> dict[str, float]:
    """What a second encoding of the reference does to each figure that holds a candidate against it."""
    if scope.again is None:
        return {}
    about = SummaryRow(scope.name, scope.again.name)
    return {row.metric: row.value for row in against_rows(scope.reference, scope.again, about, measuring)}


def _with_floor(row: SummaryRow, floors: Mapping[str, float]) -> SummaryRow:
    """The row with its noise floor; cohorts and p-values have none."""
    floored = row.metric in floors and not row.cohort and metric_named(row.metric).role is not Role.p_value
    return replace(row, floor=floors[row.metric]) if floored else row


def _cohorts(reference: Side, side: Side) -> Iterator[tuple[str, Side, Side]]:
    """All items first, then every cohort that either has, with the reference's part and the side's own."""
    yield "", reference, side
    ours, theirs = dict(reference.parts()), dict(side.parts())
    nobody = np.empty(0, np.int64)
    for name in sorted(ours.keys() | theirs.keys()):
        yield name, ours.get(name, reference.take(nobody)), theirs.get(name, side.take(nobody))


def against_rows(reference: Side, candidate: Side, about: SummaryRow, measuring: Measuring) -> list[SummaryRow]:
    """Figures of a candidate, or of one cohort of it, against the reference's."""
    return [
        *similarity_divergence_rows(reference, candidate, about, measuring.options),
        *norm_rows(reference, candidate, about, measuring.options),
        *discrepancy_rows(reference, candidate, about, measuring.how),
    ]
