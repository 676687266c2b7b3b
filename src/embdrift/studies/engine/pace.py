"""How fast this machine searches, measured on made-up vectors, so that larger searches can be foretold."""

import time
from dataclasses import dataclass

from embdrift.data.synthetic import clustered
from embdrift.search import exact_search
from embdrift.types import Similarity

# A search that takes so many seconds says enough about a larger one.
_ENOUGH = 1.0
_LEAST, _FIRST = 512, 2**14
# A search of so many rows compiles what larger ones need.
_WARM = 5000


@dataclass(frozen=True)
class Pace:
    """What an exact search takes: so much for each row that searches, and so much for each product.

    Args:
        per_row: seconds
        per_product: seconds for a query and a corpus item
    """

    per_row: float
    per_product: float

    def seconds(self, queries: int, n: int, *, itself: bool) -> float:
        """The time of one search; a corpus that searches itself multiplies each pair once.

        Args:
            queries: rows that search
            n: corpus items
            itself: whether the corpus searches itself, and all of it
        """
        return self.per_row * queries + self.per_product * queries * n / (2 if itself else 1)


def measure_pace(n: int, d: int, k: int, *, metric: Similarity, device: str) -> Pace:
    """Time searches of made-up corpora, each twice as large as the last, until one takes long enough to say enough.

    Args:
        n: the largest corpus that is asked about
        d: dimension
        k: neighbours
        metric: how vectors are compared
        device: as for `exact_search`
    """
    most = max(n, _LEAST)
    size = min(most, _FIRST)
    _timed(min(size, _WARM), d, k, metric, device)
    times = {half: _timed(half, d, k, metric, device) for half in (size // 2, size)}
    while times[size] < _ENOUGH and 2 * size <= most:
        size *= 2
        times[size] = _timed(size, d, k, metric, device)
    small, large = times[size // 2] / (size // 2), times[size] / size
    # Seconds a row are a constant and half a product for each row of the corpus.
    per_product = max(0.0, 2 * (large - small) / (size - size // 2))
    return Pace(max(0.0, large - per_product * size / 2), per_product)


def _timed(n: int, d: int, k: int, metric: Similarity, device: str) -> float:
    vectors = clustered(n, d, seed=0)
    start = time.perf_counter()
    exact_search(vectors, min(k, n - 1), similarity=metric, device=device)
    return time.perf_counter() - start
