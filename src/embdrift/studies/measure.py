"""Old and new neighbours of the shared items, searched and held against each other."""

from dataclasses import dataclass

import numpy as np

from embdrift.errors import InputError
from embdrift.studies.compare import Comparison, compare
from embdrift.studies.inputs import ShiftInput, Version
from embdrift.studies.pairing import ScopePairing
from embdrift.studies.sampling import sampled
from embdrift.studies.tables import Searched, Tables
from embdrift.studies.view import BLOCK, View, complete
from embdrift.metrics import agreement, overlap_at
from embdrift.types import Array, Floats, Positions


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


class Measurer:
    """Searches versions once and compares them in shared numbering.

    Args:
        given: versions and options
        tables: where neighbour tables come from
        pairings: per compared version, the scopes it shares with the reference
    Raises:
        InputError: when k exceeds what a query can find among the shared items
    """

    def __init__(self, given: ShiftInput, tables: Tables, pairings: dict[str, list[ScopePairing]]) -> None:
        self._given = given
        self._tables = tables
        self._pairings = pairings
        for pairing in (one for scopes in pairings.values() for one in scopes):
            if given.options.k > pairing.n_corpus:
                raise InputError(
                    f"k must be between 1 and {pairing.n_corpus}, since the versions share {pairing.corpus.m} items, got"
                    f" {given.options.k}"
                )
        scopes = ("corpus", "queries") if given.has_queries else ("corpus",)
        self.reference = {scope: self.search(given.reference, scope, self._reference_rows(scope)) for scope in scopes}

    def search(self, version: Version, scope: str, rows: Positions | None) -> Searched:
        """A version's own neighbour table."""
        return self._tables.of(version, scope, self._given.options.search_depth, rows=rows)

    def measure(self, candidate: Version, pairing: ScopePairing) -> Measured:
        """Compare a version with the reference in one scope."""
        chosen = self._sampled(pairing)
        who = chosen.searching
        searched = self.search(candidate, pairing.scope, who.candidate_rows if self._samples else None)
        old = self._view(self._given.reference, chosen, "reference", self.reference[pairing.scope], who.reference_rows)
        new = self._view(candidate, chosen, "candidate", searched, who.candidate_rows)
        both = compare(old, new, k=self._given.options.k, n_items=pairing.corpus.m, progress=self._tables.progress)
        # A census of the items is all there is; the queries at hand stand for those to come.
        population = pairing.searching.m if pairing.scope == "corpus" or self._samples else None
        return Measured(candidate, chosen, population, old, new, both)

    def with_strangers(self, measured: Measured) -> Floats:
        """Overlap@k per query with the items of only one version left in, shape (q,); they match nothing."""
        corpus, k = measured.pairing.corpus, self._given.options.k
        old, new = (
            View(
                view.searched,
                view.rows,
                corpus.numbering(version.corpus.vectors.n, side=side, strangers=True),
                k,
                view.searched.table.n_corpus,
            )
            for view, version, side in (
                (measured.old, self._given.reference, "reference"),
                (measured.new, measured.candidate, "candidate"),
            )
        )
        parts = [
            overlap_at(agreement(old.block(part), new.block(part), k), k)
            for part in (slice(start, start + BLOCK) for start in range(0, len(old.rows), BLOCK))
        ]
        return np.concatenate(parts)

    @property
    def _samples(self) -> bool:
        return self._given.options.query_sample is not None

    def _sampled(self, pairing: ScopePairing) -> ScopePairing:
        options = self._given.options
        return ScopePairing(
            pairing.scope, pairing.corpus, sampled(pairing.searching, options.query_sample, options.seed)
        )

    def _reference_rows(self, scope: str) -> Positions | None:
        if not self._samples:
            return None
        every = [self._sampled(one) for scopes in self._pairings.values() for one in scopes if one.scope == scope]
        return np.unique(np.concatenate([one.searching.reference_rows for one in every]))

    def _view(self, version: Version, pairing: ScopePairing, side: str, searched: Searched, rows: Array) -> View:
        numbering = pairing.corpus.numbering(version.corpus.vectors.n, side=side, strangers=False)
        depth = min(self._given.options.search_depth, pairing.n_corpus)
        view = View(searched, rows, numbering, depth, pairing.n_corpus)
        return complete(view, self._tables, version, pairing.scope)
