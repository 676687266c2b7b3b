"""All that a report says, gathered once for Markdown and HTML."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embdrift.report.gate_block import GateBlock, gate_block
from embdrift.report.input_tables import (
    alignment_table,
    cards_table,
    definitions_table,
    differences_table,
    inputs_table,
    record_table,
)
from embdrift.report.measurements import measurements
from embdrift.report.neighbor_shift.finding import Verdict
from embdrift.report.neighbor_shift.finding import verdict as shift_verdict
from embdrift.report.neighbor_shift.most_moved import MovedItem, moved_items
from embdrift.report.neighbor_shift.pictures import SavedPicture
from embdrift.report.neighbor_shift.tables import cohort_table, every_figure_table, headline_table, quality_table
from embdrift.report.record import Record
from embdrift.report.run_folder import RunFiles
from embdrift.report.table import NOTHING, Table
from embdrift.report.wording import one_line, scope_words


@dataclass(frozen=True)
class ScopeContent:
    """What is said about one scope, its tables at a glance first; a table without rows is not shown."""

    scope: str
    title: str
    glance: tuple[Table, ...]
    pictures: tuple[SavedPicture, ...]
    every_figure: Table
    cohorts: Table = NOTHING
    moved: tuple[MovedItem, ...] = ()
    further: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Content:
    """What a report says, in the order in which it says it."""

    title: str
    subtitle: str
    verdict: Verdict
    scopes: tuple[ScopeContent, ...]
    compared: tuple[Table, ...]
    definitions: Table
    record: Table
    config: str
    notes: tuple[str, ...]
    gate: GateBlock | None = None


def content(run: RunFiles, pictures: dict[str, tuple[SavedPicture, ...]]) -> Content:
    """Gather what a report says about a run, with the pictures of each scope."""
    record = run.record
    found = shift_verdict(run)
    figures = measurements(run.summary, record.k)
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
        record, run.folder, verdict=found, scopes=scopes, definitions=definitions_table(figures), notes=record.notes
    )


def assembled(
    record: Record,
    folder: Path,
    *,
    verdict: Verdict,
    scopes: tuple[ScopeContent, ...],
    definitions: Table,
    beside: Sequence[Table] = (),
    notes: Sequence[str] = (),
    compares: str = "against",
) -> Content:
    """Put around what a study has to say what every report says of its run.

    Args:
        record: how the run came about
        folder: the run folder, where a gate may have left its verdict
        verdict: what was found
        scopes: what is said about each scope
        definitions: how the figures are defined
        beside: tables of the study that come before what was compared
        notes: what a reader should know
        compares: the word between the study and its reference
    """
    return Content(
        title=one_line(record.name),
        subtitle=one_line(f"{record.study.replace('_', ' ')} {compares} {record.reference}, {record.created}"),
        verdict=verdict,
        scopes=scopes,
        compared=(
            *beside,
            differences_table(record),
            inputs_table(record),
            alignment_table(record),
            cards_table(record),
        ),
        definitions=definitions,
        record=record_table(record),
        config=json.dumps(record.config, indent=2, ensure_ascii=False, sort_keys=True),
        notes=tuple(one_line(note) for note in notes),
        gate=gate_block(folder),
    )
