"""The corpus and the queries of one search as rounded rows: kept where there is room, else made again when needed."""

from functools import partial

import numpy as np

from embdrift.search.figures import NORM
from embdrift.search.low_rows import LowRows, MakeRows
from embdrift.search.prepared import Prepared
from embdrift.search.task import wide_rows
from embdrift.search.workers import Workers
from embdrift.types import Array, Floats, Positions, Similarity

# Rows rounded at a time.
_STEP = 4096
# Norms and scales beyond these leave no room for products in float32 and float64: such rows are screened otherwise.
_SMALLEST, _LARGEST = 2.0**-400, 2.0**400
_LONGEST_QUERY = 2.0**30


class LowCorpus:
    """What is searched, rounded.

    Args:
        prepared: what is searched
        make: rounds rows
        resident_bytes: room for rounded rows
        workers: who rounds them; None for nobody but the caller
    """

    def __init__(self, prepared: Prepared, make: MakeRows, resident_bytes: int, workers: Workers | None = None) -> None:
        self._prepared, self._make = prepared, make
        self._task = prepared.task
        self.n = len(prepared.skip)
        self._resident = self.n * rounded(prepared, make, slice(0, 1)).values.nbytes <= resident_bytes
        parts: list[LowRows | None] = [None] * -(-self.n // _STEP)

        def round_part(at: int) -> None:
            part = rounded(prepared, make, slice(at * _STEP, min((at + 1) * _STEP, self.n)))
            parts[at] = part if self._resident else part.without_values()

        jobs = [partial(round_part, at) for at in range(len(parts))]
        if workers is None:
            for job in jobs:
                job()
        else:
            workers.run(jobs)
        first, *others = [part for part in parts if part is not None]
        self._rows = first.joined(others)

    @property
    def norms(self) -> Floats:
        """The length of each row that is rounded, shape (n,)."""
        return np.asarray(self._rows.figures[NORM])

    @property
    def factor(self) -> float:
        """What a product of two corpus rows is for each unit of exact score."""
        scale = self._prepared.screen.scale
        return {Similarity.cosine: 1.0, Similarity.inner_product: scale**2, Similarity.l2: scale**2 / 2}[
            self._task.similarity
        ]

    def rows(self, chosen: slice | Positions) -> LowRows:
        """Some rows of the corpus; hidden ones are zero."""
        return self._rows.part(chosen) if self._resident else rounded(self._prepared, self._make, chosen)

    def queries(self, index: Positions, wide: Array) -> tuple[LowRows, Floats]:
        """Queries `index` of the task, and each one's factor: NaN for a query that this screen cannot hold."""
        norms = self._prepared.query_norms[index]
        scale, centre = self._prepared.screen.scale, self._prepared.screen.centre
        similarity = self._task.similarity
        sound = (norms > _SMALLEST) & (norms < _LARGEST)
        if similarity is Similarity.l2:
            sound = norms * scale < _LONGEST_QUERY
            multiply, factors = np.full(len(index), scale), np.full(len(index), self.factor)
        else:
            multiply = 1 / np.where(sound, norms, 1.0)
            factors = np.ones(len(index)) if similarity is Similarity.cosine else scale * multiply
        return self._make(wide, multiply, centre, ~sound, similarity), np.where(sound, factors, np.nan)


def rounded(prepared: Prepared, make: MakeRows, chosen: slice | Positions) -> LowRows:
    """Some rows of the corpus, rounded; hidden ones are zero."""
    norms, similarity = prepared.corpus_norms[chosen], prepared.task.similarity
    factors = 1 / norms if similarity is Similarity.cosine else np.full(len(norms), prepared.screen.scale)
    wide = wide_rows(prepared.task.corpus, chosen)
    return make(wide, factors, prepared.screen.centre, prepared.skip[chosen], similarity)


def fits_low_precision(prepared: Prepared) -> bool:
    """Whether the sizes of the corpus's numbers leave room for this screen."""
    return _SMALLEST < prepared.screen.scale < _LARGEST
