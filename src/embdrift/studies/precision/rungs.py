"""Runs the ladder: every cell on every scope of the reference."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from embdrift.data import Qrels
from embdrift.numerics import (
    Arithmetic,
    Cell,
    Encoded,
    KeptFormat,
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
from embdrift.studies.engine.tables import Searched
from embdrift.studies.precision.cell_search import cell_search, store
from embdrift.studies.precision.cost import repeat, stored_bytes
from embdrift.studies.precision.figures import cell_rows, cost_rows
from embdrift.studies.precision.frames import (
    cell_frame,
    cost_frames,
    lost_frame,
    provenance_frame,
    range_frame,
)
from embdrift.studies.precision.measuring import Measured, measure
from embdrift.studies.precision.options import PrecisionOptions
from embdrift.studies.precision.scope import Scope
from embdrift.types import Positions, Similarity

NO_FLOOR = "no floor: the ladder has no cell that is float32 throughout"


@dataclass(frozen=True, eq=False)
class Rungs:
    """The ladder of one study.

    Args:
        scopes: of the reference
        options: how to measure
        device: where products are computed
        qrels: which items answer which query, where that is known
        findings: where to put what is found
        progress: told of finished cells
    """

    scopes: list[Scope]
    options: PrecisionOptions
    device: torch.device
    qrels: Qrels | None
    findings: Findings
    progress: Progress
    _judged: dict[int, Judged] = field(default_factory=dict)

    def run(self) -> None:
        """Measure every cell; the one that is float32 throughout first, since it is the floor of the others."""
        floors = {scope.name: Floor(reason=NO_FLOOR) for scope in self.scopes}
        parts: dict[str, Findings] = {}
        for cell in sorted(self.options.ladder, key=lambda cell: not _is_float32(cell)):
            parts[cell_name(cell)] = self._cell(cell, floors)
        for cell in self.options.ladder:
            self.findings.add(parts[cell_name(cell)])

    def _cell(self, cell: Cell, floors: dict[str, Floor]) -> Findings:
        part = Findings(self.findings.study, self.findings.reference)
        note = self._note(cell, part)
        name, vectors = cell_name(cell), self.scopes[0].version.corpus
        searched, kept = stored_bytes(cell, vectors.d, vectors.vectors.element_size())
        cuda = self.device.type == "cuda"
        part.add_table("cells", cell_frame(cell, name=name, searched=searched, kept=kept, cuda=cuda, note=note))
        corpus: Encoded | None = None
        for scope in self.scopes:
            about = SummaryRow(scope.name, name)
            part.rows.append(replace(about, metric="bytes_per_vector", value=float(searched), n=vectors.n))
            if note:
                part.rows.append(replace(about, metric="overlap", k=scope.k, note=note))
                continue
            self.progress.start(f"{name}, {'items' if scope.name == 'corpus' else 'queries'}", len(scope.ids))
            stored = store(cell, scope, corpus)
            corpus = stored.corpus
            measured = measure(cell_search(cell, scope, stored, self.device), self.progress)
            if _is_float32(cell):
                floors[scope.name] = floor_of(measured.both, {})
            self._add(part, measured, floors[scope.name], name)
        return part

    def _note(self, cell: Cell, part: Findings) -> str:
        """Why a cell cannot be measured; what leaves its range is put down either way."""
        name = cell_name(cell)
        if cell.arithmetic is Arithmetic.float16_accumulate and self.device.type != "cuda":
            return "not measured: this device does not sum in float16"
        notes = []
        for scope in self.scopes:
            checked = scope.searching
            rows = checked.taking_part
            given = scope.name == "queries" and cell.query is QueryFormat.given
            storage = StorageFormat.float32 if given else cell.storage
            found = range_report(checked.vectors, storage, cell.arithmetic, cell.kept, rows=rows)
            part.add_table("range", range_frame(found, checked, name=name, what=scope.name))
            notes += _harm(found, scope, checked.ids[_harmful(found, scope)[:3]].astype(str).tolist())
        return "not measured: " + "; ".join(notes) if notes else ""

    def _add(self, part: Findings, measured: Measured, floor: Floor, name: str) -> None:
        scope, both = measured.scope, measured.both
        part.rows += cell_rows(measured, floor, name=name)
        speed, sameness = repeat(measured.search, queries=self.options.timed_queries, repeats=self.options.repeats)
        part.rows += cost_rows(speed, sameness, SummaryRow(scope.name, name))
        for table, frame in cost_frames(speed, sameness, scope, name=name):
            part.add_table(table, frame)
        part.add_table("curve", curve_frame(both, floor, scope=scope.name, candidate=name))
        if measured.lost is not None:
            part.add_table("lost", lost_frame(measured.lost, scope, name=name, count=self.options.examples))
        for what, found in measured.provenance.items():
            vectors = scope.version.corpus if what == "corpus" else scope.searching
            places = np.arange(vectors.n)
            part.add_table(
                "provenance",
                provenance_frame(
                    found, places, vectors.ids, name=name, what=what, holds={}, count=self.options.examples
                ),
            )
        values = both.columns
        part.per_query.append(per_query_frame(scope.ids, values, {}, None, scope=scope.name, candidate=name))
        if scope.name == "queries" and self.qrels is not None:
            part.rows += self._quality(scope, measured.tables.final, name)

    def _quality(self, scope: Scope, found: Searched, name: str) -> list[SummaryRow]:
        assert self.qrels is not None
        depth = min(scope.view.depth, found.table.depth)
        if depth not in self._judged:
            self._judged[depth] = judge(scope.version, scope.view.searched, self.qrels, k=scope.k, depth=depth)
        own = judge(scope.version, found, self.qrels, k=scope.k, depth=depth)
        return quality_rows(self._judged[depth], own, name=name)


def _is_float32(cell: Cell) -> bool:
    plain = cell.query is QueryFormat.same and cell.rescore is None
    return plain and (cell.storage, cell.arithmetic, cell.kept) == (
        StorageFormat.float32, Arithmetic.float32, KeptFormat.float32,
    )  # fmt: skip


def _harmful(found: RangeReport, scope: Scope) -> Positions:
    """Rows that make scores undefined; a vector of zeros only has no direction."""
    return found.harmful if scope.metric is Similarity.cosine else found.overflow


def _harm(found: RangeReport, scope: Scope, ids: Iterable[str]) -> list[str]:
    rows = _harmful(found, scope)
    if not len(rows):
        return []
    what = "items" if scope.name == "corpus" else "queries"
    kind = "overflow" if len(found.overflow) else "become zero"
    return [f"{len(rows)} {what} {kind} (ids {', '.join(ids)}{', …' if len(rows) > 3 else ''})"]
