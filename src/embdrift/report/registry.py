"""Which report a saved run has: that of its study."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from embdrift.errors import InputError
from embdrift.report.record import read_record
from embdrift.report.run_folder import require_whole

# Study -> module, function that writes, function that says what was found. Loaded when a report is asked for: each
# brings its own plots.
_REPORTS = {
    "neighbor_shift": ("embdrift.report.neighbor_shift.shift", "write_shift_report", "shift_sentences"),
    "ann_recall": ("embdrift.report.ann_recall", "write_ann_report", "ann_sentences"),
    "drift": ("embdrift.report.drift", "write_drift_report", "drift_sentences"),
    "precision": ("embdrift.report.precision", "write_precision_report", "precision_sentences"),
}


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
    module, write, _ = _parts(run_folder)
    writer: Callable[[Path], Path] = getattr(import_module(module), write)
    return writer(run_folder)


def sentences(run_folder: Path) -> list[str]:
    """What a saved run found, a sentence each, the most important first.

    Raises:
        InputError: as `report`
    """
    module, _, say = _parts(run_folder)
    speaker: Callable[[Path], list[str]] = getattr(import_module(module), say)
    return speaker(run_folder)


def _parts(run_folder: Path) -> tuple[str, str, str]:
    require_whole(run_folder)
    study = read_record(run_folder / "record.json").study
    if study not in _REPORTS:
        raise InputError(
            f"{run_folder} holds a study {study!r} that this embdrift does not know: install the version that wrote it"
        )
    return _REPORTS[study]
