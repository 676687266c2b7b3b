"""Rows of the summary: one figure each, beside its chance level, its noise floor and what it rests on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from embdrift.metrics import mean_interval
from embdrift.metrics.catalog import TIED, metric_named
from embdrift.types import Floats

NAN = float("nan")


@dataclass(frozen=True)
class SummaryRow:
    """One figure of a study.

    Args:
        scope: "corpus" or "queries"
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


def known_mean(values: Floats) -> float:
    """The mean of the values that are defined, NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else NAN
