"""Whether two clouds of vectors are drawn from one distribution: by dimension, as a whole, and to a classifier."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from embdrift.metrics.drift import dimension_distances, domain_classifier, mmd
from embdrift.studies.drift.documents import Documents, documents_of
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.sides import Side
from embdrift.studies.drift.undefined import undefined_rows
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.rows import SummaryRow, joined
from embdrift.types import Positions

PER_DIMENSION = ("ks_rejected_share", "ks_largest", "wasserstein_mean")
MMD = ("mmd", "mmd_p")
DOMAIN = ("domain_auc", "domain_auc_p")
LEAST_ROWS = 10
LEAST_DOCUMENTS = 20
LEVEL = 0.05


@dataclass(frozen=True)
class Shuffling:
    """What tests need besides the vectors.

    Args:
        options: how drift is measured
        seed: of samples, features and shuffles
        device: where to compute
    """

    options: DriftOptions
    seed: int
    device: torch.device


def discrepancy_rows(reference: Side, candidate: Side, about: SummaryRow, how: Shuffling) -> list[SummaryRow]:
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


def _incomparable(reference: Side, candidate: Side) -> str:
    """Why the two have no common space; empty where they have one."""
    old, new = reference.checked, candidate.checked
    if old.d != new.d:
        return f"dimensions differ: {old.d} and {new.d}"
    if old.similarity is not new.similarity:
        return f"metrics differ: {old.similarity.value} and {new.similarity.value}"
    return ""


def _too_few(reference: Side, candidate: Side, documents: Documents, least: int) -> str:
    old, new = min(reference.m, len(documents.reference)), min(candidate.m, len(documents.candidate))
    if min(old, new) >= least:
        return ""
    return f"{old} items in the reference and {new} in the candidate, and {least} are needed in each"


def _dimension_rows(
    reference: Side, candidate: Side, _documents: Documents, about: SummaryRow, _how: Shuffling
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
        replace(about, metric=PER_DIMENSION[0], value=found.rejected(LEVEL), chance=0.0, note=test),
        replace(about, metric=PER_DIMENSION[1], value=float(found.ks.max()), note=f"largest of {d} dimensions"),
        replace(
            about,
            metric=PER_DIMENSION[2],
            value=float(known.mean()) if len(known) else float("nan"),
            note=joined("in standard deviations of the reference's dimension", constant),
        ),
    ]


def _mmd_rows(
    reference: Side, candidate: Side, documents: Documents, about: SummaryRow, how: Shuffling
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
            about, metric=MMD[0], value=found.value, low=found.value - half, high=found.value + half, chance=0.0,
            note=joined(note, documents.note, thinned),
        ),
        replace(about, metric=MMD[1], value=found.p, note=test),
    ]  # fmt: skip


def _domain_rows(
    reference: Side, candidate: Side, documents: Documents, about: SummaryRow, how: Shuffling
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
        replace(about, metric=DOMAIN[0], value=found.auc, low=found.low, high=found.high, chance=0.5),
        replace(about, metric=DOMAIN[1], value=found.p),
    ]


_MEASURES: dict[tuple[str, ...], Callable[[Side, Side, Documents, SummaryRow, Shuffling], list[SummaryRow]]] = {
    PER_DIMENSION: _dimension_rows,
    MMD: _mmd_rows,
    DOMAIN: _domain_rows,
}


def _sampled(
    reference: Side, candidate: Side, documents: Documents, size: int, seed: int
) -> tuple[Positions, Positions]:
    """Documents that the classifier sees, the same of both sides where they are paired."""
    old, new = documents.reference, documents.candidate
    chosen = sample(reference.ids[old], size, seed)
    if documents.paired:
        return old[chosen], new[chosen]
    return old[chosen], new[sample(candidate.ids[new], size, seed)]
