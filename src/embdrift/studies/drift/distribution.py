"""The distribution and geometry of every version: its own metrics, and two-sample tests against the reference."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from embdrift.metrics.catalog import Role, metric_named
from embdrift.metrics.drift import dimension_distances, domain_classifier, mmd
from embdrift.progress import Progress, Silent
from embdrift.search import choose_device
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.own import Threshold, norm_rows, own_rows, similarity_divergence_rows, undefined_rows
from embdrift.studies.drift.vectors import (
    ComparedVectors,
    Duplicates,
    SharedDocuments,
    Top1,
    VersionVectors,
    compared_vectors,
    documents_of,
)
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.rows import NAN, SummaryRow, joined, metric_row
from embdrift.studies.engine.study import CommonOptions, StudyInput
from embdrift.types import Positions

PER_DIMENSION = ("ks_rejected_share", "ks_largest", "wasserstein_mean")
MMD = ("mmd", "mmd_p")
DOMAIN = ("domain_auc", "domain_auc_p")
LEAST_ROWS = 10
LEAST_DOCUMENTS = 20
LEVEL = 0.05


@dataclass(frozen=True)
class Shuffling:
    """The settings of the tests.

    Args:
        options: how drift is measured
        seed: of samples, features and shuffles
        device: where to compute
    """

    options: DriftOptions
    seed: int
    device: torch.device


def discrepancy_rows(
    reference: VersionVectors, candidate: VersionVectors, about: SummaryRow, how: Shuffling
) -> list[SummaryRow]:
    """Kolmogorov-Smirnov and Wasserstein per dimension, maximum mean discrepancy, and the domain classifier.

    Vectors are taken as they are searched: of length 1 under cosine. Zero vectors are left out there.
    """
    differ = _incomparable(reference, candidate)
    if differ:
        return undefined_rows(about, (*PER_DIMENSION, *MMD, *DOMAIN), differ)
    documents = documents_of(reference, candidate)
    rows = []
    for names, measure in _MEASURES.items():
        few = _too_few(reference, candidate, documents, LEAST_DOCUMENTS if names is DOMAIN else LEAST_ROWS)
        rows += undefined_rows(about, names, few) if few else measure(reference, candidate, documents, about, how)
    return rows


def _incomparable(reference: VersionVectors, candidate: VersionVectors) -> str:
    """Why the two have no common space; empty where they have one."""
    old, new = reference.checked, candidate.checked
    if old.d != new.d:
        return f"dimensions differ: {old.d} and {new.d}"
    if old.similarity is not new.similarity:
        return f"similarities differ: {old.similarity.value} and {new.similarity.value}"
    return ""


def _too_few(reference: VersionVectors, candidate: VersionVectors, documents: SharedDocuments, least: int) -> str:
    old, new = min(reference.m, len(documents.reference)), min(candidate.m, len(documents.candidate))
    if min(old, new) >= least:
        return ""
    return f"{old} items in the reference and {new} in the candidate, and {least} are needed in each"


def _dimension_rows(
    reference: VersionVectors,
    candidate: VersionVectors,
    _documents: SharedDocuments,
    about: SummaryRow,
    _how: Shuffling,
) -> list[SummaryRow]:
    found = dimension_distances(reference.vectors, candidate.vectors)
    d, about = len(found.ks), replace(about, n=candidate.m)
    known = found.wasserstein[np.isfinite(found.wasserstein)]
    lost = d - len(known)
    constant = f"{lost} of {d} dimensions left out: constant in the reference" if lost else ""
    test = (
        f"share of {d} dimensions rejected at {LEVEL:g} after Benjamini and Hochberg; p for independent sets, too"
        " large where items are shared"
    )
    return [
        replace(metric_row(about, PER_DIMENSION[0]), value=found.rejected(LEVEL), note=test),
        replace(about, metric=PER_DIMENSION[1], value=float(found.ks.max()), note=f"largest of {d} dimensions"),
        replace(
            about,
            metric=PER_DIMENSION[2],
            value=float(known.mean()) if len(known) else float("nan"),
            note=joined("in standard deviations of the reference's dimension", constant),
        ),
    ]


def _mmd_rows(
    reference: VersionVectors, candidate: VersionVectors, documents: SharedDocuments, about: SummaryRow, how: Shuffling
) -> list[SummaryRow]:
    old, new = reference.vectors.take(documents.reference), candidate.vectors.take(documents.candidate)
    options = how.options
    found = mmd(
        old, new,
        paired=documents.paired, frequencies=options.features, permutations=options.permutations,
        seed=how.seed, device=how.device,
    )  # fmt: skip
    about = replace(about, n=found.rows[1])
    shuffled = "single items" if found.block == 1 else f"blocks of {found.block} items"
    note = (
        f"Gaussian kernel of width {found.bandwidth:.4g}, {options.features} random frequencies; standard error"
        f" {found.sampling_error:.2g} from items and {found.feature_error:.2g} from frequencies"
    )
    half = 1.96 * found.error
    thinned = f"{found.rows[0]:,} evenly spaced items of the reference" if 2 * found.rows[0] < old.m else ""
    thinned = joined(thinned, f"{found.rows[1]:,} of the candidate" if 2 * found.rows[1] < new.m else "")
    test = f"{documents.note}, {options.permutations} shuffles of {shuffled}"
    return [
        replace(
            metric_row(about, MMD[0]), value=found.value, low=found.value - half, high=found.value + half,
            note=joined(note, documents.note, thinned),
        ),
        replace(about, metric=MMD[1], value=found.p, note=test),
    ]  # fmt: skip


def _domain_rows(
    reference: VersionVectors, candidate: VersionVectors, documents: SharedDocuments, about: SummaryRow, how: Shuffling
) -> list[SummaryRow]:
    size = how.options.cohort_rows if about.cohort else how.options.classifier_rows
    old, new = _sampled(reference, candidate, documents, size, how.seed)
    found = domain_classifier(
        reference.vectors.take(old).array(), candidate.vectors.take(new).array(),
        paired=documents.paired, permutations=how.options.permutations, seed=how.seed,
    )  # fmt: skip
    whole = len(old) == len(documents.reference) and len(new) == len(documents.candidate)
    drawn = "" if whole else f"a sample of {len(old):,} and {len(new):,} items"
    note = joined("logistic regression, out of fold over two halves of the documents", documents.note, drawn)
    about = replace(about, n=len(new), note=note)
    return [
        replace(metric_row(about, DOMAIN[0]), value=found.auc, low=found.low, high=found.high),
        replace(about, metric=DOMAIN[1], value=found.p),
    ]


_MEASURES: dict[
    tuple[str, ...],
    Callable[[VersionVectors, VersionVectors, SharedDocuments, SummaryRow, Shuffling], list[SummaryRow]],
] = {
    PER_DIMENSION: _dimension_rows,
    MMD: _mmd_rows,
    DOMAIN: _domain_rows,
}


def _sampled(
    reference: VersionVectors, candidate: VersionVectors, documents: SharedDocuments, size: int, seed: int
) -> tuple[Positions, Positions]:
    """SharedDocuments that the classifier sees, the same of both sides where they are paired."""
    old, new = documents.reference, documents.candidate
    chosen = sample(reference.ids[old], size, seed)
    if documents.paired:
        return old[chosen], new[chosen]
    return old[chosen], new[sample(candidate.ids[new], size, seed)]


@dataclass(frozen=True)
class Measuring:
    """The settings and caches that all measures of a run share.

    Args:
        how: options, seed and device
        progress: receives progress updates
        copies: version and scope -> which of its vectors are equal
    """

    how: Shuffling
    progress: Progress
    copies: dict[tuple[str, str], Duplicates] = field(default_factory=dict)

    @property
    def options(self) -> DriftOptions:
        """The options of the study."""
        return self.how.options

    def duplicates_of(self, side: VersionVectors) -> Duplicates:
        """The duplicates among a version's vectors, looked for once."""
        return self.copies.setdefault((side.name, side.scope), Duplicates(side.checked))


