"""The report of the neighbour-shift study, by the names that every study's report has."""

from pathlib import Path

from embdrift.report.neighbor_shift.finding import verdict
from embdrift.report.run_folder import load_run
from embdrift.report.writing import write_report as write_shift_report

__all__ = ["shift_sentences", "write_shift_report"]


def shift_sentences(run_folder: Path) -> list[str]:
    """What the run found: one sentence for all, then one per candidate, the least moved first.

    Raises:
        InputError: when it is no whole run folder
    """
    found = verdict(load_run(run_folder))
    return [found.sentence, *(one.headline for one in found.findings)]
