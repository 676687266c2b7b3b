"""Vector set against vector set: what distribution and geometry say, with nothing but vectors in hand."""

from embdrift.metrics.drift.domain import Domain, domain_classifier
from embdrift.metrics.drift.histogram import (
    bin_counts,
    expected_kl,
    js_divergence,
    kl_divergence,
    population_stability_index,
    reference_edges,
    smoothed_shares,
)
from embdrift.metrics.drift.mmd import Mmd, mmd
from embdrift.metrics.drift.moments import Moments, anisotropy, direction_moments, effective_rank, mean_cosine
from embdrift.metrics.drift.per_dimension import DimensionDistances, dimension_distances
from embdrift.metrics.drift.permutation import permutation_p
from embdrift.metrics.drift.quantiles import quantile_interval
from embdrift.metrics.drift.reading import Rows, constant_rows, row_norms

__all__ = [
    "DimensionDistances",
    "Domain",
    "Mmd",
    "Moments",
    "Rows",
    "anisotropy",
    "bin_counts",
    "constant_rows",
    "dimension_distances",
    "direction_moments",
    "domain_classifier",
    "effective_rank",
    "expected_kl",
    "js_divergence",
    "kl_divergence",
    "mean_cosine",
    "mmd",
    "permutation_p",
    "population_stability_index",
    "quantile_interval",
    "reference_edges",
    "row_norms",
    "smoothed_shares",
]
