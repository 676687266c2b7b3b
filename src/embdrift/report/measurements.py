"""Single figures looked up in `summary.csv`."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

import pandas as pd

from embdrift.metrics.catalog import Role, Topic, metric_named

NAN = float("nan")


@dataclass(frozen=True)
class Measurement:
    """One figure with what it is to be held against; NaN where something is not defined, with the reason in `note`."""

    value: float = NAN
    k: int | None = None
    low: float = NAN
    high: float = NAN
    n: float = NAN
    chance: float = NAN
    floor: float = NAN
    note: str = "not part of this run"

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether both ends of an interval are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True)
class Judged:
    """One measure of judged quality, before and after."""

    label: str
    reference: float
    candidate: Measurement
    change: Measurement


@dataclass(frozen=True)
class Measurements:
    """All figures over whole scopes (no cohorts), by scope, candidate and metric."""

    k: int
    found: dict[tuple[str, str, str], list[Measurement]] = field(default_factory=dict)

    def get(self, metric: str, scope: str, candidate: str, k: int | None = None) -> Measurement:
        """The figure at `k`, else at the headline k, else the first of that metric; NaN where there is none."""
        rows = self.found.get((scope, candidate, metric), [])
        wanted = self.k if k is None else k
        at_k = [row for row in rows if row.k == wanted]
        if at_k:
            return at_k[0]
        return rows[0] if rows and k is None else Measurement()

    def has(self, metric: str, scope: str) -> bool:
        """Whether any candidate has a row for the metric, be it that the value is not defined."""
        return any(key[0] == scope and key[2] == metric for key in self.found)

    def all(self, scope: str, candidate: str) -> list[tuple[str, Measurement]]:
        """Every figure of a candidate with the name of its metric, in the order of the file."""
        wanted = (scope, candidate)
        return [(key[2], row) for key, rows in self.found.items() if key[:2] == wanted for row in rows]

    def judged(self, scope: str, candidate: str) -> list[Judged]:
        """Every measure of judged quality for which a paired change was measured, or a value at least."""
        return [
            self._judged(metric, row, scope, candidate)
            for metric, row in self.all(scope, candidate)
            if metric_named(metric).topic is Topic.judgments and metric_named(metric).role is Role.value
        ]

    def _judged(self, metric: str, row: Measurement, scope: str, candidate: str) -> Judged:
        changes = self.found.get((scope, candidate, metric_named(metric).row_name(Role.change)), [])
        change = next((each for each in changes if each.k == row.k), Measurement())
        return Judged(metric_named(metric).label_at(row.k), row.value - change.value, row, change)


def measurements(summary: pd.DataFrame, k: int) -> Measurements:
    """Look up the rows of `summary.csv` that are about whole scopes."""
    found: dict[tuple[str, str, str], list[Measurement]] = defaultdict(list)
    for row in summary[summary["cohort"] == ""].to_dict("records"):
        found[row["scope"], row["candidate"], row["metric"]].append(
            Measurement(
                value=row["value"],
                k=int(row["k"]) if math.isfinite(row["k"]) else None,
                low=row["low"],
                high=row["high"],
                n=row["n"],
                chance=row["chance"],
                floor=row["floor"],
                note=row["note"] or "no reason given",
            )
        )
    return Measurements(k, dict(found))
