"""A table as people read it: words in cells, not yet Markdown or HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from embdrift.metrics.catalog import metric_named
from embdrift.report.wording import NOT_DEFINED, number, one_line
from embdrift.results import Measurement


@dataclass(frozen=True)
class Cell:
    """One cell; `strong` marks its text, `detail` follows in plain, `numeric` sets it flush right."""

    text: str
    strong: bool = False
    detail: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption and, below it, the reasons for what is not defined."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def words(text: str, strong: bool = False, detail: str = "") -> Cell:
    """A cell of text, on one line."""
    return Cell(one_line(text), strong, detail)


def figure(text: str) -> Cell:
    """A cell that holds a number in words, flush right."""
    return Cell(text, numeric=True)


class Reasons:
    """Collects why values are not defined, and numbers the reasons for the notes below a table."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def value(self, found: Measurement) -> Cell:
        """The value; else "not defined" and the number of a note."""
        if not found.defined:
            return figure(f"{NOT_DEFINED} [{self._place(one_line(found.reason))}]")
        return figure(number(found.value))

    def interval(self, found: Measurement) -> Cell:
        """The value with its interval where there is one."""
        if not (found.defined and found.has_interval):
            return self.value(found)
        return figure(f"{number(found.value)} ({number(found.low)} to {number(found.high)})")

    @property
    def notes(self) -> tuple[str, ...]:
        """The reasons, numbered."""
        return tuple(f"[{place}] {NOT_DEFINED}: {reason}" for place, reason in enumerate(self._reasons, start=1))

    def _place(self, reason: str) -> int:
        if reason not in self._reasons:
            self._reasons.append(reason)
        return self._reasons.index(reason) + 1


def table_of(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], reasons: Reasons | None = None
) -> Table:
    """Put a table together."""
    return Table(caption, tuple(heads), tuple(tuple(row) for row in rows), reasons.notes if reasons else ())


NOTHING = table_of("", [], [])
"""A table that is not shown."""


def definitions_of(terms: Sequence[tuple[str, str]], metrics: Sequence[str]) -> Table:
    """How terms and metrics are defined: what each is called, and its definition.

    Args:
        terms: words that a report uses, with what they mean
        metrics: names of metrics, defined as the catalog declares them
    """
    declared = [(metric.label_at(None), metric.definition) for metric in map(metric_named, metrics)]
    rows = [[words(name, strong=True), words(text)] for name, text in (*terms, *declared)]
    return table_of("How the figures are defined", ["Figure", "Definition"], rows)
