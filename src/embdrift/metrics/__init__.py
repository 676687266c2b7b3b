"""Pure functions: two neighbor tables, or two vector sets, in; one value per query, or one number, out.

`embdrift.metrics.catalog` declares every metric: what it is called, how it is defined and where it appears.
"""

from typing import TYPE_CHECKING

from embdrift.lazy import lazy_names

if TYPE_CHECKING:
    from embdrift.metrics.chance import (
        hubness_chance,
        jaccard_chance,
        lost_beyond_depth_chance,
        overlap_chance,
        r_nx_chance,
        rank_displacement_chance,
        rbo_chance,
        top1_flip_chance,
    )
    from embdrift.metrics.cka import linear_cka_debiased
    from embdrift.metrics.cut_offs import precision_passed, same_precision, same_share, share_passed
    from embdrift.metrics.golden import best_cut_off, pair_cosines, passes, spearman, spearman_resamples
    from embdrift.metrics.interval import Interval, mean_interval, share_interval
    from embdrift.metrics.occurrences import hubness, k_occurrence
    from embdrift.metrics.quality import Quality, expected_quality, judged_quality
    from embdrift.metrics.ranks import Displacement, displacement, lost_beyond_depth, new_ranks, rank_displacement
    from embdrift.metrics.shared_neighbors import (
        Agreement,
        agreement,
        chance_corrected,
        jaccard,
        jaccard_at,
        overlap,
        overlap_at,
        overlap_curve,
        r_nx,
        r_nx_area,
        r_nx_at,
        r_nx_curve,
        rbo,
        rbo_at,
        top1_flip,
        top1_flip_at,
    )
    from embdrift.metrics.significance import Paired, SignTest, holm, paired_bootstrap, paired_randomization
    from embdrift.metrics.ties import boundary_ties, unresolved
    from embdrift.metrics.vector_identity import SelfSearch, self_search
    from embdrift.metrics.vector_movement import (
        CommonOffset,
        aligned_self_displacement,
        common_offset,
        fit_procrustes,
        self_displacement,
        self_displacement_chance,
    )

__all__ = [
    "Agreement",
    "CommonOffset",
    "Displacement",
    "Interval",
    "Paired",
    "Quality",
    "SelfSearch",
    "SignTest",
    "agreement",
    "aligned_self_displacement",
    "best_cut_off",
    "boundary_ties",
    "chance_corrected",
    "common_offset",
    "displacement",
    "expected_quality",
    "fit_procrustes",
    "holm",
    "hubness",
    "hubness_chance",
    "jaccard",
    "jaccard_at",
    "jaccard_chance",
    "judged_quality",
    "k_occurrence",
    "linear_cka_debiased",
    "lost_beyond_depth",
    "lost_beyond_depth_chance",
    "mean_interval",
    "new_ranks",
    "overlap",
    "overlap_at",
    "overlap_chance",
    "overlap_curve",
    "pair_cosines",
    "paired_bootstrap",
    "paired_randomization",
    "passes",
    "precision_passed",
    "r_nx",
    "r_nx_area",
    "r_nx_at",
    "r_nx_chance",
    "r_nx_curve",
    "rank_displacement",
    "rank_displacement_chance",
    "rbo",
    "rbo_at",
    "rbo_chance",
    "same_precision",
    "same_share",
    "self_displacement",
    "self_displacement_chance",
    "self_search",
    "share_interval",
    "share_passed",
    "spearman",
    "spearman_resamples",
    "top1_flip",
    "top1_flip_at",
    "top1_flip_chance",
    "unresolved",
]

# No module is called like a function that it holds: importing the module would hide the function.
__getattr__, __dir__ = lazy_names(__name__)
