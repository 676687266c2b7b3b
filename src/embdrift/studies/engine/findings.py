"""Rows, tables and notes of a study, gathered piece by piece."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from embdrift.studies.engine.quality import with_holm
from embdrift.studies.engine.rows import SummaryRow, summary_frame
from embdrift.studies.engine.study import StudyResult


@dataclass
class Findings:
    """Collects what a study finds.

    Args:
        study: the study's name
        reference: name of the reference
    """

    study: str
    reference: str
    rows: list[SummaryRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    per_query: list[pd.DataFrame] = field(default_factory=list)

    def add_table(self, name: str, frame: pd.DataFrame) -> None:
        """Append rows to a further table; a table without rows is left out."""
        if len(frame):
            self.tables.setdefault(name, []).append(frame)

    def add(self, other: "Findings") -> None:
        """Append everything that another collector holds."""
        self.rows += other.rows
        self.notes += other.notes
        self.per_query += other.per_query
        for name, frames in other.tables.items():
            self.tables.setdefault(name, []).extend(frames)

    def result(self, facts: Mapping[str, Any]) -> StudyResult:
        """Everything gathered, p-values followed by Holm's correction.

        Args:
            facts: further entries of the run's record
        """
        return StudyResult(
            summary=summary_frame(self.study, self.reference, with_holm(self.rows)),
            per_query=pd.concat(self.per_query, ignore_index=True) if self.per_query else pd.DataFrame(),
            tables={name: pd.concat(frames, ignore_index=True) for name, frames in self.tables.items()},
            notes=tuple(dict.fromkeys(self.notes)),
            facts=facts,
        )
