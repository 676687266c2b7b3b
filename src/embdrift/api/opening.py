"""A saved run, opened for a notebook."""

from pathlib import Path

from embdrift.gates import Verdict, read_verdict
from embdrift.results import SavedRun


class Run(SavedRun):
    """A finished run of any study: `record`, `summary`, `per_query`, `table(name)`, read when first used.

    Args:
        folder: its folder

    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
    """

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.folder / "report.html"

    @property
    def verdict(self) -> Verdict | None:
        """What a gate said about the run; None where none has judged it."""
        return None if self.verdict_path is None else read_verdict(self.verdict_path)


def open_run(folder: Path | str) -> Run:
    """Open a saved run.

    Args:
        folder: the run folder
    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
    """
    return Run(folder)
