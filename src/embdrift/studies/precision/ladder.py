"""The ladder: every cell on every scope of the reference."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch

from embdrift.data import Qrels
from embdrift.numerics import (
    Arithmetic,
    Encoded,
    KeptFormat,
    PrecisionCell,
    QueryFormat,
    RangeReport,
    StorageFormat,
    cell_name,
    range_report,
)
from embdrift.progress import Progress
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.floor import Floor, floor_of
from embdrift.studies.engine.frames import curve_frame, per_query_frame
from embdrift.studies.engine.quality import Judged, judge, quality_rows
from embdrift.studies.engine.rows import SummaryRow
from embdrift.studies.engine.study import QuerySet
from embdrift.studies.engine.tables import NeighborTable
from embdrift.studies.precision.cells import CellResult, cell_search, measure, store
from embdrift.studies.precision.cost import repeat, stored_bytes
from embdrift.studies.precision.options import STUDY, PrecisionOptions
from embdrift.studies.precision.reference import ReferenceNeighbors
from embdrift.studies.precision.summary import cell_rows, cost_rows
from embdrift.studies.precision.tables import cell_frame, cost_frames, lost_frame, provenance_frame, range_frame
from embdrift.types import Positions, Similarity

NO_FLOOR = "no floor: the ladder has no cell that is float32 throughout"


@dataclass(frozen=True, eq=False)
class LadderInput:
    """The input of a ladder.

    Args:
        scopes: of the reference
        options: the cells and how to measure them
        device: where products are computed
        qrels: which items answer which query, where that is known
        progress: receives progress updates
        judged: the reference's quality by depth, filled when first needed
    """

    scopes: list[ReferenceNeighbors]
    options: PrecisionOptions
    device: torch.device
    qrels: Qrels | None
    progress: Progress
    judged: dict[int, Judged] = field(default_factory=dict)


def measure_ladder(given: LadderInput) -> Findings:
    """Measure every cell; the one that is float32 throughout first, since it is the floor of the others."""
    floors = {scope.name: Floor(reason=NO_FLOOR) for scope in given.scopes}
    parts: dict[str, Findings] = {}
    for cell in sorted(given.options.ladder, key=lambda cell: not _is_float32(cell)):
        parts[cell_name(cell)] = _cell(given, cell, floors)
    findings = _findings(given)
    for cell in given.options.ladder:
        findings.add(parts[cell_name(cell)])
    return findings


def _findings(given: LadderInput) -> Findings:
    return Findings(STUDY.name, given.scopes[0].version.name)


def _cell(given: LadderInput, cell: PrecisionCell, floors: dict[QuerySet, Floor]) -> Findings:
    """The findings of one cell; its float32 floors are put among the others."""
    part = _findings(given)
    note = _why_not_measured(given, cell, part)
    name, vectors = cell_name(cell), given.scopes[0].version.corpus
    searched, kept = stored_bytes(cell, vectors.d, vectors.vectors.element_size())
    part.add_table("cells", cell_frame(cell, name=name, searched=searched, kept=kept, device=given.device, note=note))
    corpus: Encoded | None = None
    for scope in given.scopes:
        about = SummaryRow(scope.name, name)
        part.rows.append(replace(about, metric="bytes_per_vector", value=float(searched), n=vectors.n))
        if note:
            part.rows.append(replace(about, metric="overlap", k=scope.k, note=note))
            continue
        given.progress.start(f"{name}, {'items' if scope.name == 'corpus' else 'queries'}", len(scope.ids))
        stored = store(cell, scope, corpus)
        corpus = stored.corpus
        measured = measure(cell_search(cell, scope, stored, given.device), given.progress)
        if _is_float32(cell):
            floors[scope.name] = floor_of(measured.both, {})
        _add_cell(given, part, measured, floors[scope.name], name)
    return part


def _why_not_measured(given: LadderInput, cell: PrecisionCell, part: Findings) -> str:
    """Why a cell cannot be measured, empty where it can; a table lists what leaves its range in either case."""
    if cell.arithmetic is Arithmetic.float16_accumulate and given.device.type != "cuda":
        return "not measured: this device does not sum in float16"
    notes = []
    for scope in given.scopes:
        checked = scope.searching
        unrounded = scope.name is QuerySet.queries and cell.query is QueryFormat.given
        storage = StorageFormat.float32 if unrounded else cell.storage
        found = range_report(checked.vectors, storage, cell.arithmetic, cell.kept, rows=checked.taking_part)
        part.add_table("range", range_frame(found, checked, name=cell_name(cell), what=scope.name))
        notes += _harm(found, scope, checked.ids[_harmful(found, scope)[:3]].astype(str).tolist())
    return "not measured: " + "; ".join(notes) if notes else ""


def _add_cell(given: LadderInput, part: Findings, measured: CellResult, floor: Floor, name: str) -> None:
    scope, both, options = measured.scope, measured.both, given.options
    speed, sameness = repeat(measured.search, queries=options.timed_queries, repeats=options.repeats)
    part.rows += [*cell_rows(measured, floor, name=name), *cost_rows(speed, sameness, SummaryRow(scope.name, name))]
    part.add_table("curve", curve_frame(both, floor, scope=scope.name, candidate=name))
    if measured.lost is not None:
        part.add_table("lost", lost_frame(measured.lost, scope, name=name, count=options.examples))
    for table, frame in (
        *cost_frames(speed, sameness, scope, name=name),
        *_provenance_frames(measured, name, options.examples),
    ):
        part.add_table(table, frame)
    part.per_query.append(per_query_frame(scope.ids, both.columns, {}, None, scope=scope.name, candidate=name))
    if scope.name is QuerySet.queries and given.qrels is not None:
        part.rows += _quality(given, given.qrels, scope, measured.tables.final, name)


def _provenance_frames(measured: CellResult, name: str, count: int) -> Iterator[tuple[str, pd.DataFrame]]:
    scope = measured.scope
    for what, found in measured.provenance.items():
        vectors = scope.version.corpus if what == "corpus" else scope.searching
        rows = np.arange(vectors.n)
        yield "provenance", provenance_frame(found, rows, vectors.ids, name=name, what=what, holds={}, count=count)


def _quality(
    given: LadderInput, qrels: Qrels, scope: ReferenceNeighbors, found: NeighborTable, name: str
) -> list[SummaryRow]:
    depth = min(scope.table.depth, found.found.depth)
    if depth not in given.judged:
        given.judged[depth] = judge(scope.version, scope.table, qrels, k=scope.k, depth=depth)
    own = judge(scope.version, found, qrels, k=scope.k, depth=depth)
    return quality_rows(given.judged[depth], own, name=name)


def _is_float32(cell: PrecisionCell) -> bool:
    plain = cell.query is QueryFormat.same and cell.rescore is None
    return plain and (cell.storage, cell.arithmetic, cell.kept) == (
        StorageFormat.float32, Arithmetic.float32, KeptFormat.float32,
    )  # fmt: skip


def _harmful(found: RangeReport, scope: ReferenceNeighbors) -> Positions:
    """Rows that make scores undefined; a vector of zeros only has no direction."""
    return found.harmful if scope.similarity is Similarity.cosine else found.overflow


def _harm(found: RangeReport, scope: ReferenceNeighbors, ids: Iterable[str]) -> list[str]:
    rows = _harmful(found, scope)
    if not len(rows):
        return []
    what = "items" if scope.name is QuerySet.corpus else "queries"
    kind = "overflow" if len(found.overflow) else "become zero"
    return [f"{len(rows)} {what} {kind} (ids {', '.join(ids)}{', …' if len(rows) > 3 else ''})"]
