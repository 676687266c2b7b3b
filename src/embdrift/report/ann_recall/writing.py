"""Write the report of an ANN-recall run."""

from pathlib import Path

from embdrift.report.ann_recall import tables
from embdrift.report.ann_recall.definitions import DEFINITIONS
from embdrift.report.ann_recall.findings import ann_verdict
from embdrift.report.ann_recall.pictures import save_ann_pictures
from embdrift.report.ann_recall.run import AnnRun, load_ann_run
from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.neighbor_shift.pictures import SavedPicture
from embdrift.report.pages import write_pages
from embdrift.report.table import Table, definitions_of
from embdrift.report.wording import one_line, scope_words


def write_ann_report(folder: Path) -> Path:
    """Write `plots/`, `report.md` and `report.html` from what a run has saved; the same bytes each time.

    Args:
        folder: a run folder of the ANN-recall study, whole; nothing that the run wrote is changed

    Returns:
        the path of `report.html`

    Raises:
        InputError: when it is no such run folder, or not whole
        StorageError: when a file cannot be written
    """
    run = load_ann_run(folder)
    return write_pages(run.folder, ann_content(run, tuple(save_ann_pictures(run))))


def ann_content(run: AnnRun, pictures: tuple[SavedPicture, ...]) -> Content:
    """Gather what the report says, in the form that every report has."""
    scope = ScopeContent(
        scope=run.scope,
        title=one_line(scope_words(run.scope).title),
        glance=(_first_table(run), tables.comparisons_table(run)),
        pictures=pictures,
        every_figure=tables.curve_table(run),
    )
    beside = [tables.equal_recall_table(run), tables.most_lost_table(run), tables.builds_table(run)]
    beside += [tables.left_out_table(run), tables.ties_table(run), tables.ground_truth_table(run)]
    # Its notes stand below the first table.
    return assembled(
        run.record,
        run.folder,
        verdict=ann_verdict(run),
        scopes=(scope,),
        definitions=definitions_of(DEFINITIONS),
        beside=beside,
    )


def _first_table(run: AnnRun) -> Table:
    return tables.decisions_table(run) if run.record.candidates else tables.points_table(run)
