"""How similarities and lengths of all versions are distributed, in common bins, for figures."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from embdrift.studies.drift.scopes import Scope
from embdrift.types import Floats

BINS = 40
COLUMNS = ["scope", "version", "quantity", "low", "high", "items", "share"]
NARROW = 0.01
"""The least width of a figure, as a share of the values drawn, so that rounding noise looks small."""


def distribution_frame(scopes: Iterable[Scope]) -> pd.DataFrame:
    """Histograms of every version in bins of equal width from the least to the greatest value of all versions.

    * `top1_similarity`: cosine to the nearest other item, or to the best item
    * `norm`: length of the vectors
    """
    rows = [row for scope in scopes for row in _rows(scope)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(scope: Scope) -> Iterator[tuple[str | float, ...]]:
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
    spare = max((high - low) / (2 * BINS), NARROW * max(abs(low), abs(high)) / 2, 1e-12)
    return np.linspace(low - spare, high + spare, BINS + 1)
