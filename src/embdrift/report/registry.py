"""The report of a saved run: that of its study, found by the study's name."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from embdrift.errors import InputError
from embdrift.report.conclusion import Conclusion
from embdrift.report.content import Content
from embdrift.report.pages import write_pages
from embdrift.results import SavedRun


@dataclass(frozen=True)
class StudyReport:
    """How the runs of a study are reported.

    Args:
        conclude: what a run found, in sentences
        contents: all that its pages say; draws the run's figures
        in_terminal: sentences for the terminal; None for the conclusion and each headline
    """

    conclude: Callable[[SavedRun], Conclusion]
    contents: Callable[[SavedRun], Content]
    in_terminal: Callable[[SavedRun], list[str]] | None = None

    def write(self, run: SavedRun) -> Path:
        """Write `plots/`, `report.md` and `report.html`; gives the path of `report.html`.

        Raises:
            StorageError: when a file cannot be written
        """
        return write_pages(run.folder, self.contents(run))

    def sentences(self, run: SavedRun) -> list[str]:
        """What the run found, a sentence each, the most important first."""
        if self.in_terminal is not None:
            return self.in_terminal(run)
        found = self.conclude(run)
        return [found.sentence, *(one.headline for one in found.findings)]


_registered: dict[str, StudyReport] = {}


def register_report(study: str, report: StudyReport) -> None:
    """Give a study that embdrift does not bring along its report.

    Args:
        study: the study's name, as in its registration
        report: how its runs are reported

    Raises:
        InputError: when the study has a report already
    """
    if study in _registered or _bundled(study) is not None:
        raise InputError(f"study {study!r} has a report already; register the report under the name of another study")
    _registered[study] = report


def report_of(study: str) -> StudyReport | None:
    """The report of a study: a registered one, or `REPORT` of the folder here that bears the study's name."""
    return _registered.get(study) or _bundled(study)


def _bundled(study: str) -> StudyReport | None:
    # A record may hold any text as the name of its study.
    if not study.isidentifier() or find_spec(f"embdrift.report.{study}") is None:
        return None
    found = getattr(import_module(f"embdrift.report.{study}"), "REPORT", None)
    return found if isinstance(found, StudyReport) else None


def report(run_folder: Path) -> Path:
    """Write tables, plots, `report.md` and `report.html` of a saved run; nothing is recomputed.

    Args:
        run_folder: a run folder, of any study
    Returns:
        path of `report.html`
    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
        StorageError: when the report cannot be written
    """
    run = SavedRun(run_folder)
    return _known(run).write(run)


def sentences(run_folder: Path) -> list[str]:
    """What a saved run found, a sentence each, the most important first.

    Raises:
        InputError: as `report`
    """
    run = SavedRun(run_folder)
    return _known(run).sentences(run)


def _known(run: SavedRun) -> StudyReport:
    found = report_of(run.record.study)
    if found is None:
        raise InputError(
            f"{run.folder} holds a study {run.record.study!r} that this embdrift does not know: install the version"
            " that wrote it"
        )
    return found
