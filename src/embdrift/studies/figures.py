"""Summary rows of one comparison: every metric with its null, its floor and what it rests on."""

import numpy as np

from embdrift.metrics import (
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
from embdrift.studies.summary import NAN, SummaryRow, mean_of
from embdrift.types import Floats

NO_HUBNESS = "not defined for a sample: it counts over all items"


def neighbor_rows(
    both: Comparison, floor: Floor, *, scope: str, candidate: str, population: int | None
) -> list[SummaryRow]:
    """Overlap and Jaccard at every level, the curve's area, and the metrics of the headline k.

    Args:
        both: what was measured
        floor: what noise alone does
        scope: "corpus" or "queries"
        candidate: name of the new version
        population: queries there are in all; None for a population without end
    """
    rows = []
    m, k, depth = both.n_corpus, both.k, both.depth
    for level in both.levels:
        shared = both.at(level)
        mean = mean_of(shared, population=population)
        common = {"scope": scope, "candidate": candidate, "k": level, "n": mean.n}
        rows.append(
            SummaryRow(
                metric="overlap", value=mean.value, low=mean.low, high=mean.high, null=overlap_null(level, m),
                floor=floor.at(level), note=mean.note or floor.reason, **common,
            )
        )  # fmt: skip
        union = mean_of(shared / (2 - shared), population=population)
        rows.append(
            SummaryRow(
                metric="jaccard", value=union.value, low=union.low, high=union.high, null=jaccard_null(level, m),
                floor=floor.of("jaccard") if level == k else NAN, note=union.note, **common,
            )
        )  # fmt: skip
        rows.append(
            SummaryRow(
                metric="r_nx", value=_corrected(mean.value, level, m), null=r_nx_null(),
                floor=_corrected(floor.at(level), level, m), note="" if level < m else "not defined at k = N - 1", **common,
            )
        )  # fmt: skip
    rows.append(
        SummaryRow(
            scope=scope, candidate=candidate, metric="r_nx_area", k=depth, value=area(both.curve, m), null=r_nx_null(),
            floor=area(floor.curve, m), n=len(both.at_levels), note=f"over k = 1 … {min(depth, m - 1)}",
        )
    )  # fmt: skip
    nulls = {
        "rbo": (depth, rbo_null(depth, m, RBO_P)),
        "top1_flip": (1, top1_flip_null(m)),
        "rank_displacement": (k, rank_displacement_null(k, depth, m)),
        "lost_beyond_depth": (k, lost_beyond_depth_null(depth, m)),
        "tie_exposure": (k, NAN),
    }
    for metric, (level, null) in nulls.items():
        mean = mean_of(both.values[metric], population=population, unit_range=metric != "rank_displacement")
        note = mean.note
        if metric == "lost_beyond_depth":
            note = "; ".join(filter(None, [f"depth {depth}", note]))
        rows.append(
            SummaryRow(
                scope=scope, candidate=candidate, metric=metric, k=level, value=mean.value, low=mean.low, high=mean.high,
                n=mean.n, null=null, floor=floor.of(metric), note=note,
            )
        )  # fmt: skip
    return rows


def hubness_rows(both: Comparison, *, candidate: str, census: bool) -> list[SummaryRow]:
    """Skewness of the k-occurrences of both versions, and its change."""
    before, after = hubness(both.occurrences_reference), hubness(both.occurrences_candidate)
    values = {"hubness_reference": before, "hubness_candidate": after, "hubness_change": after - before}
    n = len(both.occurrences_reference)
    null = hubness_null(both.k, both.n_corpus, n) if both.k < both.n_corpus else NAN
    nulls = {"hubness_reference": null, "hubness_candidate": null, "hubness_change": 0.0}
    undefined = "every item occurs equally often"
    return [
        SummaryRow(
            scope="corpus",
            candidate=candidate,
            metric=metric,
            k=both.k,
            value=value if census else NAN,
            n=n,
            null=nulls[metric],
            note=NO_HUBNESS if not census else (undefined if np.isnan(value) else ""),
        )
        for metric, value in values.items()
    ]


def geometry_rows(found: Geometry, floor: Floor, *, candidate: str) -> list[SummaryRow]:
    """Self-displacement, raw and aligned, and CKA."""
    rows = []
    for metric, values, null in (
        ("self_displacement", found.raw, found.raw_null),
        ("aligned_self_displacement", found.aligned, found.aligned_null),
    ):
        known = values[~np.isnan(values)]
        note = found.note or ("" if len(known) else f"{len(values)} items are too few to fit a rotation on half of them")
        rows.append(
            SummaryRow(
                scope="corpus", candidate=candidate, metric=metric, value=float(known.mean()) if len(known) else NAN,
                n=len(known), null=null, floor=floor.of(metric), note=note,
            )
        )  # fmt: skip
    rows.append(
        SummaryRow(
            scope="corpus", candidate=candidate, metric="cka_debiased", value=found.cka, n=len(found.raw), null=0.0,
            floor=floor.of("cka_debiased"), note="" if found.cka == found.cka else "not defined for so few items",
        )
    )  # fmt: skip
    return rows


def cohort_rows(
    values: dict[str, Floats], labels: dict[str, Floats], *, scope: str, candidate: str, k: int, sample: bool
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
            for metric, every in values.items():
                some = every[inside]
                mean = mean_of(some, population=None if sample else len(some), unit_range=metric != "rank_displacement")
                rows.append(
                    SummaryRow(
                        scope=scope, candidate=candidate, metric=metric, k=1 if metric == "top1_flip" else k,
                        cohort=f"{column}={cohort}", value=mean.value, low=mean.low, high=mean.high, n=mean.n, note=mean.note,
                    )
                )  # fmt: skip
    return rows


def area(curve: Floats, n_corpus: int) -> float:
    """Area under R_NX with ranks on a log scale: sum of R(k) / k over sum of 1 / k; NaN for an empty curve."""
    ks = np.arange(1, min(len(curve), n_corpus - 1) + 1)
    if not len(ks):
        return NAN
    return float((corrected_curve(curve, n_corpus)[: len(ks)] / ks).sum() / (1 / ks).sum())


def corrected_curve(curve: Floats, n_corpus: int) -> Floats:
    """R_NX at every depth, shape as `curve`; NaN at k = n_corpus, where any two lists are the same."""
    return np.array([_corrected(value, k, n_corpus) for k, value in enumerate(curve.tolist(), start=1)])


def _corrected(value: float, k: int, n_corpus: int) -> float:
    return (n_corpus * value - k) / (n_corpus - k) if k < n_corpus else NAN
