"""Two neighbor tables of the same queries held against each other, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics import agreement, displacement, k_occurrence, new_ranks, overlap_at, unresolved
from embdrift.metrics.catalog import ListPair, Sizes, list_metrics, metric_named
from embdrift.progress import Progress
from embdrift.studies.engine.matching import Matching, match_versions
from embdrift.studies.engine.study import QuerySet, StudyInput, Version, search_depth
from embdrift.studies.engine.tables import NeighborTable, Tables
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


def compare(
    reference: NeighborTable, candidate: NeighborTable, *, k: int, n_items: int, progress: Progress
) -> Comparison:
    """Measure every neighbor metric for all queries of two tables.

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
    for part, old in reference.blocks():
        tally.add(part, old, candidate.block(part))
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


@dataclass(frozen=True, eq=False)
class Compared:
    """One candidate and the reference, compared over one query set.

    Args:
        candidate: the new version
        matching: the shared items and those that search (the sample, where there is one)
        population: how many could search in all; None where those at hand stand for others to come
        old: the reference's neighbors
        new: the candidate's neighbors of the same queries
        both: every neighbor metric
    """

    candidate: Version
    matching: Matching
    population: int | None
    old: NeighborTable
    new: NeighborTable
    both: Comparison

    @property
    def query_set(self) -> QuerySet:
        """Who searches."""
        return self.matching.query_set

    @property
    def is_census(self) -> bool:
        """Whether everything there is was measured."""
        return self.population == self.matching.m


class VersionComparer:
    """Searches versions once and compares them in shared numbering.

    Args:
        given: versions
        query_sample: sampled rows that search; None for all
        tables: the source of neighbor tables
    Raises:
        InputError: when k exceeds what a query can find among the shared items
    """

    def __init__(self, given: StudyInput, query_sample: int | None, tables: Tables) -> None:
        self._given = given
        self._k = given.common.k
        self._depth = search_depth(self._k)
        self._size = query_sample
        self.tables = tables
        self.matchings = {version: match_versions(given.reference, version) for version in given.versions[1:]}
        _require_room(self._k, [one for matchings in self.matchings.values() for one in matchings])
        self.reference = {query_set: self._search_reference(query_set) for query_set in given.reference.query_sets}

    def compare(self, candidate: Version, matching: Matching) -> Compared:
        """Compare a version with the reference over one query set."""
        chosen = matching.sampled(self._size, self._given.common.seed)
        searched = self._search(candidate, matching.query_set, None if self._size is None else chosen.candidate_rows)
        reference, n = self._given.reference, (self._given.reference.corpus.n, candidate.corpus.n)
        old = self._shared(
            self.reference[matching.query_set], reference, chosen,
            rows=chosen.reference_rows, numbering=matching.corpus.reference_numbering(n[0]),
        )  # fmt: skip
        new = self._shared(
            searched, candidate, chosen,
            rows=chosen.candidate_rows, numbering=matching.corpus.candidate_numbering(n[1]),
        )  # fmt: skip
        both = compare(old, new, k=self._k, n_items=matching.corpus.m, progress=self.tables.progress)
        # The items are all there are; the queries at hand, sampled or not, stand for those to come.
        population = matching.m if matching.query_set is QuerySet.corpus else None
        return Compared(candidate, chosen, population, old, new, both)

    def overlap_with_unshared(self, compared: Compared) -> Floats:
        """Overlap@k per query with the items of only one version left in, shape (q,); they match nothing."""
        items, reference, candidate = compared.matching.corpus, self._given.reference, compared.candidate
        old = self._with_unshared(compared.old, items.reference_numbering(reference.corpus.n, unshared=True))
        new = self._with_unshared(compared.new, items.candidate_numbering(candidate.corpus.n, unshared=True))
        parts = [overlap_at(agreement(block, new.block(part), self._k), self._k) for part, block in old.blocks()]
        return np.concatenate(parts)

    def _with_unshared(self, table: NeighborTable, numbering: Positions) -> NeighborTable:
        return replace(table, numbering=numbering, depth=self._k, n_corpus=table.found.n_corpus, refill=None)

    def _search(self, version: Version, query_set: QuerySet, rows: Positions | None) -> NeighborTable:
        return self.tables.of(version, query_set, self._depth, rows=rows)

    def _search_reference(self, query_set: QuerySet) -> NeighborTable:
        """The reference's own neighbors; of the rows that some candidate's sample needs, where there are samples."""
        if self._size is None:
            return self._search(self._given.reference, query_set, None)
        every = [one for matchings in self.matchings.values() for one in matchings if one.query_set is query_set]
        rows = [one.sampled(self._size, self._given.common.seed).reference_rows for one in every]
        return self._search(self._given.reference, query_set, np.unique(np.concatenate(rows)))

    def _shared(
        self, table: NeighborTable, version: Version, matching: Matching, *, rows: Positions, numbering: Positions
    ) -> NeighborTable:
        depth, n_corpus = min(self._depth, matching.n_corpus), matching.n_corpus
        shared = replace(table, rows=rows, numbering=numbering, depth=depth, n_corpus=n_corpus)
        return self.tables.refilled(shared, version, matching.query_set)


def _require_room(k: int, matchings: Sequence[Matching]) -> None:
    for matching in matchings:
        if k > matching.n_corpus:
            raise InputError(
                f"k must be between 1 and {matching.n_corpus}, since the versions share {matching.corpus.m} items,"
                f" got {k}"
            )
