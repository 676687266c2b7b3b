"""Two neighbor tables of the same queries held against each other, block by block."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics import agreement, displacement, k_occurrence, new_ranks, overlap_at, unresolved
from embdrift.metrics.catalog import ListPair, Sizes, list_metrics, metric_named
from embdrift.progress import Progress
from embdrift.studies.engine.matching import ScopePairing, sampled, scopes_of
from embdrift.studies.engine.study import StudyInput, Version, search_depth
from embdrift.studies.engine.tables import BLOCK, Searched, Tables, View, complete
from embdrift.types import Array, Floats, Neighbors, Positions


@dataclass(frozen=True, eq=False)
class Occurrences:
    """How often each item is among the nearest k of others.

    Args:
        counts: shape (items,)
        left_out: queries that were not counted, since too many items tie with their k-th neighbour
    """

    counts: Floats
    left_out: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """What became of each query's neighbours.

    Args:
        k: the headline number of neighbours
        depth: neighbours compared at most
        n_corpus: items that each query could have found
        curve: shape (depth,), mean overlap at every depth 1 ... depth
        counted: shape (depth,), queries that each mean rests on
        levels: the depths at which overlap is kept per query
        at_levels: shape (q, len(levels)), overlap per query
        values: metric name -> shape (q,), at the headline k
        ranks: shape (k, depth + 2), how many queries' j-th old neighbour now has which rank; depth + 1 is not listed
        reference: how often each item is among the old top k
        candidate: the same for the new top k
    """

    k: int
    depth: int
    n_corpus: int
    curve: Floats
    counted: Array
    levels: tuple[int, ...]
    at_levels: Floats
    values: dict[str, Floats]
    ranks: Array
    reference: Occurrences
    candidate: Occurrences

    @property
    def sizes(self) -> Sizes:
        """How large the lists are."""
        return Sizes(self.k, self.depth, self.n_corpus)

    @property
    def columns(self) -> dict[str, Floats]:
        """The values that `per_query.parquet` keeps, by metric."""
        return {name: values for name, values in self.values.items() if metric_named(name).column}

    def at(self, level: int) -> Floats:
        """Overlap of the nearest `level` per query, shape (q,)."""
        return self.at_levels[:, self.levels.index(level)]


def levels_for(k: int, depth: int) -> tuple[int, ...]:
    """The depths that tables list: 1, 2, 5, 10, 20, 50, … and k and the greatest depth, up to it."""
    usual = {step * 10**power for power in range(len(str(depth))) for step in (1, 2, 5)}
    return tuple(sorted(level for level in usual | {k, depth} if level <= depth))


def compare(reference: View, candidate: View, *, k: int, n_items: int, progress: Progress) -> Comparison:
    """Measure every neighbour metric for all queries of two views.

    Args:
        reference: the old neighbours
        candidate: the new neighbours of the same queries, in the same order, with items numbered alike
        k: the headline number of neighbours
        n_items: items in the shared numbering
        progress: told of finished queries
    """
    depth, q = min(reference.depth, candidate.depth), len(reference.rows)
    tally = _Tally(q, Sizes(k, depth, reference.n_corpus), n_items)
    progress.start("comparing neighbours", q)
    for start in range(0, q, BLOCK):
        part = slice(start, min(start + BLOCK, q))
        tally.add(part, reference.block(part), candidate.block(part))
        progress.advance(part.stop - part.start)
    progress.finish()
    return tally.result()


class _Tally:
    """Collects a comparison block by block."""

    def __init__(self, q: int, sizes: Sizes, n_items: int) -> None:
        k, depth = sizes.k, sizes.depth
        self._k, self._depth, self._sizes, self._metrics = k, depth, sizes, list_metrics()
        self._levels = levels_for(k, depth)
        self._at_levels = np.empty((q, len(self._levels)))
        self._total, self._counted = np.zeros(depth), np.zeros(depth, np.int64)
        self._values = {metric.name: np.empty(q) for metric in self._metrics}
        self._ranks = np.zeros((k, depth + 2), np.int64)
        self._occurrences = np.zeros((2, n_items))
        self._left_out = [0, 0]

    def add(self, part: slice, old: Neighbors, new: Neighbors) -> None:
        both, moved = agreement(old, new, self._depth), displacement(old, new, self._k)
        self._at_levels[part] = both.overlap[:, np.array(self._levels) - 1]
        self._total += np.nansum(both.overlap, axis=0)
        self._counted += (~np.isnan(both.overlap)).sum(axis=0)
        pair = ListPair(old, new, self._sizes, both, moved)
        for metric, measure in self._metrics.items():
            self._values[metric.name][part] = measure(pair)
        # Where old neighbours can have gone into a tie that is not listed, which ranks they have is not known.
        self._count_ranks(new_ranks(old, new, self._k)[~np.isnan(moved.ranks)])
        for side, table in enumerate((old, new)):
            self._occurrences[side] += k_occurrence(table, self._k, self._occurrences.shape[1])
            self._left_out[side] += int(unresolved(table, self._k).sum())

    def _count_ranks(self, found: Array) -> None:
        for old_rank in range(self._k):
            self._ranks[old_rank] += np.bincount(found[:, old_rank], minlength=self._ranks.shape[1])

    def result(self) -> Comparison:
        counted = self._counted
        curve = np.divide(self._total, counted, out=np.full(self._depth, np.nan), where=counted > 0)
        before, after = (Occurrences(self._occurrences[side], self._left_out[side]) for side in (0, 1))
        return Comparison(
            self._k, self._depth, self._sizes.n_corpus, curve, counted, self._levels, self._at_levels,
            self._values, self._ranks, before, after,
        )  # fmt: skip


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
