"""Summary rows of one comparison: every metric with its null, its floor and what it rests on."""

from dataclasses import replace

import numpy as np

from embdrift.metrics import (
    chance_corrected,
    hubness,
    hubness_null,
    jaccard_null,
    lost_beyond_depth_null,
    overlap_null,
    r_nx_null,
    rank_displacement_null,
    rbo_null,
    top1_flip_null,
)
from embdrift.studies.compare import RBO_P, Comparison
from embdrift.studies.floor import Floor
from embdrift.studies.geometry import Geometry
from embdrift.studies.summary import NAN, SummaryRow, mean_row
from embdrift.types import Array, Floats


def neighbor_rows(
    both: Comparison, floor: Floor, *, scope: str, candidate: str, population: int | None
) -> list[SummaryRow]:
    """Overlap, Jaccard and R_NX at every level, and the metrics of the headline k.

    Args:
        both: what was measured
        floor: what noise alone does
        scope: "corpus" or "queries"
        candidate: name of the new version
        population: queries there are in all; None for a population without end
    """
    about = SummaryRow(scope, candidate)
    rows = [row for level in both.levels for row in _level_rows(both, floor, about, level, population)]
    m, k, depth = both.n_corpus, both.k, both.depth
    single = {
        "r_nx_area": (depth, r_nx_null(), f"over k = 1 … {min(depth, m - 1)}"),
        "rbo": (depth, rbo_null(depth, m, RBO_P), f"p = {RBO_P}"),
        "top1_flip": (1, top1_flip_null(m), ""),
        "rank_displacement": (k, rank_displacement_null(k, depth, m), f"at most depth {depth} is seen"),
        "lost_beyond_depth": (k, lost_beyond_depth_null(depth, m), f"depth {depth}"),
        "tie_exposure": (k, NAN, ""),
    }
    for metric, (level, null, note) in single.items():
        row = replace(about, metric=metric, k=level, null=null, floor=floor.of(metric), note=note)
        rows.append(mean_row(row, both.values[metric], population))
    return rows


def _level_rows(
    both: Comparison, floor: Floor, about: SummaryRow, level: int, population: int | None
) -> list[SummaryRow]:
    shared, m = both.at(level), both.n_corpus
    about = replace(about, k=level)
    at_k = floor.of("jaccard") if level == both.k else NAN
    overlap = replace(about, metric="overlap", null=overlap_null(level, m), floor=floor.at(level), note=floor.reason)
    jaccard = replace(about, metric="jaccard", null=jaccard_null(level, m), floor=at_k)
    corrected = replace(
        about,
        metric="r_nx",
        null=r_nx_null(),
        floor=float(chance_corrected(floor.at(level), level, m)),
        note="" if level < m else "not defined where k is all that can be found",
    )
    return [
        mean_row(overlap, shared, population),
        mean_row(jaccard, shared / (2 - shared), population),
        mean_row(corrected, chance_corrected(shared, level, m), population),
    ]


def hubness_rows(both: Comparison, *, candidate: str, census: bool) -> list[SummaryRow]:
    """Skewness of the k-occurrences of both versions, and its change."""
    before, after = hubness(both.occurrences_reference), hubness(both.occurrences_candidate)
    n = len(both.occurrences_reference)
    null = hubness_null(both.k, both.n_corpus, n) if both.k < both.n_corpus else NAN
    about = SummaryRow("corpus", candidate, k=both.k, n=n)
    found = {
        "hubness_reference": (before, null),
        "hubness_candidate": (after, null),
        "hubness_change": (after - before, 0.0),
    }
    if not census:
        note = "not defined for a sample: it counts over all items"
        return [replace(about, metric=metric, null=chance, note=note) for metric, (_, chance) in found.items()]
    return [
        replace(
            about,
            metric=metric,
            value=value,
            null=chance,
            note="every item occurs equally often" * bool(np.isnan(value)),
        )
        for metric, (value, chance) in found.items()
    ]


def geometry_rows(found: Geometry, floor: Floor, *, candidate: str) -> list[SummaryRow]:
    """Self-displacement, raw and aligned, and CKA."""
    about = SummaryRow("corpus", candidate)
    rows = []
    for metric, values, null in (
        ("self_displacement", found.raw, found.raw_null),
        ("aligned_self_displacement", found.aligned, found.aligned_null),
    ):
        known = values[~np.isnan(values)]
        few = "" if len(known) else f"{len(values)} items are too few to fit a rotation on half of them"
        value = float(known.mean()) if len(known) else NAN
        row = replace(about, metric=metric, value=value, n=len(known), null=null, floor=floor.of(metric))
        rows.append(replace(row, note=found.note or few))
    note = "not defined for so few items" if np.isnan(found.cka) else ""
    cka = replace(about, metric="cka_debiased", value=found.cka, n=len(found.raw), null=0.0, note=note)
    return [*rows, replace(cka, floor=floor.of("cka_debiased"))]


def cohort_rows(
    values: dict[str, Floats], labels: dict[str, Array], *, scope: str, candidate: str, k: int, sample: bool
) -> list[SummaryRow]:
    """Means per cohort of what is measured per item.

    Args:
        values: metric -> shape (q,)
        labels: cohort column -> shape (q,), the cohort of each item as text; empty where it has none
        scope: "corpus" or "queries"
        candidate: name of the new version
        k: the headline number of neighbours
        sample: whether items are a sample, so that intervals are due
    """
    rows = []
    for column, label in labels.items():
        for cohort in sorted({one for one in label.tolist() if one}):
            inside = label == cohort
            population = None if sample else int(inside.sum())
            for metric, every in values.items():
                level = 1 if metric == "top1_flip" else k
                about = SummaryRow(scope, candidate, metric=metric, k=level, cohort=f"{column}={cohort}")
                rows.append(mean_row(about, every[inside], population))
    return rows
