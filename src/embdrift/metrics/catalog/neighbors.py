"""What the nearest neighbors of two versions have in common, and how they moved.

Declared in the order of their rows in `summary.csv`, after the three that are measured at every k.
"""

from functools import partial
from typing import TYPE_CHECKING

from embdrift.metrics.catalog.metric import TIED, Direction, IntervalKind, Level, ListPair, Metric, Sizes, Topic, Unit

if TYPE_CHECKING:
    from embdrift.types import Array

RBO_P = 0.9
"""Chance that a reader goes on to the next rank."""

ALL_FOUND = "not defined where k is all that can be found"


def _overlap(pair: ListPair) -> "Array":
    from embdrift.metrics import overlap_at

    return overlap_at(pair.agreement, pair.sizes.k)


def _jaccard(pair: ListPair) -> "Array":
    from embdrift.metrics import jaccard_at

    return jaccard_at(pair.agreement, pair.sizes.k)


def _r_nx_area(pair: ListPair) -> "Array":
    from embdrift.metrics import r_nx_area

    return r_nx_area(pair.agreement)


def _rbo(pair: ListPair) -> "Array":
    from embdrift.metrics import rbo_at

    return rbo_at(pair.agreement, pair.sizes.depth, RBO_P)


def _top1_flip(pair: ListPair) -> "Array":
    from embdrift.metrics import top1_flip_at

    return top1_flip_at(pair.agreement)


def _rank_displacement(pair: ListPair) -> "Array":
    return pair.displacement.ranks


def _lost_beyond_depth(pair: ListPair) -> "Array":
    return pair.displacement.lost


def _tie_exposure(pair: ListPair) -> "Array":
    from embdrift.metrics import boundary_ties

    return boundary_ties(pair.reference, pair.sizes.k) | boundary_ties(pair.candidate, pair.sizes.k)


def _overlap_chance(sizes: Sizes) -> float:
    from embdrift.metrics import overlap_chance

    return overlap_chance(sizes.k, sizes.n_corpus)


def _jaccard_chance(sizes: Sizes) -> float:
    from embdrift.metrics import jaccard_chance

    return jaccard_chance(sizes.k, sizes.n_corpus)


def _rbo_chance(sizes: Sizes) -> float:
    from embdrift.metrics import rbo_chance

    return rbo_chance(sizes.depth, sizes.n_corpus, RBO_P)


def _top1_flip_chance(sizes: Sizes) -> float:
    from embdrift.metrics import top1_flip_chance

    return top1_flip_chance(sizes.n_corpus)


def _rank_displacement_chance(sizes: Sizes) -> float:
    from embdrift.metrics import rank_displacement_chance

    return rank_displacement_chance(sizes.k, sizes.depth, sizes.n_corpus)


def _lost_beyond_depth_chance(sizes: Sizes) -> float:
    from embdrift.metrics import lost_beyond_depth_chance

    return lost_beyond_depth_chance(sizes.depth, sizes.n_corpus)


def _area_note(sizes: Sizes) -> str:
    return f"over k = 1 … {min(sizes.depth, sizes.n_corpus - 1)}" if sizes.n_corpus > 1 else ""


def _not_defined(sizes: Sizes, *, level: Level) -> str:
    most = 1 if level is Level.depth else sizes.k
    return TIED if most < sizes.n_corpus else ALL_FOUND


_neighbors = partial(
    Metric,
    study="neighbor_shift", topic=Topic.neighbors, better=Direction.higher, level=Level.k, interval=IntervalKind.share,
)  # fmt: skip

