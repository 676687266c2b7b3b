"""Gathers what a precision study finds into the tables that a run folder holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from embdrift.studies.engine.quality import with_holm
from embdrift.studies.engine.study import StudyResult
from embdrift.studies.engine.summary import SummaryRow, summary_frame

NAME = "precision"


@dataclass
class Findings:
    """Rows and tables, cell by cell and version by version.

    Args:
        reference: name of the reference
    """

    reference: str
    rows: list[SummaryRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    _per_query: list[pd.DataFrame] = field(default_factory=list)

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows to a further table."""
        if len(frame):
            self._tables.setdefault(name, []).append(frame)

    def per_query(self, frame: pd.DataFrame) -> None:
        """Add values per item or query."""
        self._per_query.append(frame)

    def frames(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every further table, piece by piece."""
        for name, frames in self._tables.items():
            for frame in frames:
                yield name, frame

    def query_frames(self) -> list[pd.DataFrame]:
        """The pieces of the table per item or query."""
        return self._per_query

    def result(self, facts: Mapping[str, Any]) -> StudyResult:
        """Everything gathered.

        Args:
            facts: further entries of the run's record
        """
        per_query = pd.concat(self._per_query, ignore_index=True) if self._per_query else pd.DataFrame()
        return StudyResult(
            summary=summary_frame(NAME, self.reference, with_holm(self.rows)),
            per_query=per_query,
            tables={name: pd.concat(frames, ignore_index=True) for name, frames in self._tables.items()},
            notes=tuple(dict.fromkeys(self.notes)),
            facts=facts,
        )
