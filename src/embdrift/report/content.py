"""All that a report says, gathered once for Markdown and HTML."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embdrift.report.conclusion import Conclusion
from embdrift.report.gate_block import GateBlock, gate_block
from embdrift.report.input_tables import (
    alignment_table,
    cards_table,
    differences_table,
    inputs_table,
    record_table,
)
from embdrift.report.pictures import SavedPicture
from embdrift.report.table import NOTHING, Table
from embdrift.report.wording import one_line
from embdrift.results import Record


@dataclass(frozen=True)
class MovedItem:
    """One item with its neighbours before and after."""

    candidate: str
    item: str
    text: str
    kept: str
    neighbors: Table


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
    conclusion: Conclusion
    scopes: tuple[ScopeContent, ...]
    compared: tuple[Table, ...]
    definitions: Table
    record: Table
    config: str
    notes: tuple[str, ...]
    gate: GateBlock | None = None


def assembled(
    record: Record,
    folder: Path,
    *,
    conclusion: Conclusion,
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
        conclusion: what was found
        scopes: what is said about each scope
        definitions: how the figures are defined
        beside: tables of the study that come before what was compared
        notes: what a reader should know
        compares: the word between the study and its reference
    """
    return Content(
        title=one_line(record.name),
        subtitle=one_line(f"{record.study.replace('_', ' ')} {compares} {record.reference}, {record.created}"),
        conclusion=conclusion,
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