NEIGHBORS: tuple[Metric, ...] = (
    _neighbors(
        "overlap",
        "Overlap@{k}",
        "Share of the k nearest neighbors that both versions have in common, averaged over the queries. Items tied "
        "across rank k count by their chance of being listed, p, as Σ pA pB / √(Σ pA² Σ pB²). Chance keeps k / (N − "
        "1).",
        source="ties as in RBO^b, Corsi and Urbano (2024)",
        unit=Unit.share,
        chance=_overlap_chance,
        resting=1.0,
        every_k=True,
        per_query=_overlap,
        column=True,
        cohorts=True,
    ),
    _neighbors(
        "jaccard",
        "Jaccard@{k}",
        "Neighbors in both lists, divided by neighbors in either list, averaged over queries.",
        chance=_jaccard_chance,
        resting=1.0,
        every_k=True,
        per_query=_jaccard,
        column=True,
    ),
    _neighbors(
        "r_nx",
        "R_NX@{k}",
        "Overlap@k with chance taken out: ((N − 1) overlap − k) / (N − 1 − k); 0 is chance.",
        source="Lee, Peluffo-Ordóñez and Verleysen (2015)",
        bounds=(None, 1.0),
        interval=IntervalKind.mean,
        chance=0.0,
        resting=1.0,
        every_k=True,
        undefined=partial(_not_defined, level=Level.k),
    ),
    _neighbors(
        "r_nx_area",
        "R_NX area",
        "Mean of R_NX over all k up to the depth searched, each k weighted by 1 / k.",
        source="Lee, Peluffo-Ordóñez and Verleysen (2015)",
        bounds=(None, 1.0),
        level=Level.depth,
        interval=IntervalKind.mean,
        chance=0.0,
        resting=1.0,
        per_query=_r_nx_area,
        note=_area_note,
        undefined=partial(_not_defined, level=Level.depth),
    ),
    _neighbors(
        "rbo",
        "RBO",
        "Rank-biased overlap, extrapolated: agreement of the two lists at every depth, with more weight near the top.",
        source="Webber, Moffat and Zobel (2010)",
        level=Level.depth,
        chance=_rbo_chance,
        resting=1.0,
        per_query=_rbo,
        column=True,
        note=lambda _: f"p = {RBO_P}",
        headline=3,
    ),
    _neighbors(
        "top1_flip",
        "First hit changes",
        "Share of the queries whose nearest neighbor is another item; 1 − overlap@1, ties by expectation.",
        better=Direction.lower,
        unit=Unit.share,
        level=Level.first,
        chance=_top1_flip_chance,
        per_query=_top1_flip,
        column=True,
        cohorts=True,
        headline=2,
    ),
    _neighbors(
        "rank_displacement",
        "Rank displacement",
        "How many ranks an old top-k neighbor moves; ranks beyond the depth searched count as depth + 1, so that the "
        "value is a lower bound.",
        better=Direction.lower,
        unit=Unit.ranks,
        bounds=(0.0, None),
        interval=IntervalKind.mean,
        chance=_rank_displacement_chance,
        per_query=_rank_displacement,
        column=True,
        cohorts=True,
        note=lambda sizes: f"at most depth {sizes.depth} is seen",
    ),
    _neighbors(
        "lost_beyond_depth",
        "Lost beyond the depth",
        "Share of the old top-k neighbors that the candidate does not list at all, to the depth searched.",
        better=Direction.lower,
        unit=Unit.share,
        chance=_lost_beyond_depth_chance,
        per_query=_lost_beyond_depth,
        column=True,
        cohorts=True,
        note=lambda sizes: f"depth {sizes.depth}",
        headline=4,
    ),
    _neighbors(
        "tie_exposure",
        "Ties across rank {k}",
        "Share of the queries for which items with exactly equal scores straddle rank k.",
        better=Direction.neither,
        unit=Unit.share,
        resting=None,
        per_query=_tie_exposure,
    ),
    _neighbors(
        "overlap_with_added_removed",
        "Overlap@{k} with added and removed ids",
        "Overlap@k of the lists as each version gives them, added and removed ids left in.",
        unit=Unit.share,
        resting=1.0,
    ),
    _neighbors(
        "noise_equivalent_overlap",
        "Noise-equivalent overlap@{k}",
        "Overlap@k that random movement in all directions would have kept, had it moved each vector as far on average "
        "as the candidate did. A comparison, not a noise floor.",
        better=Direction.neither,
        unit=Unit.share,
        chance=_overlap_chance,
        resting=1.0,
        headline=1,
    ),
)
