"""The study `neighbor_shift`: how the whole corpus's neighbors, and the answers to queries, move between versions."""

from dataclasses import dataclass

import numpy as np

from embdrift.cache import TableCache
from embdrift.errors import InputError
from embdrift.metrics import self_displacement
from embdrift.metrics.catalog import metric_named
from embdrift.progress import Progress, Silent
from embdrift.studies.engine.compare import Compared, VersionComparer
from embdrift.studies.engine.examples import Naming, most_moved, score_pairs
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.floor import Floor, floor_of, noise_equivalent, rounding_floor
from embdrift.studies.engine.frames import curve_frame, displacement_frame, hubness_frame, per_query_frame
from embdrift.studies.engine.geometry import Geometry, geometry
from embdrift.studies.engine.judgements import judging_notes, require_known
from embdrift.studies.engine.matching import Labels, Matching, alignment_facts
from embdrift.studies.engine.quality import Judged, judge, own_rows, quality_rows
from embdrift.studies.engine.rows import SummaryRow, cohort_rows, geometry_rows, hubness_rows, mean_row, neighbor_rows
from embdrift.studies.engine.study import QuerySet, StudyInput, StudyResult, Version, require_searchable, search_depth
from embdrift.studies.engine.tables import NeighborTable, Tables
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
    comparer = VersionComparer(given, options.query_sample, tables)
    floors = _floors(given, options, comparer)
    findings = Findings(STUDY.name, given.reference.name)
    no_floor = floors[QuerySet.corpus].reason
    if no_floor:
        findings.notes.append(f"Noise floor: {no_floor}.")
    judged = _judged(given, given.reference, comparer.reference.get(QuerySet.queries), tables)
    if judged is not None and given.qrels is not None:
        findings.rows += own_rows(judged, name=given.reference.name)
        findings.notes += judging_notes(given.compared, given.qrels)
    shift = _Shift(given, options, comparer, floors, judged, Labels(given.items, texts=given.common.texts), findings)
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


def _floors(given: StudyInput, options: NeighborShiftOptions, comparer: VersionComparer) -> dict[QuerySet, Floor]:
    """The noise floor of each scope: a second encoding of the reference, else one float32 rounding."""
    again = given.again
    if again is not None:
        return {
            matching.query_set: _floor_again(given, again, matching, comparer) for matching in comparer.matchings[again]
        }
    if not options.noise_floor:
        return {query_set: Floor(reason="not measured: noise_floor=false") for query_set in comparer.reference}
    return {
        query_set: rounding_floor(comparer.tables, given.reference, query_set, table, given.common)
        for query_set, table in comparer.reference.items()
    }


def _floor_again(given: StudyInput, again: Version, matching: Matching, comparer: VersionComparer) -> Floor:
    means = _geometry(given, again, matching).means() if matching.query_set is QuerySet.corpus else {}
    return floor_of(comparer.compare(again, matching).both, means)


def _geometry(given: StudyInput, candidate: Version, matching: Matching) -> Geometry:
    return geometry(given.reference.corpus, candidate.corpus, matching.corpus, seed=given.common.seed)


def _judged(given: StudyInput, version: Version, table: NeighborTable | None, tables: Tables) -> Judged | None:
    if given.qrels is None or table is None:
        return None
    k = given.common.k
    return judge(version, table, given.qrels, k=k, depth=search_depth(k), tables=tables)


