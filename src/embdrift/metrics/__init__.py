"""Pure functions: two neighbour tables, or two vector sets, in; one value per query, or one figure, out."""

from embdrift.metrics.agreement import Agreement, agreement
from embdrift.metrics.cka import linear_cka_debiased
from embdrift.metrics.displacement import (
    Displacement,
    displacement,
    lost_beyond_depth,
    new_ranks,
    rank_displacement,
)
from embdrift.metrics.hubness import hubness, k_occurrence
from embdrift.metrics.interval import Interval, mean_interval
from embdrift.metrics.jaccard import jaccard, jaccard_at
from embdrift.metrics.nulls import (
    hubness_null,
    jaccard_null,
    lost_beyond_depth_null,
    overlap_null,
    r_nx_null,
    rank_displacement_null,
    rbo_null,
    top1_flip_null,
)
from embdrift.metrics.overlap import overlap, overlap_at, overlap_curve
from embdrift.metrics.procrustes import aligned_self_displacement, fit_procrustes
from embdrift.metrics.quality import Quality, judged_quality
from embdrift.metrics.r_nx import chance_corrected, r_nx, r_nx_area, r_nx_at, r_nx_curve
from embdrift.metrics.rbo import rbo, rbo_at
from embdrift.metrics.self_displacement import self_displacement, self_displacement_null
from embdrift.metrics.ties import boundary_ties, unresolved
from embdrift.metrics.top1_flip import top1_flip, top1_flip_at

__all__ = [
    "Agreement",
    "Displacement",
    "Interval",
    "Quality",
    "agreement",
    "aligned_self_displacement",
    "boundary_ties",
    "chance_corrected",
    "displacement",
    "fit_procrustes",
    "hubness",
    "hubness_null",
    "jaccard",
    "jaccard_at",
    "jaccard_null",
    "judged_quality",
    "k_occurrence",
    "linear_cka_debiased",
    "lost_beyond_depth",
    "lost_beyond_depth_null",
    "mean_interval",
    "new_ranks",
    "overlap",
    "overlap_at",
    "overlap_curve",
    "overlap_null",
    "r_nx",
    "r_nx_area",
    "r_nx_at",
    "r_nx_curve",
    "r_nx_null",
    "rank_displacement",
    "rank_displacement_null",
    "rbo",
    "rbo_at",
    "rbo_null",
    "self_displacement",
    "self_displacement_null",
    "top1_flip",
    "top1_flip_at",
    "top1_flip_null",
    "unresolved",
]
