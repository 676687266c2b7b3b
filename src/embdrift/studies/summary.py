"""Rows of the summary: one figure each, beside its chance level, its noise floor and what it rests on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from embdrift.metrics import mean_interval
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
        null: what chance would give
        floor: what noise alone gives
        note: why a value is not defined, or what else to know
    """

    scope: str
    candidate: str
    metric: str
    value: float
    k: int | None = None
    cohort: str = ""
    low: float = NAN
    high: float = NAN
    n: int = 0
    null: float = NAN
    floor: float = NAN
    note: str = ""


COLUMNS = [
    "study", "scope", "reference", "candidate", "cohort", "metric", "k",
    "value", "low", "high", "n", "null", "floor", "note",
]  # fmt: skip


def summary_frame(study: str, reference: str, rows: Sequence[SummaryRow]) -> pd.DataFrame:
    """The rows as a tidy table."""
    frame = pd.DataFrame([asdict(row) for row in rows])
    frame["study"], frame["reference"] = study, reference
    frame["k"] = frame["k"].astype("Int64")
    return frame[COLUMNS]


@dataclass(frozen=True)
class Mean:
    """Mean of values per query, as the fields of a summary row."""

    value: float
    low: float
    high: float
    n: int
    note: str


def mean_of(values: Floats, *, population: int | None, unit_range: bool = True) -> Mean:
    """The mean over queries whose value is defined, with its interval where they are a sample.

    Args:
        values: shape (q,)
        population: how many there are in all; q itself for a census, None for a population without end
        unit_range: whether values lie within 0 ... 1, as the interval then does
    """
    interval = mean_interval(values, population=population)
    undefined = int(np.isnan(values).sum())
    low, high = interval.low, interval.high
    if unit_range:
        low, high = max(low, 0.0) if low == low else low, min(high, 1.0) if high == high else high
    note = f"{undefined} of {len(values)} left out: too many items tie with the last neighbour" if undefined else ""
    return Mean(interval.mean, low, high, len(values) - undefined, note)
