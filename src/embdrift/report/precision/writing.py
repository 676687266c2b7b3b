"""Write the report of a precision run."""

from pathlib import Path

from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.pages import write_pages
from embdrift.report.precision import tables
from embdrift.report.precision.findings import precision_verdict
from embdrift.report.precision.pictures import save_precision_pictures
from embdrift.report.precision.run import PrecisionRun, load_precision_run
from embdrift.report.table import definitions_of
from embdrift.report.wording import one_line, scope_words


def write_precision_report(folder: Path) -> Path:
    """Write `plots/`, `report.md` and `report.html` from what a run has saved; the same bytes each time.

    Args:
        folder: a run folder of the precision study, whole; nothing that the run wrote is changed

    Returns:
        the path of `report.html`

    Raises:
        InputError: when it is no such run folder, or not whole
        StorageError: when a file cannot be written
    """
    run = load_precision_run(folder)
    return write_pages(run.folder, precision_content(run))


def precision_content(run: PrecisionRun) -> Content:
    """Gather what the report says, in the form that every report has; draws its figures."""
    beside = [tables.lost_table(run), tables.wrong_table(run), tables.numeric_table(run)]
    beside += [tables.standing_out_table(run), tables.range_table(run), tables.repeat_table(run)]
    return assembled(
        run.record,
        run.folder,
        verdict=precision_verdict(run),
        scopes=tuple(_scope(run, scope) for scope in run.scopes),
        definitions=definitions_of(tables.TERMS, tables.DEFINED),
        beside=beside,
        notes=run.record.notes,
        compares="of",
    )


def _scope(run: PrecisionRun, scope: str) -> ScopeContent:
    return ScopeContent(
        scope=scope,
        title=one_line(scope_words(scope).title),
        glance=(tables.ladder_table(run, scope), tables.labels_table(run, scope), tables.quality_table(run, scope)),
        pictures=tuple(save_precision_pictures(run, scope)),
        every_figure=tables.every_figure(run, scope),
    )
