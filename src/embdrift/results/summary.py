"""Figures of a run's summary, found by what they are about."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import pandas as pd

NAN = math.nan
NO_REASON = "no reason given"
_NUMBERS = ("value", "low", "high", "n", "chance", "floor")
_Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class Measurement:
    """One row of `summary.csv`: a figure with what it is held against; NaN where something is not defined.

    Args:
        index: the index that it is about; empty where it is about none
        note: why the value is not defined, or what else to know
    """

    study: str = ""
    scope: str = ""
    reference: str = ""
    candidate: str = ""
    cohort: str = ""
    metric: str = ""
    k: int | None = None
    value: float = NAN
    low: float = NAN
    high: float = NAN
    n: float = NAN
    chance: float = NAN
    floor: float = NAN
    note: str = ""
    index: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether both ends of an interval are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def reason(self) -> str:
        """The note, or that there is none."""
        return self.note or NO_REASON

    @property
    def place(self) -> _Place:
        """Where it was measured, whatever the candidate, the metric and k."""
        return self.study, self.scope, self.cohort, self.index

    @property
    def title(self) -> str:
        """The figure in words: overlap@10 (corpus, language=de)."""
        about = ", ".join(one for one in (self.scope, self.cohort, self.index) if one)
        figure = self.metric if self.k is None else f"{self.metric}@{self.k}"
        return f"{figure} ({about})" if about else figure


NOT_MEASURED = Measurement(note="not part of this run")
"""What stands for a figure that the run does not have."""


@dataclass(frozen=True)
class Summary:
    """All figures of a run.

    Args:
        rows: as in the file, in its order
        k: the run's headline number of neighbors
    """

    rows: tuple[Measurement, ...]
    k: int

    @classmethod
    def of(cls, frame: pd.DataFrame, *, k: int) -> "Summary":
        """The figures of a summary table.

        Args:
            frame: with the columns of `summary.csv`; those of intervals, chance, floors and notes may be missing
            k: the run's headline number of neighbors
        """
        return cls(tuple(_measurements(frame)), k)

    def get(self, metric: str, scope: str, candidate: str, k: int | None = None) -> Measurement:
        """The figure over a whole scope at `k`, else at the headline k, else the first; `NOT_MEASURED` without any."""
        rows = self._whole.get((scope, candidate, metric), [])
        wanted = self.k if k is None else k
        at_k = [row for row in rows if row.k == wanted]
        if at_k:
            return at_k[0]
        return rows[0] if rows and k is None else NOT_MEASURED

    def has(self, metric: str, scope: str) -> bool:
        """Whether any candidate has a row for the metric over a whole scope, be its value defined or not."""
        return any(key[0] == scope and key[2] == metric for key in self._whole)

    def all(self, scope: str, candidate: str) -> list[Measurement]:
        """Every figure of a candidate over a whole scope, those of one metric together."""
        return [row for key, rows in self._whole.items() if key[:2] == (scope, candidate) for row in rows]

    def beside(self, row: Measurement, metric: str) -> Measurement:
        """Another figure of the same candidate over the same whole scope at the same k; else `NOT_MEASURED`."""
        found = self._whole.get((row.scope, row.candidate, metric), [])
        return next((one for one in found if one.k == row.k), NOT_MEASURED)

    def find(
        self, metric: str, candidate: str, *, scope: str | None = None, cohort: str = ""
    ) -> tuple[Measurement, ...]:
        """The rows of one figure over one cohort, at the headline k where the figure was measured at it."""
        wanted = (metric, candidate, cohort)
        rows = [row for row in self.rows if (row.metric, row.candidate, row.cohort) == wanted]
        return self.headline([row for row in rows if scope in (None, row.scope)])

    def headline(self, rows: Sequence[Measurement]) -> tuple[Measurement, ...]:
        """Of each place the rows at the headline k or at none; all rows of a place that has no such row."""
        usual = {row.place for row in rows if row.k in (None, self.k)}
        return tuple(row for row in rows if row.k in (None, self.k) or row.place not in usual)

    def same(self, row: Measurement, *, candidate: str, metric: str | None = None) -> Measurement | None:
        """The row of another candidate, or another figure, that is about the same as a row."""
        return self._by_place.get((metric or row.metric, candidate, row.k, row.place))

    @cached_property
    def _whole(self) -> dict[tuple[str, str, str], list[Measurement]]:
        found: dict[tuple[str, str, str], list[Measurement]] = {}
        for row in self.rows:
            if not row.cohort:
                found.setdefault((row.scope, row.candidate, row.metric), []).append(row)
        return found

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, int | None, _Place], Measurement]:
        return {(row.metric, row.candidate, row.k, row.place): row for row in reversed(self.rows)}


def _measurements(summary: pd.DataFrame) -> Iterator[Measurement]:
    for values in summary.to_dict("records"):
        known = {str(name): value for name, value in values.items() if not _missing(value)}
        yield Measurement(**{field.name: _typed(field.name, known.get(field.name)) for field in fields(Measurement)})


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _typed(name: str, value: Any) -> Any:
    if name == "k":
        return None if value is None else int(value)
    if name in _NUMBERS:
        return NAN if value is None else float(value)
    return "" if value is None else str(value)
