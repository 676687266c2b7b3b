"""Candidates that should be equal to the reference: changes in their numbers, and the effect on neighbors."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.data import Qrels
from embdrift.errors import InputError
from embdrift.numerics import (
    Arithmetic,
    KeptFormat,
    Lost,
    PairScores,
    PrecisionCell,
    cell_name,
    expected_lost,
    label_lost,
    operands,
    score_noise,
    stored_pair_scores,
)
from embdrift.search import pair_scores
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.frames import curve_frame, per_query_frame
from embdrift.studies.engine.matching import Matching, alignment_facts, match_versions
from embdrift.studies.engine.quality import judge, quality_rows
from embdrift.studies.engine.recognize import Recognition, change_rows, recognize
from embdrift.studies.engine.rows import SummaryRow, neighbor_rows
from embdrift.studies.engine.study import QuerySet, StudyInput, Version
from embdrift.studies.engine.tables import NeighborTable, Tables
from embdrift.studies.precision.options import STUDY, PrecisionOptions
from embdrift.studies.precision.reference import ReferenceNeighbors
from embdrift.studies.precision.summary import label_counts, predicted_row
from embdrift.studies.precision.tables import change_frames, lost_frame
from embdrift.types import Array, Floats, Positions

NOT_RECOGNIZED = "not labelled: no format's rounding explains the difference"
NO_FLOOR = Floor(reason="no floor for a version: the ladder says what rounding alone does")
# Values that came back from codes and scales were rounded to float32 once more, which float32's bound allows for.
_COMPARED = PrecisionCell(arithmetic=Arithmetic.float32, kept=KeptFormat.float64)
_EXACT = PrecisionCell(arithmetic=Arithmetic.float64, kept=KeptFormat.float64)


@dataclass(frozen=True, eq=False)
class VersionsInput:
    """The input of the comparison of versions.

    Args:
        study: reference, candidates and judgments
        scopes: of the reference
        options: how to measure
        tables: where neighbor tables come from
    """

    study: StudyInput
    scopes: list[ReferenceNeighbors]
    options: PrecisionOptions
    tables: Tables


@dataclass(frozen=True, eq=False)
class VersionComparison:
    """One candidate's neighbors in one scope, compared with the reference's, in shared numbers.

    Args:
        candidate: the version
        scope: of the reference
        matching: the shared items and those that search
        old: the reference's neighbors
        new: the candidate's
        both: every neighbor metric
        items: how the vectors of the items differ; None where dimensions do
        queries: the same of the vectors that search
    """

    candidate: Version
    scope: ReferenceNeighbors
    matching: Matching
    old: NeighborTable
    new: NeighborTable
    both: Comparison
    items: Recognition | None
    queries: Recognition | None

    @property
    def about(self) -> SummaryRow:
        """A summary row of this candidate and scope, without a metric."""
        return SummaryRow(self.scope.name, self.candidate.name)

    @property
    def ids(self) -> Array:
        """Shape (q,), ids of the rows that searched."""
        who = self.matching
        return who.ids[np.isin(who.reference_rows, self.scope.rows)]


def measure_versions(given: VersionsInput) -> tuple[Findings, list[dict[str, object]]]:
    """Measure every candidate.

    Returns:
        the findings, and per candidate and scope which ids are shared, added and removed
    Raises:
        InputError: when a candidate has the name of a cell, or shares too few items
    """
    reference = given.study.reference
    taken = {cell_name(cell) for cell in given.options.ladder}
    findings, alignment = Findings(STUDY.name, reference.name), []
    for candidate in given.study.candidates:
        if candidate.name in taken:
            raise InputError(
                f"candidate {candidate.name!r} has the name of a precision cell; give the candidate another name"
            )
        for matching in match_versions(reference, candidate):
            alignment.append(alignment_facts(reference, candidate, matching))
            _add_candidate(given, findings, candidate, matching)
    return findings, alignment


def _add_candidate(given: VersionsInput, findings: Findings, candidate: Version, matching: Matching) -> None:
    items = _recognized(given, candidate, matching.corpus, QuerySet.corpus)
    queries = items
    if items is not None and matching.query_set is QuerySet.queries:
        queries = _recognized(given, candidate, matching, QuerySet.queries)
    _add_numbers(given, findings, candidate, matching, queries)
    compared = _compared(given, candidate, matching, items, queries)
    lost = _labelled(compared)
    findings.rows += _neighbor_rows(compared, lost)
    if matching.query_set is QuerySet.queries and given.study.qrels is not None:
        findings.rows += _quality_rows(compared, given.study.qrels)
    findings.add_table(
        "curve", curve_frame(compared.both, NO_FLOOR, scope=matching.query_set, candidate=candidate.name)
    )
    if lost is not None:
        findings.add_table("lost", _lost_frame(lost, compared, given.options.examples))
    findings.per_query.append(
        per_query_frame(
            compared.ids, compared.both.columns, {}, None, scope=matching.query_set, candidate=candidate.name
        )
    )


def _recognized(given: VersionsInput, candidate: Version, matching: Matching, what: QuerySet) -> Recognition | None:
    old, new = (version.searching(what) for version in (given.study.reference, candidate))
    return recognize(old, new, matching) if old.d == new.d else None


def _add_numbers(
    given: VersionsInput, findings: Findings, candidate: Version, matching: Matching, found: Recognition | None
) -> None:
    about = SummaryRow(matching.query_set, candidate.name)
    old, new = (version.searching(matching.query_set) for version in (given.study.reference, candidate))
    if found is None:
        note = f"dimensions differ: {old.d} and {new.d}"
        findings.rows.append(replace(about, metric="relative_error_median", note=note))
        return
    findings.rows += change_rows(found, about)
    for name, frame in change_frames(
        found, new, matching, name=candidate.name, what=matching.query_set, count=given.options.examples
    ):
        findings.add_table(name, frame)


def _compared(
    given: VersionsInput,
    candidate: Version,
    matching: Matching,
    items: Recognition | None,
    queries: Recognition | None,
) -> VersionComparison:
    scope = next(scope for scope in given.scopes if scope.name == matching.query_set)
    who, shared, reference = matching, matching.corpus, given.study.reference
    if not scope.k < matching.n_corpus:
        raise InputError(
            f"k must be between 1 and {matching.n_corpus - 1}, since the versions share {matching.corpus.m} items,"
            f" got {scope.k}"
        )
    depth = min(scope.table.depth, matching.n_corpus)
    chosen = np.flatnonzero(np.isin(who.reference_rows, scope.rows))
    rows = who.candidate_rows[chosen]
    searched = given.tables.of(candidate, scope.name, depth, rows=rows if scope.sampled else None)
    old, new = (
        given.tables.refilled(
            replace(table, rows=at, numbering=numbering, depth=depth, n_corpus=matching.n_corpus), version, scope.name
        )
        for version, table, at, numbering in (
            (reference, scope.table, who.reference_rows[chosen], shared.reference_numbering(reference.corpus.n)),
            (candidate, searched, rows, shared.candidate_numbering(candidate.corpus.n)),
        )
    )
    both = compare(old, new, k=scope.k, n_items=matching.corpus.m, progress=given.tables.progress)
    return VersionComparison(candidate, scope, matching, old, new, both, items, queries)


def _neighbor_rows(compared: VersionComparison, lost: Lost | None) -> Iterator[SummaryRow]:
    scope, about = compared.scope, compared.about
    yield from neighbor_rows(
        compared.both, NO_FLOOR, scope=scope.name, candidate=about.candidate, population=scope.population
    )
    yield from label_counts(lost, about, k=scope.k, why=NOT_RECOGNIZED)
    predicted, errors = _predicted(compared)
    yield predicted_row(about, predicted, k=scope.k, population=scope.population, why="")
    sizes = {"max": np.abs(errors).max(), "mean": np.abs(errors).mean(), "rms": np.sqrt(np.mean(errors**2))}
    for kind, value in sizes.items():
        yield replace(about, metric=f"score_error_{kind}", value=float(value), n=len(errors))


def _lost_frame(lost: Lost, compared: VersionComparison, count: int) -> pd.DataFrame:
    shared_rows = compared.matching.corpus.reference_rows
    scope = replace(compared.scope, ids=compared.ids, table=compared.old, item_rows=shared_rows)
    return lost_frame(lost, scope, name=compared.candidate.name, count=count)


def _quality_rows(compared: VersionComparison, qrels: Qrels) -> list[SummaryRow]:
    scope, candidate = compared.scope, compared.candidate
    depth = min(scope.table.depth, compared.new.found.depth)
    old = judge(scope.version, scope.table, qrels, k=scope.k, depth=depth)
    new = judge(candidate, compared.new, qrels, k=scope.k, depth=depth)
    return quality_rows(old, new, name=candidate.name)


def _predicted(compared: VersionComparison) -> tuple[Floats, Floats]:
    """Neighbors that score errors should cost per query, and the errors of the old neighbors' scores."""
    candidate, k = compared.candidate, compared.scope.k
    items, true = compared.old.nearest(min(compared.old.depth, 3 * k))
    scores = pair_scores(
        candidate.corpus.vectors,
        compared.matching.corpus.candidate_rows[items],
        queries=candidate.searching(compared.scope.name).vectors,
        rows=compared.new.rows,
        similarity=compared.scope.similarity,
    )
    _, deep = compared.old.nearest(compared.old.depth)
    return expected_lost(deep, score_noise(scores, true), k), (scores - true).ravel()


