"""Rows of the summary: one figure each, beside its chance level, its noise floor and the number of items behind it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from embdrift.metrics import chance_corrected, hubness, mean_interval
from embdrift.metrics.catalog import TIED, Sizes, list_metrics, metric_named
from embdrift.metrics.interval import known_mean
from embdrift.studies.engine.compare import Comparison
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.geometry import Geometry
from embdrift.studies.engine.study import QuerySet
from embdrift.types import Array, Floats

NAN = float("nan")


@dataclass(frozen=True)
class SummaryRow:
    """One figure of a study.

    Args:
        scope: who searches
        candidate: the version that is held against the reference
        metric: name of the figure
        value: the figure; NaN where it is not defined, with the reason in `note`
        k: neighbours that it looks at; None where it looks at none
        cohort: "column=value"; empty for all
        low: lower bound of the 95 % interval; NaN where nothing is sampled
        high: upper bound
        n: items or queries that it rests on
        chance: what chance would give
        floor: what noise alone gives
        note: why a value is not defined, or what else to know
    """

    scope: str
    candidate: str
    metric: str = ""
    value: float = NAN
    k: int | None = None
    cohort: str = ""
    low: float = NAN
    high: float = NAN
    n: int = 0
    chance: float = NAN
    floor: float = NAN
    note: str = ""


COLUMNS = [
    "study", "scope", "reference", "candidate", "cohort", "metric", "k",
    "value", "low", "high", "n", "chance", "floor", "note",
]  # fmt: skip


def summary_frame(study: str, reference: str, rows: Sequence[SummaryRow]) -> pd.DataFrame:
    """The rows as a tidy table."""
    frame = pd.DataFrame([asdict(row) for row in rows])
    frame["study"], frame["reference"] = study, reference
    frame["k"] = frame["k"].astype("Int64")
    return frame[COLUMNS]


def metric_row(about: SummaryRow, name: str, sizes: Sizes | None = None) -> SummaryRow:
    """The row made one of a metric, with the chance level that its declaration gives.

    Args:
        about: what the row says whatever the metric
        name: of the metric
        sizes: of the lists or sets that chance depends on
    """
    return replace(about, metric=name, chance=metric_named(name).chance_at(sizes))


def mean_row(
    about: SummaryRow,
    values: Floats,
    population: int | None,
    *,
    undefined: str = TIED,
    weights: Floats | None = None,
) -> SummaryRow:
    """A row with the mean over the queries whose value is defined, and its interval where they are a sample.

    Args:
        about: the row without value, interval and number; its note stays
        values: shape (q,), NaN where not defined
        population: how many there are in all; q itself for a census, None for a population without end
        undefined: why values can be undefined, which the note then says
        weights: shape (q,), what each query counts; None for all the same. Queries of weight 0 take no part.
    """
    if weights is not None:
        values, weights = values[weights > 0], weights[weights > 0]
    interval = mean_interval(values, population=population, weights=weights)
    low, high = interval.low, interval.high
    metric = metric_named(about.metric)
    if metric.clipped:
        low, high = (float(np.clip(bound, *metric.bounds)) for bound in (low, high))
    missing = int(np.isnan(values).sum())
    note = joined(about.note, left_out(missing, len(values), undefined))
    return replace(about, value=interval.mean, low=low, high=high, n=len(values) - missing, note=note)


def left_out(missing: int, of: int, reason: str) -> str:
    """How many values were left out of a figure and why; empty where none was."""
    if not missing:
        return ""
    return reason if missing == of else f"{missing} of {of} left out: {reason}"


def joined(*notes: str) -> str:
    """Several notes as one."""
    return "; ".join(note for note in notes if note)


def neighbor_rows(
    both: Comparison, floor: Floor, *, scope: str, candidate: str, population: int | None
) -> list[SummaryRow]:
    """Overlap, Jaccard and R_NX at every level, and the metrics of the headline k.

    Args:
        both: what was measured
        floor: what noise alone does
        scope: who searches
        candidate: name of the new version
        population: queries there are in all; None for a population without end
    """
    about = SummaryRow(scope, candidate)
    rows = [row for level in both.levels for row in _level_rows(both, floor, about, level, population)]
    sizes = both.sizes
    for metric in (metric for metric in list_metrics() if not metric.every_k):
        row = replace(
            about, metric=metric.name, k=sizes.at(metric.level), chance=metric.chance_at(sizes),
            floor=floor.of(metric.name), note=metric.note_at(sizes),
        )  # fmt: skip
        rows.append(mean_row(row, both.values[metric.name], population, undefined=metric.undefined_at(sizes)))
    return rows


def _level_rows(
    both: Comparison, floor: Floor, about: SummaryRow, level: int, population: int | None
) -> list[SummaryRow]:
    shared, sizes = both.at(level), replace(both.sizes, k=level)
    overlap_floor = floor.at(level)
    measured = {
        "overlap": (shared, overlap_floor, floor.reason),
        "jaccard": (shared / (2 - shared), floor.of("jaccard") if level == both.k else NAN, ""),
        "r_nx": (
            chance_corrected(shared, level, both.n_corpus),
            float(chance_corrected(overlap_floor, level, both.n_corpus)),
            "",
        ),
    }
    rows = []
    for name, (values, noise, note) in measured.items():
        metric = metric_named(name)
        row = replace(about, metric=name, k=level, chance=metric.chance_at(sizes), floor=noise, note=note)
        rows.append(mean_row(row, values, population, undefined=metric.undefined_at(sizes)))
    return rows


def hubness_rows(both: Comparison, *, candidate: str, census: bool) -> list[SummaryRow]:
    """Skewness of the k-occurrences of both versions, and its change; not defined unless every item searches."""
    n, q = len(both.reference.counts), len(both.values["overlap"])
    sizes = replace(both.sizes, items=n)
    before, after = hubness(both.reference.counts), hubness(both.candidate.counts)
    lacking = max(both.reference.left_out, both.candidate.left_out)
    rows = []
    for metric, value, missing in (
        ("hubness_reference", before, both.reference.left_out),
        ("hubness_candidate", after, both.candidate.left_out),
        ("hubness_change", after - before, lacking),
    ):
        chance = metric_named(metric).chance_at(sizes)
        row = SummaryRow(QuerySet.corpus, candidate, metric=metric, k=both.k, chance=chance)
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
    about = SummaryRow(QuerySet.corpus, candidate)
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
    chance = metric_named("cka_debiased").chance_at()
    cka = replace(about, metric="cka_debiased", chance=chance, floor=floor.of("cka_debiased"))
    if np.isnan(found.cka):
        return [*rows, replace(cka, note="not defined for fewer than 4 items, or where all vectors but one are equal")]
    return [*rows, replace(cka, value=found.cka, n=m)]


def cohort_rows(
    values: dict[str, Floats], labels: dict[str, Array], *, scope: str, candidate: str, sizes: Sizes, sample: bool
) -> list[SummaryRow]:
    """Means per cohort of what is measured per item.

    Args:
        values: metric -> shape (q,)
        labels: cohort column -> shape (q,), the cohort of each item as text; empty where it has none
        scope: who searches
        candidate: name of the new version
        sizes: of the lists
        sample: whether items are a sample, so that intervals are due
    """
    rows = []
    for column, label in labels.items():
        for cohort in sorted({one for one in label.tolist() if one}):
            inside = label == cohort
            population = None if sample else int(inside.sum())
            for name, every in values.items():
                metric = metric_named(name)
                about = SummaryRow(scope, candidate, metric=name, k=sizes.at(metric.level), cohort=f"{column}={cohort}")
                rows.append(mean_row(about, every[inside], population, undefined=metric.undefined_at(sizes)))
    return rows
