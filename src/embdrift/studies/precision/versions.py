"""Candidates that should be equal to the reference: what changed in their numbers, and what that does to neighbours."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from embdrift.errors import InputError
from embdrift.numerics import (
    Arithmetic,
    Cell,
    KeptFormat,
    Lost,
    PairScores,
    cell_name,
    expected_lost,
    label_lost,
    pair_scores,
    score_noise,
    side,
)
from embdrift.search import pair_scores as true_pair_scores
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.frames import curve_frame, per_query_frame
from embdrift.studies.engine.matching import Pairing, ScopePairing, alignment_facts, scopes_of
from embdrift.studies.engine.quality import judge, quality_rows
from embdrift.studies.engine.rows import SummaryRow, neighbor_rows
from embdrift.studies.engine.study import StudyInput, Version
from embdrift.studies.engine.tables import Tables, View, complete, searching_set
from embdrift.studies.precision.changes import change_frames, change_rows
from embdrift.studies.precision.figures import label_counts, predicted_row
from embdrift.studies.precision.frames import lost_frame
from embdrift.studies.precision.options import PrecisionOptions
from embdrift.studies.precision.recognising import Recognised, recognise
from embdrift.studies.precision.scope import Scope, nearest
from embdrift.types import Array, Floats, Positions

NOT_RECOGNISED = "not labelled: no format's rounding explains the difference"
_NO_FLOOR = "no floor for a version: the ladder says what rounding alone does"
# Values that came back from codes and scales were rounded to float32 once more, which float32's bound allows for.
_COMPARED = Cell(arithmetic=Arithmetic.float32, kept=KeptFormat.float64)
_EXACT = Cell(arithmetic=Arithmetic.float64, kept=KeptFormat.float64)


@dataclass(frozen=True, eq=False)
class Compared:
    """One candidate's neighbours in one scope, beside the reference's, in shared numbers.

    Args:
        scope: of the reference
        pairing: the shared items and who searches
        old: the reference's neighbours
        new: the candidate's
        both: every neighbour metric
    """

    scope: Scope
    pairing: ScopePairing
    old: View
    new: View
    both: Comparison


@dataclass(frozen=True, eq=False)
class Versions:
    """The candidates of one study.

    Args:
        given: reference, candidates and judgements
        scopes: of the reference
        options: how to measure
        tables: where neighbour tables come from
        findings: where to put what is found
    """

    given: StudyInput
    scopes: list[Scope]
    options: PrecisionOptions
    tables: Tables
    findings: Findings

    def run(self) -> list[dict[str, object]]:
        """Measure every candidate; gives how the ids of each meet those of the reference."""
        taken = {cell_name(cell) for cell in self.options.ladder}
        alignment = []
        for candidate in self.given.candidates:
            if candidate.name in taken:
                raise InputError(
                    f"candidate {candidate.name!r} has the name of a precision cell; give the candidate another name"
                )
            for pairing in scopes_of(self.given.reference, candidate):
                alignment.append(alignment_facts(self.given.reference, candidate, pairing))
                self._candidate(candidate, pairing)
        return alignment

    def _candidate(self, candidate: Version, pairing: ScopePairing) -> None:
        reference = self.given.reference
        scope = next(one for one in self.scopes if one.name == pairing.scope)
        about = SummaryRow(pairing.scope, candidate.name)
        known = self._recognised(candidate, pairing.corpus, "corpus")
        asking = known
        if known is not None and pairing.scope == "queries":
            asking = self._recognised(candidate, pairing.searching, "queries")
        if asking is None:
            old, new = (searching_set(version, pairing.scope).d for version in (reference, candidate))
            note = f"dimensions differ: {old} and {new}"
            self.findings.rows.append(replace(about, metric="relative_error_median", note=note))
        else:
            self.findings.rows += change_rows(asking, about)
            self._add_change(candidate, pairing, asking)
        compared = self._compared(candidate, scope, pairing)
        self._add_neighbors(candidate, compared, known, asking)

    def _recognised(self, candidate: Version, pairing: Pairing, what: str) -> Recognised | None:
        old, new = (searching_set(version, what) for version in (self.given.reference, candidate))
        return recognise(old, new, pairing) if old.d == new.d else None

    def _add_change(self, candidate: Version, pairing: ScopePairing, found: Recognised) -> None:
        checked = searching_set(candidate, pairing.scope)
        for name, frame in change_frames(
            found, checked, pairing.searching, name=candidate.name, what=pairing.scope, count=self.options.examples
        ):
            self.findings.add_table(name, frame)

    def _compared(self, candidate: Version, scope: Scope, pairing: ScopePairing) -> Compared:
        who = pairing.searching
        chosen = np.flatnonzero(np.isin(who.reference_rows, scope.rows))
        depth = min(scope.view.depth, pairing.n_corpus)
        if not scope.k < pairing.n_corpus:
            raise InputError(
                f"k must be between 1 and {pairing.n_corpus - 1}, since the versions share {pairing.corpus.m} items,"
                f" got {scope.k}"
            )
        rows = who.candidate_rows[chosen]
        searched = self.tables.of(candidate, scope.name, depth, rows=rows if scope.sampled else None)
        views = [
            complete(
                View(table, at, pairing.corpus.numbering(version.corpus.n, side=side_, strangers=False), depth,
                     pairing.n_corpus),
                self.tables, version, scope.name,
            )
            for version, table, at, side_ in (
                (self.given.reference, scope.view.searched, who.reference_rows[chosen], "reference"),
                (candidate, searched, rows, "candidate"),
            )
        ]  # fmt: skip
        both = compare(views[0], views[1], k=scope.k, n_items=pairing.corpus.m, progress=self.tables.progress)
        return Compared(scope, pairing, views[0], views[1], both)

    def _add_neighbors(
        self, candidate: Version, compared: Compared, known: Recognised | None, asking: Recognised | None
    ) -> None:
        scope, both, name = compared.scope, compared.both, candidate.name
        about, floor = SummaryRow(scope.name, name), Floor(reason=_NO_FLOOR)
        rows = self.findings.rows
        rows += neighbor_rows(both, floor, scope=scope.name, candidate=name, population=scope.population)
        lost = self._labelled(compared, known, asking)
        rows += label_counts(lost, about, k=scope.k, why=NOT_RECOGNISED)
        predicted, errors = self._predicted(candidate, compared)
        rows.append(predicted_row(about, predicted, k=scope.k, population=scope.population, why=""))
        rows += [
            replace(about, metric=f"score_error_{kind}", value=float(value), n=len(errors))
            for kind, value in (
                ("max", np.abs(errors).max()),
                ("mean", np.abs(errors).mean()),
                ("rms", np.sqrt(np.mean(errors**2))),
            )
        ]
        self.findings.add_table("curve", curve_frame(both, floor, scope=scope.name, candidate=name))
        ids = compared.pairing.searching.ids[np.isin(compared.pairing.searching.reference_rows, scope.rows)]
        values = both.columns
        self.findings.per_query.append(per_query_frame(ids, values, {}, None, scope=scope.name, candidate=name))
        if lost is not None:
            self.findings.add_table("lost", self._lost_frame(lost, compared, ids, name))
        if scope.name == "queries" and self.given.qrels is not None:
            self._add_quality(candidate, compared)

    def _lost_frame(self, lost: Lost, compared: Compared, ids: Array, name: str) -> pd.DataFrame:
        scope = replace(compared.scope, ids=ids, view=compared.old, item_rows=compared.pairing.corpus.reference_rows)
        return lost_frame(lost, scope, name=name, count=self.options.examples)

    def _add_quality(self, candidate: Version, compared: Compared) -> None:
        scope, qrels = compared.scope, self.given.qrels
        assert qrels is not None
        depth = min(scope.view.depth, compared.new.searched.table.depth)
        old = judge(scope.version, scope.view.searched, qrels, k=scope.k, depth=depth)
        new = judge(candidate, compared.new.searched, qrels, k=scope.k, depth=depth)
        self.findings.rows += quality_rows(old, new, name=candidate.name)

    def _predicted(self, candidate: Version, compared: Compared) -> tuple[Floats, Floats]:
        """Neighbours that score errors should cost per query, and the errors of the old neighbours' scores."""
        k = compared.scope.k
        items, true = nearest(compared.old, min(compared.old.depth, 3 * k))
        scores = true_pair_scores(
            candidate.corpus.vectors,
            compared.pairing.corpus.candidate_rows[items],
            queries=searching_set(candidate, compared.scope.name).vectors,
            rows=compared.new.rows,
            similarity=compared.scope.metric,
        )
        _, deep = nearest(compared.old, compared.old.depth)
        return expected_lost(deep, score_noise(scores, true), k), (scores - true).ravel()

    def _labelled(self, compared: Compared, known: Recognised | None, asking: Recognised | None) -> Lost | None:
        if known is None or asking is None or known.codec is None or asking.codec is None:
            return None
        scope, k = compared.scope, compared.scope.k
        old, old_scores = nearest(compared.old, k)
        new, _ = nearest(compared.new, k)
        corpus_rows = compared.pairing.corpus.reference_rows
        corpus_set, asking_set = scope.version.corpus, scope.searching
        exact = all(one.scale is None for one in (known.codec, asking.codec))
        cell = _EXACT if exact else _COMPARED
        corpus = side(known.codec.encode(corpus_set.vectors), cell.arithmetic)
        queries = corpus
        if scope.name == "queries":
            queries = side(asking.codec.encode(asking_set.vectors), cell.arithmetic)

        def stored(at: Positions, items: Positions) -> PairScores:
            return pair_scores(
                corpus, queries, compared.old.rows[at], corpus_rows[items], cell=cell, similarity=scope.metric
            )

        truth = true_pair_scores(
            corpus_set.vectors,
            corpus_rows[new],
            queries=asking_set.vectors,
            rows=compared.old.rows,
            similarity=scope.metric,
        )
        return label_lost(old, old_scores, new, truth, stored=stored)
