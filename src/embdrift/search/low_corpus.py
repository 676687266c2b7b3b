"""The corpus and the queries of one search as bfloat16 rows: kept where there is room, else made again when needed."""

from dataclasses import replace

import numpy as np

from embdrift.search.low_rows import LowRows, joined, low_rows
from embdrift.search.prepared import Prepared
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Metric, Positions

_STEP = 8192
# Norms and scales beyond these leave no room for products in float32 and float64: such rows are screened otherwise.
_SMALLEST, _LARGEST = 2.0**-400, 2.0**400
_LONGEST_QUERY = 2.0**30


class LowCorpus:
    """What is searched, rounded to bfloat16.

    Args:
        prepared: what is searched
        resident_bytes: room for rounded rows
    """

    def __init__(self, prepared: Prepared, resident_bytes: int) -> None:
        self._prepared = prepared
        self._task = prepared.task
        self.n = len(prepared.skip)
        width = self._task.corpus.shape[1] + 6
        parts = []
        for start in range(0, self.n, _STEP):
            part = self._made(slice(start, min(start + _STEP, self.n)))
            parts.append(part if self.n * width * 2 <= resident_bytes else replace(part, values=part.values[:0]))
        self._rows = joined(parts)
        self._resident = len(self._rows.values) == self.n

    @property
    def factor(self) -> float:
        """What a product of two corpus rows is for each unit of exact score."""
        scale = self._prepared.screen.scale
        return {Metric.cosine: 1.0, Metric.inner_product: scale**2, Metric.l2: scale**2 / 2}[self._task.metric]

    def rows(self, chosen: slice | Positions) -> LowRows:
        """Some rows of the corpus; hidden ones are zero."""
        return self._rows.part(chosen) if self._resident else self._made(chosen)

    def queries(self, index: Positions, wide: Array) -> tuple[LowRows, Floats]:
        """Queries `index` of the task, and each one's factor: NaN for a query that this screen cannot hold."""
        norms = self._prepared.query_norms[index]
        scale, centre = self._prepared.screen.scale, self._prepared.screen.centre
        metric = self._task.metric
        sound = (norms > _SMALLEST) & (norms < _LARGEST)
        if metric is Metric.l2:
            sound = norms * scale < _LONGEST_QUERY
            multiply, factors = np.full(len(index), scale), np.full(len(index), self.factor)
        else:
            multiply = 1 / np.where(sound, norms, 1.0)
            factors = np.ones(len(index)) if metric is Metric.cosine else scale * multiply
        return low_rows(wide, multiply, centre, ~sound, metric), np.where(sound, factors, np.nan)

    def _made(self, chosen: slice | Positions) -> LowRows:
        prepared = self._prepared
        norms = prepared.corpus_norms[chosen]
        factors = 1 / norms if self._task.metric is Metric.cosine else np.full(len(norms), prepared.screen.scale)
        wide = wide_rows(self._task.corpus, chosen)
        return low_rows(wide, factors, prepared.screen.centre, prepared.skip[chosen], self._task.metric)


def fits_bfloat16(prepared: Prepared) -> bool:
    """Whether the sizes of the corpus's numbers leave room for this screen."""
    return _SMALLEST < prepared.screen.scale < _LARGEST
