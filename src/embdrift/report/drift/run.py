"""A saved drift run, read for reporting."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from embdrift.report.frames import Columns, read_table
from embdrift.report.measurements import Measurements, measurements
from embdrift.report.run_folder import RunFiles, load_run

DISTRIBUTIONS = Columns(text=("scope", "version", "quantity"), numbers=("low", "high", "items", "share"))


@dataclass(frozen=True, eq=False)
class DriftRun:
    """All that the report of a drift run is made from.

    Args:
        files: what every neighbour-shift report reads
        figures: the summary, to be looked up
        distributions: histograms of similarity and length, by version
    """

    files: RunFiles
    figures: Measurements
    distributions: pd.DataFrame

    @property
    def versions(self) -> tuple[str, ...]:
        """The reference first."""
        return (self.files.record.reference, *self.files.record.candidates)

    @property
    def has_neighbors(self) -> bool:
        """Whether neighbours were measured."""
        return bool((self.files.summary["metric"] == "overlap").any())


def load_drift_run(folder: Path) -> DriftRun:
    """Read a run folder of the drift study.

    Raises:
        InputError: when it is no run folder, or not whole
    """
    files = load_run(folder)
    distributions = read_table(files.folder / "tables" / "distributions.csv", DISTRIBUTIONS)
    return DriftRun(files, measurements(files.summary, files.record.k), distributions)
