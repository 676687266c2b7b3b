"""All that the report of a precision run says."""

from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.precision import tables
from embdrift.report.precision.pictures import save_pictures
from embdrift.report.precision.sentences import conclusion
from embdrift.report.table import definitions_of
from embdrift.report.wording import one_line, scope_words
from embdrift.results import SavedRun


def contents(run: SavedRun) -> Content:
    """Gather what the report says, in the form that every report has; draws its figures.

    Raises:
        InputError: when the run is of another study
        StorageError: when a figure cannot be written
    """
    run.require_study("precision")
    beside = [tables.lost_table(run), tables.wrong_table(run), tables.numeric_table(run)]
    beside += [tables.standing_out_table(run), tables.range_table(run), tables.repeat_table(run)]
    return assembled(
        run.record,
        run.folder,
        conclusion=conclusion(run),
        scopes=tuple(_scope(run, scope) for scope in run.scopes),
        definitions=definitions_of(tables.TERMS, tables.DEFINED),
        beside=beside,
        notes=run.record.notes,
        compares="of",
    )


def _scope(run: SavedRun, scope: str) -> ScopeContent:
    return ScopeContent(
        scope=scope,
        title=one_line(scope_words(scope).title),
        glance=(tables.ladder_table(run, scope), tables.labels_table(run, scope), tables.quality_table(run, scope)),
        pictures=tuple(save_pictures(run, scope)),
        every_figure=tables.every_figure(run, scope),
    )
