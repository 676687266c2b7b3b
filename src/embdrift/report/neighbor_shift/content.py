"""All that the report of a neighbor-shift run says."""

from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.input_tables import definitions_table
from embdrift.report.neighbor_shift.pictures import save_pictures
from embdrift.report.neighbor_shift.sentences import conclusion
from embdrift.report.neighbor_shift.tables import (
    cohort_table,
    every_figure_table,
    headline_table,
    moved_items,
    quality_table,
)
from embdrift.report.pictures import SavedPicture
from embdrift.report.wording import one_line, scope_words
from embdrift.results import SavedRun


def contents(run: SavedRun, pictures: dict[str, tuple[SavedPicture, ...]] | None = None) -> Content:
    """Gather what a report says about a run.

    Args:
        run: the run
        pictures: the figures of each scope; None to draw them
    """
    if pictures is None:
        pictures = {scope: tuple(save_pictures(run, scope)) for scope in run.scopes}
    record = run.record
    found = conclusion(run)
    figures = run.figures
    ordered = [each.candidate for each in found.findings]
    scopes = tuple(
        ScopeContent(
            scope=scope,
            title=one_line(scope_words(scope).title),
            glance=(headline_table(figures, ordered, scope), quality_table(figures, ordered, scope)),
            pictures=pictures.get(scope, ()),
            cohorts=cohort_table(run, scope),
            moved=moved_items(run, scope),
            every_figure=every_figure_table(figures, ordered, scope),
        )
        for scope in run.scopes
    )
    return assembled(
        record, run.folder, conclusion=found, scopes=scopes, definitions=definitions_table(figures), notes=record.notes
    )