def distribution_rows(
    given: StudyInput,
    options: DriftOptions | None = None,
    *,
    top1: Top1 | None = None,
    progress: Progress | None = None,
) -> list[SummaryRow]:
    """Every figure of distribution and geometry, whole and per cohort, that vectors and top-1 similarities show.

    Needs no item that two versions share, and no neighbor table unless similarities are wanted. No figure depends on
    the order of rows in any file.

    Args:
        given: versions and what is known of their items
        options: how drift is measured; None for the usual
        top1: similarities to the nearest item, where neighbors were searched
        progress: receives progress updates
    Raises:
        InputError: when an option is out of range, or there is no such device
    """
    options = options or DriftOptions()
    options.require()
    return measured_rows(compared_vectors(given, top1), given.common, options, progress or Silent())


def measured_rows(
    scopes: Iterable[ComparedVectors], common: CommonOptions, options: DriftOptions, progress: Progress
) -> list[SummaryRow]:
    """Every figure of some scopes.

    Args:
        scopes: versions in each scope
        common: seed and device
        options: how drift is measured
        progress: receives progress updates
    """
    measuring = Measuring(Shuffling(options, common.seed, choose_device(common.device)), progress)
    return [row for scope in scopes for row in scope_rows(scope, measuring)]


def scope_rows(scope: ComparedVectors, measuring: Measuring) -> list[SummaryRow]:
    """Every figure of one scope, the cohorts' after those of all."""
    measuring.progress.start(f"distribution, {scope.name}", len(scope.sides))
    rows, floors = [], _floors(scope, measuring)
    for side in scope.sides:
        rows += [_with_floor(row, floors) for row in _side_rows(scope, side, measuring)]
        measuring.progress.advance(1)
    measuring.progress.finish()
    return rows


