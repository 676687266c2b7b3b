"""How a candidate's similarities and lengths are distributed beside the reference's."""

from dataclasses import replace

import numpy as np

from embdrift.metrics.drift import (
    bin_counts,
    expected_kl,
    js_divergence,
    kl_divergence,
    population_stability_index,
    reference_edges,
    smoothed_shares,
)
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.drift.own import NO_SEARCH, NO_VALUES
from embdrift.studies.drift.sides import Side
from embdrift.studies.drift.undefined import undefined_rows
from embdrift.studies.engine.rows import SummaryRow, joined
from embdrift.types import Floats

SIMILARITY_RESOLUTION = 1e-4
# Unit vectors have one length: to the 1 % from which a change of length matters, so that rounding to int8 is none.
NORM_RESOLUTION = 1e-2
VALUES_PER_BIN = 50
SIMILARITY = ("similarity_kl", "similarity_js", "similarity_psi")


def similarity_divergence_rows(
    reference: Side, candidate: Side, about: SummaryRow, options: DriftOptions
) -> list[SummaryRow]:
    """Divergences of the histogram of top-1 similarities."""
    if reference.top1 is None or candidate.top1 is None:
        return undefined_rows(about, SIMILARITY, NO_SEARCH)
    old, new = (one[~np.isnan(one)] for one in (reference.top1, candidate.top1))
    found = _divergences(old, new, about, options, resolution=SIMILARITY_RESOLUTION, words=f"{SIMILARITY_RESOLUTION:g}")
    return found or undefined_rows(about, SIMILARITY, joined(NO_VALUES, _sizes(old, new)))


def norm_rows(reference: Side, candidate: Side, about: SummaryRow, options: DriftOptions) -> list[SummaryRow]:
    """Relative change of the median length, and the divergence of the histogram of lengths."""
    names = ("norm_median_change", "norm_kl")
    if not reference.m or not candidate.m:
        return undefined_rows(about, names, f"no items to compare: {_sizes(reference.norms, candidate.norms)}")
    before = float(np.median(reference.norms))
    if before == 0:
        return undefined_rows(about, names, "the reference's median length is 0")
    change = float(np.median(candidate.norms)) / before - 1
    moved = replace(about, metric=names[0], value=change, n=candidate.m, chance=0.0)
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
