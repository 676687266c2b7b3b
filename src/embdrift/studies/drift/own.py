"""Metrics of similarities, lengths and directions: of one version, and of a candidate against the reference."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from embdrift.metrics import Interval
from embdrift.metrics.drift import (
    anisotropy,
    bin_counts,
    constant_rows,
    direction_moments,
    effective_rank,
    expected_kl,
    js_divergence,
    kl_divergence,
    mean_cosine,
    population_stability_index,
    quantile_interval,
    reference_edges,
    smoothed_shares,
)
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.vectors import Duplicates, VersionVectors
from embdrift.studies.engine.rows import NAN, SummaryRow, joined, left_out, mean_row, metric_row
from embdrift.studies.engine.study import QuerySet
from embdrift.types import Floats

NO_SEARCH = "neighbors were not searched"
NO_VALUES = "no item has a nearest one with a direction"
NEAR_ZERO = 1e-3
COLLAPSED = 0.1


def own_rows(
    side: VersionVectors,
    about: SummaryRow,
    *,
    threshold: "Threshold",
    reference_norm: float,
    copies: Duplicates,
    device: torch.device,
) -> list[SummaryRow]:
    """All own figures of one version in one scope, or of one of its cohorts.

    Args:
        side: the version's items or queries
        about: scope, candidate and cohort of the rows
        threshold: similarity below which a match is poor
        reference_norm: median length of the reference's vectors in that scope
        copies: which of the version's vectors are equal
        device: where to compute
    """
    return [
        *similarity_rows(side, about, threshold),
        *_shape_rows(side, about, device),
        *_health_rows(side, about, reference_norm, copies),
    ]


class Threshold:
    """The similarity below which a match counts as poor, and where it comes from.

    Args:
        reference: the reference in the scope
        given: what the settings say; None for the reference's 5th percentile
    """

    def __init__(self, reference: VersionVectors, given: float | None) -> None:
        if given is not None:
            self.value, self.note = given, f"threshold {given:g} as set"
            return
        top1 = np.empty(0) if reference.top1 is None else reference.top1
        self.value = quantile_interval(top1, 0.05, sampled=False).mean
        self.note = f"threshold {self.value:.6f}, the 5th percentile of {reference.name}"


def similarity_rows(side: VersionVectors, about: SummaryRow, threshold: Threshold) -> list[SummaryRow]:
    """Median and tail of the top-1 similarity, and the share of poor matches.

    The queries at hand stand for those to come, so their figures have intervals; so have those of sampled items.
    """
    names = {"top1_similarity_median": 0.5, "top1_similarity_p5": 0.05, "top1_similarity_p1": 0.01}
    if side.top1 is None:
        return undefined_rows(about, (*names, "share_below_threshold"), NO_SEARCH)
    values = side.top1[~np.isnan(side.top1)]
    sampled = side.scope is QuerySet.queries or len(values) < side.m
    kind = "cosine to the best item" if side.scope is QuerySet.queries else "cosine to the nearest other item"
    note = joined(kind, "" if len(values) else NO_VALUES)
    rows = [
        _row(replace(about, metric=name, n=len(values), note=note), quantile_interval(values, share, sampled=sampled))
        for name, share in names.items()
    ]
    poor = np.where(np.isnan(threshold.value), np.nan, (values < threshold.value).astype(np.float64))
    below = replace(about, metric="share_below_threshold", note=threshold.note)
    population = None if side.scope is QuerySet.queries else side.m
    return [*rows, mean_row(below, poor, population, undefined=NO_VALUES)]


def _row(about: SummaryRow, found: Interval) -> SummaryRow:
    return replace(about, value=found.mean, low=found.low, high=found.high)


def _shape_rows(side: VersionVectors, about: SummaryRow, device: torch.device) -> list[SummaryRow]:
    nonzero = side.take(np.flatnonzero(side.norms > 0))
    about = replace(about, n=nonzero.m)
    zeros = left_out(side.m - nonzero.m, side.m, "a zero vector has no direction")
    median = float(np.median(side.norms)) if side.m else NAN
    rows = [replace(about, metric="norm_median", value=median, n=side.m)]
    if nonzero.m < 2:
        why = joined(f"{nonzero.m} vectors with a direction, and 2 are needed", zeros)
        return rows + undefined_rows(about, ("effective_rank", "anisotropy", "mean_cosine"), why)
    moments = direction_moments(nonzero.directions, device)
    values = {"effective_rank": effective_rank(moments), "anisotropy": anisotropy(moments)}
    for name, value in values.items():
        note = joined("" if np.isfinite(value) else "all directions are equal", zeros)
        rows.append(replace(about, metric=name, value=value, note=note))
    return [*rows, replace(about, metric="mean_cosine", value=mean_cosine(moments), note=zeros)]


def _health_rows(
    side: VersionVectors, about: SummaryRow, reference_norm: float, copies: Duplicates
) -> list[SummaryRow]:
    """Shares of vectors that hold nothing, or nothing of their own; zeros that take no part elsewhere count here."""
    n = side.m + side.zeros
    short = (side.norms > 0) & (side.norms < NEAR_ZERO * (np.median(side.norms) if side.m else NAN))
    constant = constant_rows(side.checked.vectors, side.rows)
    duplicated = copies.duplicated(side.rows) + max(side.zeros - 1, 0)
    collapsed = int((side.norms < COLLAPSED * reference_norm).sum()) + side.zeros
    no_norm = "" if np.isfinite(reference_norm) else "the reference has no vectors"
    return [
        _share(about, "null_vectors", int((side.norms == 0).sum()) + side.zeros, n),
        _share(about, "near_zero_vectors", int(short.sum()), n, f"shorter than {NEAR_ZERO:g} of the version's median"),
        _share(about, "constant_vectors", int(constant.sum()), n, "all components one number"),
        _share(about, "duplicated_vectors", duplicated, n),
        replace(
            _share(about, "norm_collapse", collapsed, n),
            value=collapsed / n if n and not no_norm else NAN,
            note=no_norm or f"shorter than {COLLAPSED:g} of the reference's median length {reference_norm:.6g}",
        ),
    ]


def _share(about: SummaryRow, metric: str, count: int, n: int, note: str = "") -> SummaryRow:
    return replace(about, metric=metric, value=count / n if n else NAN, n=n, note=joined(note, "" if n else "no items"))


def undefined_rows(about: SummaryRow, metrics: Sequence[str], why: str) -> list[SummaryRow]:
    """Rows without a value, one per metric."""
    return [replace(about, metric=name, note=why) for name in metrics]


SIMILARITY_RESOLUTION = 1e-4
# Unit vectors have one length: to the 1 % from which a change of length matters, so that rounding to int8 is none.
NORM_RESOLUTION = 1e-2
VALUES_PER_BIN = 50
SIMILARITY = ("similarity_kl", "similarity_js", "similarity_psi")


def similarity_divergence_rows(
    reference: VersionVectors, candidate: VersionVectors, about: SummaryRow, options: DriftOptions
) -> list[SummaryRow]:
    """Divergences of the histogram of top-1 similarities."""
    if reference.top1 is None or candidate.top1 is None:
        return undefined_rows(about, SIMILARITY, NO_SEARCH)
    old, new = (one[~np.isnan(one)] for one in (reference.top1, candidate.top1))
    found = _divergences(old, new, about, options, resolution=SIMILARITY_RESOLUTION, words=f"{SIMILARITY_RESOLUTION:g}")
    return found or undefined_rows(about, SIMILARITY, joined(NO_VALUES, _sizes(old, new)))


def norm_rows(
    reference: VersionVectors, candidate: VersionVectors, about: SummaryRow, options: DriftOptions
) -> list[SummaryRow]:
    """Relative change of the median length, and the divergence of the histogram of lengths."""
    names = ("norm_median_change", "norm_kl")
    if not reference.m or not candidate.m:
        return undefined_rows(about, names, f"no items to compare: {_sizes(reference.norms, candidate.norms)}")
    before = float(np.median(reference.norms))
    if before == 0:
        return undefined_rows(about, names, "the reference's median length is 0")
    change = float(np.median(candidate.norms)) / before - 1
    moved = replace(metric_row(about, names[0]), value=change, n=candidate.m)
    words = f"{NORM_RESOLUTION:g} of the reference's median length"
    resolution = NORM_RESOLUTION * before
    divergences = _divergences(reference.norms, candidate.norms, about, options, resolution=resolution, words=words)
    return [moved, replace(divergences[0], metric=names[1])]


def _divergences(
    old: Floats, new: Floats, about: SummaryRow, options: DriftOptions, *, resolution: float, words: str
) -> list[SummaryRow]:
    if not len(old) or not len(new):
        return []
    wanted = int(np.clip(min(len(old), len(new)) // VALUES_PER_BIN, 2, options.bins))
    edges = reference_edges(old, wanted, resolution)
    p, q = (smoothed_shares(bin_counts(values, edges), options.smoothing) for values in (new, old))
    note = f"{len(q)} bins at the reference's quantiles, {options.smoothing:g} added to each, resolution {words}"
    chance = expected_kl(len(q), len(old), len(new))
    about = replace(about, n=len(new), note=note)
    return [
        replace(about, metric=SIMILARITY[0], value=kl_divergence(p, q), chance=chance),
        replace(about, metric=SIMILARITY[1], value=js_divergence(p, q), chance=chance / 4),
        replace(about, metric=SIMILARITY[2], value=population_stability_index(p, q), chance=2 * chance),
    ]


def _sizes(old: Floats, new: Floats) -> str:
    return f"{len(old)} in the reference, {len(new)} in the candidate"
