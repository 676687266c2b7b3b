"""Write the report of an ANN-recall run."""

import json
from pathlib import Path

from embdrift.files import whole_file
from embdrift.report.ann_recall import tables
from embdrift.report.ann_recall.definitions import definitions_table
from embdrift.report.ann_recall.findings import ann_verdict
from embdrift.report.ann_recall.pictures import save_ann_pictures
from embdrift.report.ann_recall.run import AnnRun, load_ann_run
from embdrift.report.content import Content, ScopeContent
from embdrift.report.gate_block import gate_block
from embdrift.report.html import html
from embdrift.report.input_tables import cards_table, differences_table, inputs_table, record_table
from embdrift.report.markdown import markdown
from embdrift.report.pictures import SavedPicture
from embdrift.report.table import Table, table_of
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
    report = ann_content(run, tuple(save_ann_pictures(run)))
    _write(run.folder / "report.md", markdown(report))
    return _write(run.folder / "report.html", html(report))


def ann_content(run: AnnRun, pictures: tuple[SavedPicture, ...]) -> Content:
    """Gather what the report says, in the form that every report has."""
    record = run.record
    scope = ScopeContent(
        scope=run.scope,
        title=one_line(scope_words(run.scope).title),
        glance=(_first_table(run), tables.comparisons_table(run)),
        pictures=pictures,
        cohorts=_nothing(),
        moved=(),
        every_figure=tables.curve_table(run),
    )
    beside = [tables.equal_recall_table(run), tables.most_lost_table(run), tables.builds_table(run)]
    beside += [tables.left_out_table(run), tables.ties_table(run), tables.ground_truth_table(run)]
    return Content(
        title=one_line(record.name),
        subtitle=one_line(f"{record.study.replace('_', ' ')} against {record.reference}, {record.created}"),
        verdict=ann_verdict(run),
        scopes=(scope,),
        compared=(*beside, differences_table(record), inputs_table(record), cards_table(record)),
        definitions=definitions_table(),
        record=record_table(record),
        config=json.dumps(record.config, indent=2, ensure_ascii=False, sort_keys=True),
        notes=(),  # they stand below the first table
        gate=gate_block(run.folder),
    )


def _first_table(run: AnnRun) -> Table:
    return tables.decisions_table(run) if run.record.candidates else tables.points_table(run)


def _nothing() -> Table:
    return table_of("", [], [])


def _write(path: Path, text: str) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
    return path
