"""The reference of every cell of a ladder: the queries and their certified neighbors."""

from dataclasses import dataclass

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics import boundary_ties
from embdrift.numerics import find_lost
from embdrift.search import pair_scores
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.study import CheckedSet, QuerySet, Version, search_depth
from embdrift.studies.engine.tables import NeighborTable, Tables, row_slices
from embdrift.studies.precision.options import PrecisionOptions
from embdrift.types import Array, Floats, Positions, Similarity


@dataclass(frozen=True, eq=False)
class ReferenceNeighbors:
    """The certified float64 neighbors of one query set of the reference.

    Args:
        name: who searches
        version: the reference
        ids: shape (q,), of those who search, in canonical order
        table: their neighbors, in canonical numbers
        item_rows: shape (m,), the corpus row of each canonical number
        population: how many could search in all; None where those at hand stand for others to come
        k: the headline number of neighbors
    """

    name: QuerySet
    version: Version
    ids: Array
    table: NeighborTable
    item_rows: Positions
    population: int | None
    k: int

    @property
    def searching(self) -> CheckedSet:
        """The vectors that search."""
        return self.version.searching(self.name)

    @property
    def similarity(self) -> Similarity:
        """The similarity of the vectors."""
        return self.version.corpus.similarity

    @property
    def rows(self) -> Positions:
        """Rows of the searching vectors, in canonical order, shape (q,)."""
        return self.table.rows

    @property
    def sampled(self) -> bool:
        """Whether not everything that could search did."""
        return self.population is not None and self.population > len(self.ids)

    def true_scores(self, queries: Positions, items: Positions) -> Floats:
        """Certified scores of queries (places in `ids`) with items (canonical numbers), shape of `items`, (q, p)."""
        corpus = self.version.corpus.vectors
        return pair_scores(
            corpus,
            self.item_rows[items],
            queries=self.searching.vectors,
            rows=self.rows[queries],
            similarity=self.similarity,
        )


def reference_neighbors(
    reference: Version, options: PrecisionOptions, tables: Tables, *, k: int, seed: int
) -> list[ReferenceNeighbors]:
    """The scopes of a version: always the corpus, and queries where there are any.

    Raises:
        InputError: when k is more than a query can find
    """
    return [_scope(reference, name, options, tables, k=k, seed=seed) for name in reference.query_sets]


def _scope(
    reference: Version, name: QuerySet, options: PrecisionOptions, tables: Tables, *, k: int, seed: int
) -> ReferenceNeighbors:
    ids, rows = reference.searching(name).ordered_ids, reference.searching(name).ordered_rows
    m = len(reference.corpus.taking_part)
    n_corpus = m - int(name is QuerySet.corpus)
    if not 1 <= k < n_corpus:
        raise InputError(
            f"k must be between 1 and {n_corpus - 1}, so that an item can be lost from the {n_corpus} that can be found"
            f" in {reference.corpus.label}, got {k}"
        )
    chosen = sample(ids, options.rows(len(ids), m), seed)
    depth = min(search_depth(k), n_corpus)
    view = tables.of(reference, name, depth, rows=None if len(chosen) == len(ids) else rows[chosen])
    view = view.shallower(depth)
    population = len(ids) if name is QuerySet.corpus else None
    return ReferenceNeighbors(name, reference, ids[chosen], view, reference.corpus.ordered_rows, population, k)


def changed_truth(scope: ReferenceNeighbors, old: Array, new: Array) -> Floats:
    """Certified scores of the new lists, shape (q, k), where they differ from the old ones; NaN elsewhere."""
    truth = np.full(new.shape, np.nan)
    changed = np.flatnonzero((np.sort(old, axis=1) != np.sort(new, axis=1)).any(axis=1))
    for places in row_slices(len(changed)):
        part = changed[places]
        truth[part] = scope.true_scores(part, new[part])
    return truth


def as_listed(old: NeighborTable, new: NeighborTable, k: int) -> Floats:
    """Share of each query's nearest k that is among its new nearest k, ties broken by position in both, shape (q,)."""
    first, _ = old.nearest(k)
    lost, _ = find_lost(first, new.nearest(k)[0])
    return np.asarray(1 - np.bincount(lost, minlength=len(first)) / k)


def ties_created(old: NeighborTable, new: NeighborTable, k: int) -> Floats:
    """Whether a tie cuts each new list where none cut the old one, shape (q,)."""
    old, new = old.shallower(k), new.shallower(k)
    parts = [boundary_ties(new.block(part), k) & ~boundary_ties(block, k) for part, block in old.blocks()]
    return np.concatenate(parts).astype(np.float64)
