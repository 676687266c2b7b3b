"""The rows of a run's summary, found by what they are about."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import pandas as pd

_NUMBERS = ("value", "low", "high", "n", "chance", "floor")


@dataclass(frozen=True)
class Row:
    """One row of summary.csv; see `embdrift.studies.engine.rows.SummaryRow` for its fields.

    Args:
        index: the index that it is about; empty where it is about none
    """

    study: str
    scope: str
    reference: str
    candidate: str
    cohort: str
    metric: str
    k: int | None
    value: float
    low: float
    high: float
    n: float
    chance: float
    floor: float
    note: str
    index: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it was measured, whatever the candidate, the metric and k."""
        return self.study, self.scope, self.cohort, self.index

    @property
    def name(self) -> str:
        """The figure in words: overlap@10 (corpus, language=de)."""
        about = ", ".join(one for one in (self.scope, self.cohort, self.index) if one)
        figure = self.metric if self.k is None else f"{self.metric}@{self.k}"
        return f"{figure} ({about})" if about else figure


@dataclass(frozen=True)
class Rows:
    """All rows of a run.

    Args:
        rows: as in the summary, in its order
        k: the run's headline number of neighbours
    """

    rows: tuple[Row, ...]
    k: int

    def find(self, metric: str, candidate: str, *, scope: str | None = None, cohort: str = "") -> tuple[Row, ...]:
        """The rows of one figure over one cohort, at the headline k where the figure was measured at it."""
        return self.headline(
            [
                row
                for row in self.rows
                if row.metric == metric
                and row.candidate == candidate
                and row.cohort == cohort
                and scope in (None, row.scope)
            ]
        )

    def headline(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Of each place the rows at the headline k or at none; all rows of a place that has no such row."""
        usual = {row.place for row in rows if self._usual(row)}
        return tuple(row for row in rows if self._usual(row) or row.place not in usual)

    def same(self, row: Row, *, candidate: str, metric: str | None = None) -> Row | None:
        """The row of another candidate, or another figure, that is about the same as a row."""
        return self._by_place.get((metric or row.metric, candidate, row.k, row.place))

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, int | None, tuple[str, str, str, str]], Row]:
        return {(row.metric, row.candidate, row.k, row.place): row for row in reversed(self.rows)}

    def _usual(self, row: Row) -> bool:
        return row.k is None or row.k == self.k


def read_rows(summary: pd.DataFrame, *, k: int) -> Rows:
    """The rows of a summary table.

    Args:
        summary: with the columns of summary.csv; those of intervals, nulls, floors and notes may be missing
        k: the run's headline number of neighbours
    """
    return Rows(tuple(_rows(summary)), k)


def _rows(summary: pd.DataFrame) -> Iterator[Row]:
    for values in summary.to_dict("records"):
        known = {str(name): value for name, value in values.items() if not _missing(value)}
        yield Row(**{field.name: _typed(field.name, known.get(field.name)) for field in fields(Row)})


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _typed(name: str, value: Any) -> Any:
    if name == "k":
        return None if value is None else int(value)
    if name in _NUMBERS:
        return math.nan if value is None else float(value)
    return "" if value is None else str(value)