@dataclass(frozen=True, eq=False)
class _Shift:
    """The comparison of every candidate with the reference.

    Args:
        given: versions and what is known of their items
        options: how to measure
        comparer: searches and compares
        floors: the noise floor of each scope
        judged: judged quality of the reference, where there are judgements
        labels: cohorts and texts of the items
        findings: collects rows and tables
    """

    given: StudyInput
    options: NeighborShiftOptions
    comparer: VersionComparer
    floors: dict[QuerySet, Floor]
    judged: Judged | None
    labels: Labels
    findings: Findings

    def add_candidate(self, candidate: Version) -> list[dict[str, object]]:
        """Measure one candidate; gives which ids are shared, added and removed in each scope."""
        matchings = self.comparer.matchings[candidate]
        found = _geometry(self.given, candidate, matchings[0])
        self.findings.rows += geometry_rows(found, self.floors[QuerySet.corpus], candidate=candidate.name)
        self._note_missing(candidate, matchings[0])
        for matching in matchings:
            compared = self.comparer.compare(candidate, matching)
            self._add_neighbors(compared, found)
            self.findings.rows.append(self._noise_row(compared, found))
            if len(matching.corpus.removed) or len(matching.corpus.added):
                self.findings.rows.append(self._unshared_row(compared))
            self._add_quality(candidate, compared)
        return [alignment_facts(self.given.reference, candidate, matching) for matching in matchings]

    def _note_missing(self, candidate: Version, matching: Matching) -> None:
        missing = self.labels.missing(matching.corpus.ids)
        if missing:
            self.findings.notes.append(
                f"{candidate.name}: {missing} of {matching.m} shared items are not in the table of items, so they"
                " belong to no cohort."
            )

    def _add_neighbors(self, compared: Compared, found: Geometry) -> None:
        """How the neighbors moved: summary, cohorts, values per query, distributions, examples."""
        about = {"scope": compared.query_set, "candidate": compared.candidate.name}
        both, floor, findings = compared.both, self.floors[compared.query_set], self.findings
        findings.rows += neighbor_rows(both, floor, **about, population=compared.population)
        findings.add_table("curve", curve_frame(both, floor, **about))
        findings.add_table("displacement", displacement_frame(both, **about))
        values = both.columns
        ids, cohorts, texts = compared.matching.ids, {}, None
        if compared.query_set is QuerySet.corpus:  # the table of items says nothing about queries, even under equal ids
            values |= self._add_corpus_only(compared, found)
            cohorts, texts = self.labels.cohorts(ids), self.labels.texts(ids)
            kept = {name: column for name, column in values.items() if metric_named(name).cohorts}
            findings.rows += cohort_rows(kept, cohorts, **about, sizes=both.sizes, sample=not compared.is_census)
        findings.per_query.append(per_query_frame(ids, values, cohorts, texts, **about))
        self._add_examples(compared)

    def _add_corpus_only(self, compared: Compared, found: Geometry) -> dict[str, Floats]:
        """Hubness, which counts over all items, and displacement of the items' own vectors."""
        both, name, census = compared.both, compared.candidate.name, compared.is_census
        self.findings.rows += hubness_rows(both, candidate=name, census=census)
        where = np.isin(compared.matching.corpus.ids, compared.matching.ids)
        values = {"self_displacement": found.raw[where], "aligned_self_displacement": found.aligned[where]}
        if not census:
            return values
        if compared.candidate is self.given.candidates[0]:
            reference = self.given.reference.name
            self.findings.add_table("hubness", hubness_frame(both.reference.counts, version=reference))
        self.findings.add_table("hubness", hubness_frame(both.candidate.counts, version=name))
        return values | {
            "occurrences_reference": both.reference.counts,
            "occurrences_candidate": both.candidate.counts,
        }

    def _add_examples(self, compared: Compared) -> None:
        matching = compared.matching
        items, searching = matching.corpus.ids, matching.ids
        texts = self.labels.texts(items)
        searching_texts = self.labels.texts(searching) if compared.query_set is QuerySet.corpus else None
        naming = Naming(items.astype(str), searching.astype(str), texts, searching_texts)
        self.findings.add_table(
            "most_moved",
            most_moved(
                compared.old, compared.new, compared.both.values["overlap"], naming,
                scope=compared.query_set, name=compared.candidate.name, k=compared.both.k, count=self.options.examples,
            ),
        )  # fmt: skip
        scores = score_pairs(compared.old, compared.new, compared.candidate, matching, seed=self.given.common.seed)
        self.findings.add_table("scores", scores)

    def _noise_row(self, compared: Compared, found: Geometry) -> SummaryRow:
        """Overlap under isotropic noise of the candidate's self-cosines; undefined where dimensions differ."""
        metric, sizes = metric_named("noise_equivalent_overlap"), compared.both.sizes
        about = SummaryRow(
            compared.query_set, compared.candidate.name, metric=metric.name,
            k=sizes.k, chance=metric.chance_at(sizes), note=found.note,
        )  # fmt: skip
        if found.note:
            return about
        queries = self._query_cosines(compared) if compared.query_set is QuerySet.queries else None
        overlap = noise_equivalent(
            self.comparer.tables, self.given.reference, compared.matching, compared.old, (1 - found.raw, queries),
            common=self.given.common,
        )  # fmt: skip
        return mean_row(about, overlap, compared.population)

    def _query_cosines(self, compared: Compared) -> Floats:
        """Cosine of each query with itself in the candidate, shape (q,)."""
        old, new, who = self.given.reference.queries, compared.candidate.queries, compared.matching
        assert old is not None
        assert new is not None
        return 1 - self_displacement(old.vectors, new.vectors, who.reference_rows, who.candidate_rows)

    def _unshared_row(self, compared: Compared) -> SummaryRow:
        """Overlap with the items of only one version left in."""
        k = compared.both.k
        sizes = [table.found.n_corpus for table in (compared.old, compared.new)]
        about = SummaryRow(
            compared.query_set,
            compared.candidate.name,
            metric="overlap_with_added_removed",
            k=k,
            # Each shared item is in either list with chance k / size.
            chance=k * compared.both.n_corpus / (sizes[0] * sizes[1]),
            floor=self.floors[compared.query_set].at(k),
        )
        return mean_row(about, self.comparer.overlap_with_unshared(compared), compared.population)

    def _add_quality(self, candidate: Version, compared: Compared) -> None:
        """Judged quality of a candidate and its change."""
        if self.judged is None or compared.query_set is not QuerySet.queries:
            return
        own = _judged(self.given, candidate, compared.new, self.comparer.tables)
        if own is not None:
            self.findings.rows += quality_rows(self.judged, own, name=candidate.name, seed=self.given.common.seed)
