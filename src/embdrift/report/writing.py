"""Write a report from a saved run."""

from pathlib import Path

from embdrift.report.content import content
from embdrift.report.neighbor_shift.pictures import save_pictures
from embdrift.report.pages import write_pages
from embdrift.report.run_folder import load_run


def write_report(run_folder: Path) -> Path:
    """Write `plots/`, `report.md` and `report.html` from what a run has saved; the same bytes each time.

    Args:
        run_folder: a run folder, whole; nothing that the run wrote is changed

    Returns:
        the path of `report.html`

    Raises:
        InputError: when it is no run folder, is not whole, or was written by a newer embdrift
        StorageError: when a file cannot be written
    """
    run = load_run(run_folder)
    pictures = {scope: tuple(save_pictures(run, scope)) for scope in run.scopes}
    return write_pages(run.folder, content(run, pictures))
