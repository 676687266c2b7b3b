"""Summary rows of one comparison: every metric with its chance, its floor and what it rests on."""

from dataclasses import replace

import numpy as np

from embdrift.metrics import (
    chance_corrected,
    hubness,
    hubness_chance,
    jaccard_chance,
    lost_beyond_depth_chance,
    overlap_chance,
    r_nx_chance,
    rank_displacement_chance,
    rbo_chance,
    top1_flip_chance,
)
from embdrift.studies.engine.compare import RBO_P, Comparison
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.geometry import Geometry
from embdrift.studies.engine.summary import NAN, TIED, SummaryRow, known_mean, left_out, mean_row
from embdrift.types import Array, Floats

_ALL_FOUND = "not defined where k is all that can be found"


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
        "r_nx_area": (depth, r_nx_chance(), f"over k = 1 … {min(depth, m - 1)}" if m > 1 else ""),
        "rbo": (depth, rbo_chance(depth, m, RBO_P), f"p = {RBO_P}"),
        "top1_flip": (1, top1_flip_chance(m), ""),
        "rank_displacement": (k, rank_displacement_chance(k, depth, m), f"at most depth {depth} is seen"),
        "lost_beyond_depth": (k, lost_beyond_depth_chance(depth, m), f"depth {depth}"),
        "tie_exposure": (k, NAN, ""),
    }
    for metric, (level, chance, note) in single.items():
        row = replace(about, metric=metric, k=level, chance=chance, floor=floor.of(metric), note=note)
        undefined = _ALL_FOUND if metric == "r_nx_area" and m == 1 else TIED
        rows.append(mean_row(row, both.values[metric], population, undefined=undefined))
    return rows


def _level_rows(
    both: Comparison, floor: Floor, about: SummaryRow, level: int, population: int | None
) -> list[SummaryRow]:
    shared, m = both.at(level), both.n_corpus
    about = replace(about, k=level)
    at_k = floor.of("jaccard") if level == both.k else NAN
    overlap = replace(
        about, metric="overlap", chance=overlap_chance(level, m), floor=floor.at(level), note=floor.reason
    )
    jaccard = replace(about, metric="jaccard", chance=jaccard_chance(level, m), floor=at_k)
    corrected = replace(
        about, metric="r_nx", chance=r_nx_chance(), floor=float(chance_corrected(floor.at(level), level, m))
    )
    return [
        mean_row(overlap, shared, population),
        mean_row(jaccard, shared / (2 - shared), population),
        mean_row(
            corrected,
            chance_corrected(shared, level, m),
            population,
            undefined=TIED if level < m else _ALL_FOUND,
        ),
    ]


def hubness_rows(both: Comparison, *, candidate: str, census: bool) -> list[SummaryRow]:
    """Skewness of the k-occurrences of both versions, and its change; not defined unless every item searches."""
    n, q = len(both.reference.counts), len(both.values["overlap"])
    expected = hubness_chance(both.k, both.n_corpus, n) if both.k < both.n_corpus else NAN
    before, after = hubness(both.reference.counts), hubness(both.candidate.counts)
    lacking = max(both.reference.left_out, both.candidate.left_out)
    rows = []
    for metric, value, chance, missing in (
        ("hubness_reference", before, expected, both.reference.left_out),
        ("hubness_candidate", after, expected, both.candidate.left_out),
        ("hubness_change", after - before, 0.0, lacking),
    ):
        row = SummaryRow("corpus", candidate, metric=metric, k=both.k, chance=chance)
        if not census:
            row = replace(row, note="not defined for a sample: it counts over all items")
        elif np.isnan(value):
            row = replace(row, note=TIED if missing == q else "every item occurs equally often")
        else:
            row = replace(row, value=value, n=n, note=left_out(missing, q, TIED))
        rows.append(row)
    return rows


def geometry_rows(found: Geometry, floor: Floor, *, candidate: str) -> list[SummaryRow]:
    """Self-displacement, raw and aligned, and CKA."""
    about = SummaryRow("corpus", candidate)
    m = len(found.raw)
    directions = int(np.isnan(found.raw).sum())
    few = "" if directions == m else f"{m} items are too few to fit a rotation on half of them"
    rows = []
    for metric, values, chance, why in (
        ("self_displacement", found.raw, found.raw_chance, ""),
        ("aligned_self_displacement", found.aligned, found.aligned_chance, few),
    ):
        missing = int(np.isnan(values).sum())
        zero = left_out(missing, m, "a zero vector has no direction")
        note = found.note or (why if missing == m else "") or zero
        row = replace(about, metric=metric, value=known_mean(values), n=m - missing, chance=chance, note=note)
        rows.append(replace(row, floor=floor.of(metric)))
    cka = replace(about, metric="cka_debiased", chance=0.0, floor=floor.of("cka_debiased"))
    if np.isnan(found.cka):
        return [*rows, replace(cka, note="not defined for fewer than 4 items, or where all vectors but one are equal")]
    return [*rows, replace(cka, value=found.cka, n=m)]


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
    levels = {"top1_flip": 1, "self_displacement": None}
    rows = []
    for column, label in labels.items():
        for cohort in sorted({one for one in label.tolist() if one}):
            inside = label == cohort
            population = None if sample else int(inside.sum())
            for metric, every in values.items():
                about = SummaryRow(
                    scope, candidate, metric=metric, k=levels.get(metric, k), cohort=f"{column}={cohort}"
                )
                rows.append(mean_row(about, every[inside], population, undefined=_undefined(metric)))
    return rows


def _undefined(metric: str) -> str:
    return TIED if metric != "self_displacement" else "dimensions differ, or a vector is zero"
