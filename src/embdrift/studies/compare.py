"""Two views of the same queries held against each other, block by block: values per query, and the curve over k."""

from dataclasses import dataclass

import numpy as np

from embdrift.metrics import (
    agreement,
    boundary_ties,
    displacement,
    jaccard_at,
    k_occurrence,
    new_ranks,
    overlap_at,
    r_nx_area,
    rbo_at,
    top1_flip_at,
)
from embdrift.progress import Progress
from embdrift.studies.view import BLOCK, View
from embdrift.types import Array, Floats

RBO_P = 0.9


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
        occurrences_reference: shape (items,), how often each item is among the old top k
        occurrences_candidate: the same for the new top k
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
    occurrences_reference: Floats
    occurrences_candidate: Floats

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
    levels = levels_for(k, depth)
    at_levels = np.empty((q, len(levels)))
    total, counted = np.zeros(depth), np.zeros(depth, np.int64)
    names = (
        "overlap",
        "jaccard",
        "rbo",
        "top1_flip",
        "rank_displacement",
        "lost_beyond_depth",
        "tie_exposure",
        "r_nx_area",
    )
    values = {name: np.empty(q) for name in names}
    ranks = np.zeros((k, depth + 2), np.int64)
    before, after = np.zeros(n_items), np.zeros(n_items)
    progress.start("comparing neighbours", q)
    for start in range(0, q, BLOCK):
        part = slice(start, min(start + BLOCK, q))
        old, new = reference.block(part), candidate.block(part)
        both = agreement(old, new, depth)
        moved = displacement(old, new, k)
        at_levels[part] = both.overlap[:, np.array(levels) - 1]
        total += np.nansum(both.overlap, axis=0)
        counted += (~np.isnan(both.overlap)).sum(axis=0)
        values["overlap"][part] = overlap_at(both, k)
        values["jaccard"][part] = jaccard_at(both, k)
        values["rbo"][part] = rbo_at(both, depth, RBO_P)
        values["r_nx_area"][part] = r_nx_area(both)
        values["top1_flip"][part] = top1_flip_at(both)
        values["rank_displacement"][part] = moved.ranks
        values["lost_beyond_depth"][part] = moved.lost
        values["tie_exposure"][part] = boundary_ties(old, k) | boundary_ties(new, k)
        _count_ranks(new_ranks(old, new, k), ranks)
        before += k_occurrence(old, k, n_items)
        after += k_occurrence(new, k, n_items)
        progress.advance(old.q)
    progress.finish()
    curve = np.divide(total, counted, out=np.full(depth, np.nan), where=counted > 0)
    return Comparison(k, depth, reference.n_corpus, curve, counted, levels, at_levels, values, ranks, before, after)


def _count_ranks(found: Array, counts: Array) -> None:
    for old_rank in range(found.shape[1]):
        counts[old_rank] += np.bincount(found[:, old_rank], minlength=counts.shape[1])