def _side_rows(scope: ComparedVectors, side: VersionVectors, measuring: Measuring) -> list[SummaryRow]:
    threshold = Threshold(scope.reference, measuring.options.poor_match)
    median = float(np.median(scope.reference.norms)) if scope.reference.m else NAN
    rows = []
    for cohort, old, part in _cohorts(scope.reference, side):
        about = SummaryRow(scope.name, side.name, cohort=cohort)
        copies = measuring.duplicates_of(side)
        rows += own_rows(
            part, about, threshold=threshold, reference_norm=median, copies=copies, device=measuring.how.device
        )
        if side is not scope.reference:
            rows += against_rows(old, part, about, measuring)
    return rows


def _floors(scope: ComparedVectors, measuring: Measuring) -> dict[str, float]:
    """The noise floor of each metric: its value for a second encoding of the reference."""
    if scope.again is None:
        return {}
    about = SummaryRow(scope.name, scope.again.name)
    return {row.metric: row.value for row in against_rows(scope.reference, scope.again, about, measuring)}


def _with_floor(row: SummaryRow, floors: Mapping[str, float]) -> SummaryRow:
    """The row with its noise floor; cohorts and p-values have none."""
    floored = row.metric in floors and not row.cohort and metric_named(row.metric).role is not Role.p_value
    return replace(row, floor=floors[row.metric]) if floored else row


def _cohorts(reference: VersionVectors, side: VersionVectors) -> Iterator[tuple[str, VersionVectors, VersionVectors]]:
    """All items first, then every cohort that either has, with the reference's part and the side's own."""
    yield "", reference, side
    old_parts, new_parts = dict(reference.parts()), dict(side.parts())
    nobody = np.empty(0, np.int64)
    for name in sorted(old_parts.keys() | new_parts.keys()):
        yield name, old_parts.get(name, reference.take(nobody)), new_parts.get(name, side.take(nobody))


def against_rows(
    reference: VersionVectors, candidate: VersionVectors, about: SummaryRow, measuring: Measuring
) -> list[SummaryRow]:
    """Figures of a candidate, or of one cohort of it, against the reference's."""
    return [
        *similarity_divergence_rows(reference, candidate, about, measuring.options),
        *norm_rows(reference, candidate, about, measuring.options),
        *discrepancy_rows(reference, candidate, about, measuring.how),
    ]
