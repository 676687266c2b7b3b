"""What a self-test found."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from embdrift.selftest.matching import WRONG


@dataclass(frozen=True, eq=False)
class SelfTest:
    """What a self-test found.

    Args:
        facts: what it was run on
        cells: columns fault, strength, cell, expected, borderline, found, state
        runs: columns fault, strength, seed, distribution, neighbors, verdict, finding, causes, refused
        figures: columns fault, strength, seed, measure, value, departure, noticed
        ranking: columns harm, measure, spearman, low, high, n
        false_alarms: columns measure, alarms, runs: where nothing changed, on runs that set no limit
        test_alarms: columns design, test, alarms, runs
    """

    facts: dict[str, Any]
    cells: pd.DataFrame
    runs: pd.DataFrame
    figures: pd.DataFrame
    ranking: pd.DataFrame
    false_alarms: pd.DataFrame
    test_alarms: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def trusted(self) -> bool:
        """Whether nothing that must be noticed was missed, and nothing harmless was called harm."""
        return not self.cells["state"].isin(WRONG).any()
