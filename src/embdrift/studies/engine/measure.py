"""Old and new neighbours of the shared items, searched and held against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics import agreement, overlap_at
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.pairing import ScopePairing, scopes_of
from embdrift.studies.engine.sampling import sampled
from embdrift.studies.engine.study import StudyInput, Version, search_depth
from embdrift.studies.engine.tables import Searched, Tables
from embdrift.studies.engine.view import BLOCK, View, complete
from embdrift.types import Floats, Positions

Pairings = Mapping[Version, list[ScopePairing]]
"""Per compared version, the scopes it shares with the reference."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One candidate in one scope.

    Args:
        candidate: the new version
        pairing: the shared items and who searches (the sample, where there is one)
        population: how many could search in all; None where those at hand stand for others to come
        old: the reference's neighbours
        new: the candidate's neighbours of the same queries
        both: every neighbour metric
    """

    candidate: Version
    pairing: ScopePairing
    population: int | None
    old: View
    new: View
    both: Comparison

    @property
    def scope(self) -> str:
        """Either "corpus" or "queries"."""
        return self.pairing.scope

    @property
    def is_census(self) -> bool:
        """Whether everything there is was measured."""
        return self.population == self.pairing.searching.m


class Measurer:
    """Searches versions once and compares them in shared numbering.

    Args:
        given: versions
        query_sample: sampled rows that search; None for all
        tables: where neighbour tables come from
    Raises:
        InputError: when k exceeds what a query can find among the shared items
    """

    def __init__(self, given: StudyInput, query_sample: int | None, tables: Tables) -> None:
        self._given = given
        self._k = given.common.k
        self._depth = search_depth(self._k)
        self._size = query_sample
        self.tables = tables
        self.pairings: Pairings = {version: scopes_of(given.reference, version) for version in given.versions[1:]}
        _require_room(self._k, self.pairings)
        scopes = ("corpus", "queries") if given.has_queries else ("corpus",)
        self.reference = {scope: self._search(given.reference, scope, self._reference_rows(scope)) for scope in scopes}

    def measure(self, candidate: Version, pairing: ScopePairing) -> Measured:
        """Compare a version with the reference in one scope."""
        chosen = self._sampled(pairing)
        who = chosen.searching
        searched = self._search(candidate, pairing.scope, who.candidate_rows if self._samples else None)
        old = self._view(self._given.reference, chosen, "reference", self.reference[pairing.scope], who.reference_rows)
        new = self._view(candidate, chosen, "candidate", searched, who.candidate_rows)
        both = compare(old, new, k=self._k, n_items=pairing.corpus.m, progress=self.tables.progress)
        # The items are all there are; the queries at hand, sampled or not, stand for those to come.
        population = pairing.searching.m if pairing.scope == "corpus" else None
        return Measured(candidate, chosen, population, old, new, both)

    def with_strangers(self, measured: Measured) -> Floats:
        """Overlap@k per query with the items of only one version left in, shape (q,); they match nothing."""
        k = self._k
        old = self._with_strangers(measured.old, self._given.reference, measured.pairing, "reference")
        new = self._with_strangers(measured.new, measured.candidate, measured.pairing, "candidate")
        parts = [
            overlap_at(agreement(old.block(part), new.block(part), k), k)
            for part in (slice(start, start + BLOCK) for start in range(0, len(old.rows), BLOCK))
        ]
        return np.concatenate(parts)

    def _with_strangers(self, view: View, version: Version, pairing: ScopePairing, side: str) -> View:
        return replace(
            view,
            numbering=pairing.corpus.numbering(version.corpus.n, side=side, strangers=True),
            depth=self._k,
            n_corpus=view.searched.table.n_corpus,
            redone=None,
        )

    @property
    def _samples(self) -> bool:
        return self._size is not None

    def _search(self, version: Version, scope: str, rows: Positions | None) -> Searched:
        return self.tables.of(version, scope, self._depth, rows=rows)

    def _sampled(self, pairing: ScopePairing) -> ScopePairing:
        return replace(pairing, searching=sampled(pairing.searching, self._size, self._given.common.seed))

    def _reference_rows(self, scope: str) -> Positions | None:
        if not self._samples:
            return None
        every = [self._sampled(one) for scopes in self.pairings.values() for one in scopes if one.scope == scope]
        return np.unique(np.concatenate([one.searching.reference_rows for one in every]))

    def _view(self, version: Version, pairing: ScopePairing, side: str, searched: Searched, rows: Positions) -> View:
        numbering = pairing.corpus.numbering(version.corpus.n, side=side, strangers=False)
        depth = min(self._depth, pairing.n_corpus)
        view = View(searched, rows, numbering, depth, pairing.n_corpus)
        return complete(view, self.tables, version, pairing.scope)


def _require_room(k: int, pairings: Pairings) -> None:
    for pairing in (one for scopes in pairings.values() for one in scopes):
        if k > pairing.n_corpus:
            raise InputError(
                f"k must be between 1 and {pairing.n_corpus}, since the versions share {pairing.corpus.m} items,"
                f" got {k}"
            )
