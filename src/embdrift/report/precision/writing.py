"""Write the report of a precision run."""

import json
from pathlib import Path

from embdrift.files import whole_file
from embdrift.report.content import Content, ScopeContent
from embdrift.report.gate_block import gate_block
from embdrift.report.html import html
from embdrift.report.input_tables import alignment_table, cards_table, differences_table, inputs_table, record_table
from embdrift.report.markdown import markdown
from embdrift.report.precision import tables
from embdrift.report.precision.findings import precision_verdict
from embdrift.report.precision.pictures import save_precision_pictures
from embdrift.report.precision.run import PrecisionRun, load_precision_run
from embdrift.report.table import table_of
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
    report = precision_content(run)
    _write(run.folder / "report.md", markdown(report))
    return _write(run.folder / "report.html", html(report))


def precision_content(run: PrecisionRun) -> Content:
    """Gather what the report says, in the form that every report has; draws its figures."""
    record = run.record
    beside = [tables.lost_table(run), tables.wrong_table(run), tables.numeric_table(run)]
    beside += [tables.standing_out_table(run), tables.range_table(run), tables.repeat_table(run)]
    return Content(
        title=one_line(record.name),
        subtitle=one_line(f"{record.study} of {record.reference}, {record.created}"),
        verdict=precision_verdict(run),
        scopes=tuple(_scope(run, scope) for scope in run.scopes),
        compared=(
            *beside,
            differences_table(record),
            inputs_table(record),
            alignment_table(record),
            cards_table(record),
        ),
        definitions=tables.definitions_table(),
        record=record_table(record),
        config=json.dumps(record.config, indent=2, ensure_ascii=False, sort_keys=True),
        notes=tuple(one_line(note) for note in record.notes),
        gate=gate_block(run.folder),
    )


def _scope(run: PrecisionRun, scope: str) -> ScopeContent:
    return ScopeContent(
        scope=scope,
        title=one_line(scope_words(scope).title),
        glance=(tables.ladder_table(run, scope), tables.labels_table(run, scope), tables.quality_table(run, scope)),
        pictures=tuple(save_precision_pictures(run, scope)),
        cohorts=table_of("", [], []),
        moved=(),
        every_figure=tables.every_figure(run, scope),
    )


def _write(path: Path, text: str) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
    return path
