"""All that the report of an ANN-recall run says."""

from embdrift.report.ann_recall import tables
from embdrift.report.ann_recall.definitions import DEFINITIONS
from embdrift.report.ann_recall.pictures import save_pictures
from embdrift.report.ann_recall.run import searching_scope
from embdrift.report.ann_recall.sentences import conclusion
from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.pictures import SavedPicture
from embdrift.report.table import Table, definitions_of
from embdrift.report.wording import one_line, scope_words
from embdrift.results import SavedRun


def contents(run: SavedRun, pictures: tuple[SavedPicture, ...] | None = None) -> Content:
    """Gather what the report says, with these pictures; None draws them."""
    pictures = tuple(save_pictures(run)) if pictures is None else pictures
    scope = ScopeContent(
        scope=searching_scope(run),
        title=one_line(scope_words(searching_scope(run)).title),
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
        conclusion=conclusion(run),
        scopes=(scope,),
        definitions=definitions_of(DEFINITIONS),
        beside=beside,
    )


def _first_table(run: SavedRun) -> Table:
    return tables.decisions_table(run) if run.record.candidates else tables.points_table(run)