def _labelled(compared: VersionComparison) -> Lost | None:
    """Every lost neighbor with its label; None where no format is recognized."""
    item_codec, query_codec = (None if found is None else found.codec for found in (compared.items, compared.queries))
    if item_codec is None or query_codec is None:
        return None
    scope, k = compared.scope, compared.scope.k
    old, old_scores = compared.old.nearest(k)
    new, _ = compared.new.nearest(k)
    corpus_rows = compared.matching.corpus.reference_rows
    corpus_set, searching = scope.version.corpus, scope.searching
    cell = _EXACT if item_codec.scale is None and query_codec.scale is None else _COMPARED
    corpus = operands(item_codec.encode(corpus_set.vectors), cell.arithmetic)
    queries = corpus
    if scope.name is QuerySet.queries:
        queries = operands(query_codec.encode(searching.vectors), cell.arithmetic)

    def stored(at: Positions, items: Positions) -> PairScores:
        rows = compared.old.rows[at], corpus_rows[items]
        return stored_pair_scores(corpus, queries, *rows, cell=cell, similarity=scope.similarity)

    truth = pair_scores(
        corpus_set.vectors,
        corpus_rows[new],
        queries=searching.vectors,
        rows=compared.old.rows,
        similarity=scope.similarity,
    )
    return label_lost(old, old_scores, new, truth, stored=stored)
