"""Gathers what a neighbour-shift study finds into the tables that a run folder holds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from embdrift.metrics import overlap_chance
from embdrift.studies.engine.examples import Naming, most_moved, score_pairs
from embdrift.studies.engine.figures import cohort_rows, geometry_rows, hubness_rows, neighbor_rows
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.frames import curve_frame, displacement_frame, hubness_frame, per_query_frame
from embdrift.studies.engine.geometry import Geometry
from embdrift.studies.engine.inputs import ShiftInput, Version
from embdrift.studies.engine.labels import Labels
from embdrift.studies.engine.measure import Measured
from embdrift.studies.engine.pairing import ScopePairing, alignment_facts
from embdrift.studies.engine.quality import Judged, own_rows, quality_rows, with_holm
from embdrift.studies.engine.summary import SummaryRow, mean_row, summary_frame
from embdrift.types import Floats

NAME = "neighbor_shift"

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
        self._labels = Labels(given.items, texts=given.options.texts)
        self._rows: list[SummaryRow] = []
        self._per_query: list[pd.DataFrame] = []
        self._tables: dict[str, list[pd.DataFrame]] = {}
        self._alignment: list[dict[str, object]] = []
        self._notes: list[str] = []
        self._depth = 0
        if floors["corpus"].reason:
            self._notes.append(f"Noise floor: {floors['corpus'].reason}.")

    def add_reference_quality(self, judged: Judged, notes: list[str]) -> None:
        """Judged quality of the reference, and how it was judged."""
        self._rows += own_rows(judged, name=self._given.reference.name)
        self._notes += notes

    def add_quality(self, candidate: Version, reference: Judged, own: Judged) -> None:
        """Judged quality of a candidate and its change."""
        self._rows += quality_rows(reference, own, name=candidate.name, seed=self._given.options.seed)

    def add_geometry(self, candidate: Version, found: Geometry) -> None:
        """How the vectors themselves moved."""
        self._rows += geometry_rows(found, self._floors["corpus"], candidate=candidate.name)

    def add_alignment(self, candidate: Version, pairing: ScopePairing) -> None:
        """Which ids are shared, added and removed, and which of them the table of items lacks."""
        self._alignment.append(alignment_facts(self._given.reference, candidate, pairing))
        missing = self._labels.missing(pairing.corpus.ids) if pairing.scope == "corpus" else 0
        if missing:
            self._notes.append(
                f"{candidate.name}: {missing} of {pairing.corpus.m} shared items are not in the table of items, so they"
                " belong to no cohort."
            )

    def add_neighbors(self, measured: Measured, found: Geometry) -> None:
        """How the neighbours moved: summary, cohorts, values per query, distributions, examples."""
        about = {"scope": measured.scope, "candidate": measured.candidate.name}
        both, floor = measured.both, self._floors[measured.scope]
        self._depth = max(self._depth, both.depth)
        self._rows += neighbor_rows(both, floor, **about, population=measured.population)
        self._table("curve", curve_frame(both, floor, **about))
        self._table("displacement", displacement_frame(both, **about))
        values = {metric: column for metric, column in both.values.items() if metric not in SUMMARY_ONLY}
        ids, cohorts, texts = measured.pairing.searching.ids, {}, None
        if measured.scope == "corpus":  # the table of items says nothing about queries, even under equal ids
            values |= self._add_corpus_only(measured, found)
            cohorts, texts = self._labels.cohorts(ids), self._labels.texts(ids)
            kept = {metric: values[metric] for metric in COHORT_METRICS}
            self._rows += cohort_rows(kept, cohorts, **about, k=both.k, sample=not measured.is_census)
        self._per_query.append(per_query_frame(ids, values, cohorts, texts, **about))
        self._add_examples(measured)

    def add_noise_equivalent(self, measured: Measured, note: str, overlap: Floats | None) -> None:
        """What isotropic noise of the same size would have done; None with a note where that is not defined."""
        about = SummaryRow(
            measured.scope,
            measured.candidate.name,
            metric="noise_equivalent_overlap",
            k=measured.both.k,
            chance=overlap_chance(measured.both.k, measured.both.n_corpus),
            note=note,
        )
        self._rows.append(about if overlap is None else mean_row(about, overlap, measured.population))

    def add_strangers(self, measured: Measured, overlap: Floats) -> None:
        """Overlap with the items of only one version left in."""
        k = measured.both.k
        sizes = [view.searched.table.n_corpus for view in (measured.old, measured.new)]
        about = SummaryRow(
            measured.scope,
            measured.candidate.name,
            metric="overlap_with_added_removed",
            k=k,
            # Each shared item is in either list with chance k / size.
            chance=k * measured.both.n_corpus / (sizes[0] * sizes[1]),
            floor=self._floors[measured.scope].at(k),
        )
        self._rows.append(mean_row(about, overlap, measured.population))

    def result(self) -> ShiftResult:
        """Everything gathered."""
        return ShiftResult(
            summary=summary_frame(NAME, self._given.reference.name, with_holm(self._rows)),
            per_query=pd.concat(self._per_query, ignore_index=True),
            tables={name: pd.concat(frames, ignore_index=True) for name, frames in self._tables.items()},
            alignment=self._alignment,
            notes=self._notes,
            depth=self._depth,
        )

    def _add_corpus_only(self, measured: Measured, found: Geometry) -> dict[str, Floats]:
        both, name, census = measured.both, measured.candidate.name, measured.is_census
        self._rows += hubness_rows(both, candidate=name, census=census)
        where = np.isin(measured.pairing.corpus.ids, measured.pairing.searching.ids)
        values = {"self_displacement": found.raw[where], "aligned_self_displacement": found.aligned[where]}
        if not census:
            return values
        if measured.candidate is self._given.candidates[0]:
            self._table("hubness", hubness_frame(both.reference.counts, version=self._given.reference.name))
        self._table("hubness", hubness_frame(both.candidate.counts, version=name))
        return values | {
            "occurrences_reference": both.reference.counts,
            "occurrences_candidate": both.candidate.counts,
        }

    def _add_examples(self, measured: Measured) -> None:
        pairing, options = measured.pairing, self._given.options
        items, searching = pairing.corpus.ids, pairing.searching.ids
        texts = self._labels.texts(items)
        searching_texts = self._labels.texts(searching) if measured.scope == "corpus" else None
        naming = Naming(items.astype(str), searching.astype(str), texts, searching_texts)
        self._table(
            "most_moved",
            most_moved(
                measured.old, measured.new, measured.both.values["overlap"], naming,
                scope=measured.scope, name=measured.candidate.name, k=options.k, count=options.examples,
            ),
        )  # fmt: skip
        scores = score_pairs(measured.old, measured.new, measured.candidate, pairing, seed=options.seed)
        self._table("scores", scores)

    def _table(self, name: str, frame: pd.DataFrame) -> None:
        if len(frame):
            self._tables.setdefault(name, []).append(frame)
