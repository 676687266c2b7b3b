"""Histograms of similarities and lengths: in fixed bins for monitoring, and in common bins for plots."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from embdrift.studies.drift.vectors import ComparedVectors, VersionVectors
from embdrift.studies.engine.study import QuerySet
from embdrift.types import Floats

# Monitoring compares runs: bins that followed each run's reference would never be the same twice.
SIMILARITY_BOUNDS = (
    0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1, np.inf,
)  # fmt: skip
NORM_BOUNDS = (0, 0.1, 0.25, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01, 1.02, 1.05, 1.1, 1.25, 2, 4, 10, np.inf)
COLUMNS = ["scope", "version", "quantity", "low", "high", "items", "sum"]
PLOT_BINS = 40
PLOT_COLUMNS = ["scope", "version", "quantity", "low", "high", "items", "share"]
LEAST_WIDTH = 0.01
"""The least width of a plot, relative to the values drawn, so that rounding noise looks small."""


def histogram_table(scopes: Iterable[ComparedVectors]) -> pd.DataFrame:
    """Histograms of every version in every scope; the columns are `COLUMNS`.

    * `top1_similarity`: cosine to the nearest other item, or to the best item; without what has none
    * `norm_ratio`: length over the reference's median length in that scope; without rows where that median is 0

    A bin holds what lies above `low`, up to and including `high`; the outer bins are open. `sum` adds its values up.
    """
    rows = [row for scope in scopes for side in scope.sides for row in _rows(scope, side)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(scope: ComparedVectors, side: VersionVectors) -> Iterator[tuple[str | float, ...]]:
    if side.top1 is not None:
        # a cosine of duplicates may exceed 1 by a rounding
        yield from _bins(scope.name, side.name, "top1_similarity", np.minimum(side.top1, 1), SIMILARITY_BOUNDS)
    median = float(np.median(scope.reference.norms)) if scope.reference.m else 0.0
    if median > 0:
        yield from _bins(scope.name, side.name, "norm_ratio", side.norms / median, NORM_BOUNDS)


def _bins(
    scope: QuerySet, version: str, quantity: str, values: Floats, bounds: tuple[float, ...]
) -> Iterator[tuple[str | float, ...]]:
    known = values[~np.isnan(values)]
    places = np.searchsorted(np.array(bounds), known)
    counts = np.bincount(places, minlength=len(bounds))
    sums = np.bincount(places, weights=known, minlength=len(bounds))
    for low, high, count, total in zip((-np.inf, *bounds), bounds, counts, sums, strict=False):
        yield scope, version, quantity, low, high, int(count), float(total)


def distribution_frame(scopes: Iterable[ComparedVectors]) -> pd.DataFrame:
    """Histograms of every version in bins of equal width from the least to the greatest value of all versions.

    * `top1_similarity`: cosine to the nearest other item, or to the best item
    * `norm`: length of the vectors
    """
    rows = [row for scope in scopes for row in _plot_rows(scope)]
    return pd.DataFrame(rows, columns=PLOT_COLUMNS)


def _plot_rows(scope: ComparedVectors) -> Iterator[tuple[str | float, ...]]:
    similarities = {side.name: side.top1[~np.isnan(side.top1)] for side in scope.sides if side.top1 is not None}
    norms = {side.name: side.norms for side in scope.sides}
    for quantity, values in (("top1_similarity", similarities), ("norm", norms)):
        edges = _edges([one for one in values.values() if len(one)])
        for name, one in values.items() if len(edges) else ():
            counts, _ = np.histogram(one, edges)
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
                yield scope.name, name, quantity, low, high, int(count), count / max(len(one), 1)


def _edges(values: list[Floats]) -> Floats:
    """Common edges, with half a bin to spare on either side; none where there are no values."""
    if not values:
        return np.empty(0)
    low, high = min(float(one.min()) for one in values), max(float(one.max()) for one in values)
    spare = max((high - low) / (2 * PLOT_BINS), LEAST_WIDTH * max(abs(low), abs(high)) / 2, 1e-12)
    return np.linspace(low - spare, high + spare, PLOT_BINS + 1)
