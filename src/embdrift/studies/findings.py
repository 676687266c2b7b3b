"""Gathers what a neighbour-shift study finds into the tables that a run folder holds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.metrics import overlap_null
from embdrift.studies.examples import Naming, most_moved, score_pairs
from embdrift.studies.figures import cohort_rows, geometry_rows, hubness_rows, neighbor_rows
from embdrift.studies.floor import Floor
from embdrift.studies.frames import curve_frame, displacement_frame, hubness_frame, per_query_frame
from embdrift.studies.geometry import Geometry
from embdrift.studies.inputs import ShiftInput, Version
from embdrift.studies.measure import Measured
from embdrift.studies.quality import Judged, own_rows, quality_rows
from embdrift.studies.summary import SummaryRow, mean_row, summary_frame
from embdrift.types import Array, Floats

NAME = "neighbor_shift"
IDS_SHOWN = 5
"""Ids listed as examples of those added or removed."""

SUMMARY_ONLY = ("tie_exposure", "r_nx_area")
COHORT_METRICS = ("overlap", "top1_flip", "rank_displacement", "lost_beyond_depth", "self_displacement")


@dataclass(frozen=True, eq=False)
class ShiftResult:
    """What a neighbour-shift study found.

    Args:
        summary: one row per figure, see `results/README.md`
        per_query: one row per item or query and candidate
        tables: further tables by name
        alignment: per candidate and scope, which ids are shared, added and removed
        notes: what a reader should know
        depth: neighbours compared at most
    """

    summary: pd.DataFrame
    per_query: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    alignment: list[dict[str, object]]
    notes: list[str]
    depth: int


class Findings:
    """Collects rows and tables, version by version.

    Args:
        given: what is compared
        floors: the noise floor of each scope
    """

    def __init__(self, given: ShiftInput, floors: dict[str, Floor]) -> None:
        self._given = given
        self._floors = floors
        self._rows: list[SummaryRow] = []
        self._per_query: list[pd.DataFrame] = []
        self._tables: dict[str, list[pd.DataFrame]] = {}
        self._alignment: list[dict[str, object]] = []
        self._notes: list[str] = []
        self._depth = 0
        if floors["corpus"].reason:
            self._notes.append(f"Noise floor: {floors['corpus'].reason}.")

    def add_reference_quality(self, judged: Judged) -> None:
        """Judged quality of the reference."""
        self._rows += own_rows(judged, name=self._given.reference.name)

    def add_quality(self, candidate: Version, reference: Judged, own: Judged) -> None:
        """Judged quality of a candidate and its change."""
        self._rows += quality_rows(reference, own, name=candidate.name)

    def add_geometry(self, candidate: Version, found: Geometry) -> None:
        """How the vectors themselves moved."""
        self._rows += geometry_rows(found, self._floors["corpus"], candidate=candidate.name)

    def add_neighbors(self, measured: Measured, found: Geometry) -> None:
        """How the neighbours moved: summary, cohorts, values per query, distributions, examples."""
        scope, name, both = measured.scope, measured.candidate.name, measured.both
        floor = self._floors.get(scope, Floor())
        self._depth = max(self._depth, both.depth)
        self._note_alignment(measured)
        self._rows += neighbor_rows(both, floor, scope=scope, candidate=name, population=measured.population)
        self._table("curve", curve_frame(both, floor, scope=scope, candidate=name))
        self._table("displacement", displacement_frame(both, scope=scope, candidate=name))
        values = {metric: column for metric, column in both.values.items() if metric not in SUMMARY_ONLY}
        if scope == "corpus":
            values |= self._add_corpus_only(measured, found)
        ids = measured.pairing.searching.ids
        labels = self._labels(ids)
        sampled = measured.population is not None and measured.population > len(ids)
        kept = {metric: values[metric] for metric in COHORT_METRICS if metric in values}
        self._rows += cohort_rows(kept, labels, scope=scope, candidate=name, k=both.k, sample=sampled)
        self._per_query.append(per_query_frame(scope, name, ids, values, labels, self._texts(ids)))
        self._add_examples(measured)

    def add_noise_equivalent(self, measured: Measured, found: Geometry, overlap: Floats, population: int) -> None:
        """What isotropic noise of the same size would have done."""
        about = SummaryRow(
            measured.scope,
            measured.candidate.name,
            metric="noise_equivalent_overlap",
            k=measured.both.k,
            null=overlap_null(measured.both.k, measured.both.n_corpus),
            note=found.note,
        )
        self._rows.append(about if found.note else mean_row(about, overlap, population))

    def add_strangers(self, measured: Measured, overlap: Floats) -> None:
        """Overlap with the items of only one version left in."""
        name, k = measured.candidate.name, measured.both.k
        about = SummaryRow(measured.scope, name, metric="overlap_with_added_removed", k=k)
        self._rows.append(mean_row(about, overlap, measured.population))

    def result(self) -> ShiftResult:
        """Everything gathered."""
        return ShiftResult(
            summary=summary_frame(NAME, self._given.reference.name, self._rows),
            per_query=pd.concat(self._per_query, ignore_index=True),
            tables={name: pd.concat(frames, ignore_index=True) for name, frames in self._tables.items()},
            alignment=self._alignment,
            notes=self._notes,
            depth=self._depth,
        )

    def _add_corpus_only(self, measured: Measured, found: Geometry) -> dict[str, Floats]:
        both, name = measured.both, measured.candidate.name
        census = measured.population == measured.pairing.searching.m
        self._rows += hubness_rows(both, candidate=name, census=census)
        where = np.isin(measured.pairing.corpus.ids, measured.pairing.searching.ids)
        values = {"self_displacement": found.raw[where], "aligned_self_displacement": found.aligned[where]}
        if not census:
            return values
        if measured.candidate is self._given.candidates[0]:
            self._table("hubness", hubness_frame(both.occurrences_reference, version=self._given.reference.name))
        self._table("hubness", hubness_frame(both.occurrences_candidate, version=name))
        return values | {
            "occurrences_reference": both.occurrences_reference,
            "occurrences_candidate": both.occurrences_candidate,
        }

    def _add_examples(self, measured: Measured) -> None:
        pairing, options = measured.pairing, self._given.options
        items, searching = pairing.corpus.ids, pairing.searching.ids
        naming = Naming(items.astype(str), searching.astype(str), self._texts(items), self._texts(searching))
        self._table(
            "most_moved",
            most_moved(
                measured.old, measured.new, measured.both.values["overlap"], naming,
                scope=measured.scope, name=measured.candidate.name, k=options.k, count=options.examples,
            ),
        )  # fmt: skip
        self._table(
            "scores",
            score_pairs(
                measured.old, measured.new, measured.candidate, pairing.searching.candidate_rows,
                pairing.corpus.candidate_rows, searching, scope=measured.scope, seed=options.seed,
            ),
        )  # fmt: skip

    def _note_alignment(self, measured: Measured) -> None:
        pairing = measured.pairing
        who = pairing.corpus if measured.scope == "corpus" else pairing.searching
        reference = self._given.reference.corpus if measured.scope == "corpus" else self._given.reference.queries
        candidate = measured.candidate.corpus if measured.scope == "corpus" else measured.candidate.queries
        assert reference is not None and candidate is not None
        self._alignment.append(
            {
                "candidate": measured.candidate.name,
                "scope": measured.scope,
                "shared": pairing.corpus.m if measured.scope == "corpus" else pairing.searching.m,
                "added": len(who.added),
                "removed": len(who.removed),
                "added_examples": candidate.vectors.ids[who.added[:IDS_SHOWN]].astype(str).tolist(),
                "removed_examples": reference.vectors.ids[who.removed[:IDS_SHOWN]].astype(str).tolist(),
            }
        )

    def _labels(self, ids: Array) -> dict[str, Array]:
        items = self._given.items
        if items is None:
            return {}
        rows = items.for_ids(ids)
        labels = {name: rows[name].astype(object).where(rows[name].notna(), "").astype(str) for name in items.cohorts}
        return {name: column.to_numpy(object) for name, column in labels.items() if (column != "").any()}

    def _texts(self, ids: Array) -> Array | None:
        items = self._given.items
        if items is None or items.text is None or not self._given.options.texts:
            return None
        column = items.for_ids(ids)[items.text]
        texts = column.astype(object).where(column.notna(), "").astype(str)
        return texts.to_numpy(object)

    def _table(self, name: str, frame: pd.DataFrame) -> None:
        if len(frame):
            self._tables.setdefault(name, []).append(frame)
