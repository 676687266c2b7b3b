"""Two views of the same queries held against each other, block by block: values per query, and the curve over k."""

from dataclasses import dataclass

import numpy as np

from embdrift.metrics import agreement, displacement, k_occurrence, new_ranks, unresolved
from embdrift.metrics.catalog import ListPair, Sizes, list_metrics, metric_named
from embdrift.progress import Progress
from embdrift.studies.engine.view import BLOCK, View
from embdrift.types import Array, Floats, Neighbors


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
