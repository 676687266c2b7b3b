"""The study `neighbor_shift`: how the whole corpus's neighbors, and the answers to queries, move between versions."""

from dataclasses import dataclass

import numpy as np

from embdrift.cache import TableCache
from embdrift.errors import InputError
from embdrift.metrics import self_displacement
from embdrift.metrics.catalog import metric_named
from embdrift.progress import Progress, Silent
from embdrift.studies.engine.compare import Measured, Measurer
from embdrift.studies.engine.examples import Naming, most_moved, score_pairs
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.floor import Floor, floor_of, noise_equivalent, rounding_floor
from embdrift.studies.engine.frames import curve_frame, displacement_frame, hubness_frame, per_query_frame
from embdrift.studies.engine.geometry import Geometry, geometry
from embdrift.studies.engine.judgements import judging_notes, require_known
from embdrift.studies.engine.matching import Labels, ScopePairing, alignment_facts
from embdrift.studies.engine.quality import Judged, judge, own_rows, quality_rows
from embdrift.studies.engine.rows import SummaryRow, cohort_rows, geometry_rows, hubness_rows, mean_row, neighbor_rows
from embdrift.studies.engine.study import StudyInput, StudyResult, Version, require_searchable, search_depth
from embdrift.studies.engine.tables import Searched, Tables
from embdrift.studies.neighbor_shift.options import STUDY, NeighborShiftOptions
from embdrift.types import Floats


def neighbor_shift(
    given: StudyInput,
    options: NeighborShiftOptions | None = None,
    *,
    cache: TableCache | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Measure how the nearest neighbors of every item, and the answers to every query, differ between versions.

    No figure depends on the order of rows in any file.

    Args:
        given: versions, at least one candidate among them, and what is known of their items
        options: how to measure; None for the defaults
        cache: where exact neighbor tables are kept; None for the usual place
        progress: receives progress updates
    Returns:
        summary, values per query and tables, ready to be written
    Raises:
        InputError: when versions cannot be compared
        StorageError: when tables cannot be kept
    """
    _require_comparable(given)
    options = options or NeighborShiftOptions()
    tables = Tables(cache or TableCache(), given.common.device, progress or Silent())
    measurer = Measurer(given, options.query_sample, tables)
    floors = _floors(given, options, measurer)
    findings = Findings(STUDY.name, given.reference.name)
    if floors["corpus"].reason:
        findings.notes.append(f"Noise floor: {floors['corpus'].reason}.")
    judged = _judged(given, given.reference, measurer.reference.get("queries"), tables)
    if judged is not None and given.qrels is not None:
        findings.rows += own_rows(judged, name=given.reference.name)
        findings.notes += judging_notes(given.compared, given.qrels)
    shift = _Shift(given, options, measurer, floors, judged, Labels(given.items, texts=given.common.texts), findings)
    alignment = [facts for candidate in given.candidates for facts in shift.add_candidate(candidate)]
    depth = max(len(frame) for frame in findings.tables["curve"])
    return findings.result({"depth": depth, "alignment": alignment})


def _require_comparable(given: StudyInput) -> None:
    if not given.candidates:
        raise InputError("there is nothing to compare: give at least one candidate version")
    for version in given.versions:
        require_searchable(version, given.common.k)
    if given.qrels is None:
        return
    if not given.has_queries:
        raise InputError("judgements need queries: give the queries' vectors of every version as well")
    for version in given.compared:
        require_known(version, given.qrels)


def _floors(given: StudyInput, options: NeighborShiftOptions, measurer: Measurer) -> dict[str, Floor]:
    """The noise floor of each scope: a second encoding of the reference, else one float32 rounding."""
    again = given.again
    if again is not None:
        return {pairing.scope: _floor_again(given, again, pairing, measurer) for pairing in measurer.pairings[again]}
    if not options.noise_floor:
        return {scope: Floor(reason="not measured: noise_floor=false") for scope in measurer.reference}
    return {
        scope: rounding_floor(measurer.tables, given.reference, scope, searched, given.common)
        for scope, searched in measurer.reference.items()
    }


def _floor_again(given: StudyInput, again: Version, pairing: ScopePairing, measurer: Measurer) -> Floor:
    means = _geometry(given, again, pairing).means() if pairing.scope == "corpus" else {}
    return floor_of(measurer.measure(again, pairing).both, means)


def _geometry(given: StudyInput, candidate: Version, pairing: ScopePairing) -> Geometry:
    return geometry(given.reference.corpus, candidate.corpus, pairing.corpus, seed=given.common.seed)


def _judged(given: StudyInput, version: Version, searched: Searched | None, tables: Tables) -> Judged | None:
    if given.qrels is None or searched is None:
        return None
    k = given.common.k
    return judge(version, searched, given.qrels, k=k, depth=search_depth(k), tables=tables)


@dataclass(frozen=True, eq=False)
class _Shift:
    """The comparison of every candidate with the reference.

    Args:
        given: versions and what is known of their items
        options: how to measure
        measurer: searches and compares
        floors: the noise floor of each scope
        judged: judged quality of the reference, where there are judgements
        labels: cohorts and texts of the items
        findings: collects rows and tables
    """

    given: StudyInput
    options: NeighborShiftOptions
    measurer: Measurer
    floors: dict[str, Floor]
    judged: Judged | None
    labels: Labels
    findings: Findings

    def add_candidate(self, candidate: Version) -> list[dict[str, object]]:
        """Measure one candidate; gives which ids are shared, added and removed in each scope."""
        pairings = self.measurer.pairings[candidate]
        found = _geometry(self.given, candidate, pairings[0])
        self.findings.rows += geometry_rows(found, self.floors["corpus"], candidate=candidate.name)
        self._note_missing(candidate, pairings[0])
        for pairing in pairings:
            measured = self.measurer.measure(candidate, pairing)
            self._add_neighbors(measured, found)
            self.findings.rows.append(self._noise_row(measured, found))
            if len(pairing.corpus.removed) or len(pairing.corpus.added):
                self.findings.rows.append(self._unshared_row(measured))
            self._add_quality(candidate, measured)
        return [alignment_facts(self.given.reference, candidate, pairing) for pairing in pairings]

    def _note_missing(self, candidate: Version, pairing: ScopePairing) -> None:
        missing = self.labels.missing(pairing.corpus.ids)
        if missing:
            self.findings.notes.append(
                f"{candidate.name}: {missing} of {pairing.corpus.m} shared items are not in the table of items, so they"
                " belong to no cohort."
            )

    def _add_neighbors(self, measured: Measured, found: Geometry) -> None:
        """How the neighbors moved: summary, cohorts, values per query, distributions, examples."""
        about = {"scope": measured.scope, "candidate": measured.candidate.name}
        both, floor, findings = measured.both, self.floors[measured.scope], self.findings
        findings.rows += neighbor_rows(both, floor, **about, population=measured.population)
        findings.add_table("curve", curve_frame(both, floor, **about))
        findings.add_table("displacement", displacement_frame(both, **about))
        values = both.columns
        ids, cohorts, texts = measured.pairing.searching.ids, {}, None
        if measured.scope == "corpus":  # the table of items says nothing about queries, even under equal ids
            values |= self._add_corpus_only(measured, found)
            cohorts, texts = self.labels.cohorts(ids), self.labels.texts(ids)
            kept = {name: column for name, column in values.items() if metric_named(name).cohorts}
            findings.rows += cohort_rows(kept, cohorts, **about, sizes=both.sizes, sample=not measured.is_census)
        findings.per_query.append(per_query_frame(ids, values, cohorts, texts, **about))
        self._add_examples(measured)

    def _add_corpus_only(self, measured: Measured, found: Geometry) -> dict[str, Floats]:
        """Hubness, which counts over all items, and displacement of the items' own vectors."""
        both, name, census = measured.both, measured.candidate.name, measured.is_census
        self.findings.rows += hubness_rows(both, candidate=name, census=census)
        where = np.isin(measured.pairing.corpus.ids, measured.pairing.searching.ids)
        values = {"self_displacement": found.raw[where], "aligned_self_displacement": found.aligned[where]}
        if not census:
            return values
        if measured.candidate is self.given.candidates[0]:
            reference = self.given.reference.name
            self.findings.add_table("hubness", hubness_frame(both.reference.counts, version=reference))
        self.findings.add_table("hubness", hubness_frame(both.candidate.counts, version=name))
        return values | {
            "occurrences_reference": both.reference.counts,
            "occurrences_candidate": both.candidate.counts,
        }

    def _add_examples(self, measured: Measured) -> None:
        pairing = measured.pairing
        items, searching = pairing.corpus.ids, pairing.searching.ids
        texts = self.labels.texts(items)
        searching_texts = self.labels.texts(searching) if measured.scope == "corpus" else None
        naming = Naming(items.astype(str), searching.astype(str), texts, searching_texts)
        self.findings.add_table(
            "most_moved",
            most_moved(
                measured.old, measured.new, measured.both.values["overlap"], naming,
                scope=measured.scope, name=measured.candidate.name, k=measured.both.k, count=self.options.examples,
            ),
        )  # fmt: skip
        scores = score_pairs(measured.old, measured.new, measured.candidate, pairing, seed=self.given.common.seed)
        self.findings.add_table("scores", scores)

    def _noise_row(self, measured: Measured, found: Geometry) -> SummaryRow:
        """Overlap under isotropic noise of the candidate's self-cosines; undefined where dimensions differ."""
        metric, sizes = metric_named("noise_equivalent_overlap"), measured.both.sizes
        about = SummaryRow(
            measured.scope, measured.candidate.name, metric=metric.name,
            k=sizes.k, chance=metric.chance_at(sizes), note=found.note,
        )  # fmt: skip
        if found.note:
            return about
        queries = self._query_cosines(measured) if measured.scope == "queries" else None
        overlap = noise_equivalent(
            self.measurer.tables, self.given.reference, measured.pairing, measured.old, (1 - found.raw, queries),
            common=self.given.common,
        )  # fmt: skip
        return mean_row(about, overlap, measured.population)

    def _query_cosines(self, measured: Measured) -> Floats:
        """Cosine of each query with itself in the candidate, shape (q,)."""
        old, new, who = self.given.reference.queries, measured.candidate.queries, measured.pairing.searching
        assert old is not None
        assert new is not None
        return 1 - self_displacement(old.vectors, new.vectors, who.reference_rows, who.candidate_rows)

    def _unshared_row(self, measured: Measured) -> SummaryRow:
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
            floor=self.floors[measured.scope].at(k),
        )
        return mean_row(about, self.measurer.with_strangers(measured), measured.population)

    def _add_quality(self, candidate: Version, measured: Measured) -> None:
        """Judged quality of a candidate and its change."""
        if self.judged is None or measured.scope != "queries":
            return
        own = _judged(self.given, candidate, measured.new.searched, self.measurer.tables)
        if own is not None:
            self.findings.rows += quality_rows(self.judged, own, name=candidate.name, seed=self.given.common.seed)
