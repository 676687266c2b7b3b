"""Estimate of a study: time from a short measurement of this machine, memory and disk from sizes."""

import time
from dataclasses import dataclass

import numpy as np

from embdrift.data.synthetic import clustered
from embdrift.search import choose_device, exact_search
from embdrift.search.cpu.narrow.search import WORKING_BYTES
from embdrift.search.cpu.narrow.tile import row_bytes
from embdrift.studies.engine.floor import ROUNDING_ROWS
from embdrift.studies.engine.study import StudyInput, Version, search_depth
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
    search_seconds(min(size, _WARM), d, k, metric, device)
    times = {half: search_seconds(half, d, k, metric, device) for half in (size // 2, size)}
    while times[size] < _ENOUGH and 2 * size <= most:
        size *= 2
        times[size] = search_seconds(size, d, k, metric, device)
    small, large = times[size // 2] / (size // 2), times[size] / size
    # Seconds a row are a constant and half a product for each row of the corpus.
    per_product = max(0.0, 2 * (large - small) / (size - size // 2))
    return Pace(max(0.0, large - per_product * size / 2), per_product)


def search_seconds(n: int, d: int, k: int, metric: Similarity, device: str) -> float:
    """Time of one search of a made-up corpus, in seconds."""
    vectors = clustered(n, d, seed=0)
    start = time.perf_counter()
    exact_search(vectors, min(k, n - 1), similarity=metric, device=device)
    return time.perf_counter() - start


# Tiles, blocks of vectors, and what the measures of a study hold of each query.
_TILES, _MEASURES = 2**28, 24 * 8


@dataclass(frozen=True)
class Step:
    """One neighbour table that a study needs.

    Args:
        label: what it is of
        queries: rows that search
        n: corpus items
        d: dimension
        depth: neighbours
        metric: how vectors are compared
        itself: whether all of the corpus searches itself
    """

    label: str
    queries: int
    n: int
    d: int
    depth: int
    metric: Similarity
    itself: bool = False

    @property
    def disk_bytes(self) -> int:
        """Size of its table on disk."""
        return self.queries * self.depth * (4 + 8)

    @property
    def memory_bytes(self) -> int:
        """Memory that its search and its measures take."""
        working = self.n * self.d + self.queries * row_bytes(self.depth, np.int32)
        return min(working, WORKING_BYTES) + _TILES + self.queries * _MEASURES


@dataclass(frozen=True)
class Estimate:
    """What a study would take if no table of it were kept yet.

    Args:
        steps: the tables it needs
        seconds: time
        memory_bytes: peak memory beyond the vectors
        disk_bytes: room in the cache
        device: where it would search
    """

    steps: tuple[Step, ...]
    seconds: float
    memory_bytes: int
    disk_bytes: int
    device: str

    def text(self) -> str:
        """The estimate for people."""
        lines = [f"would search on {self.device}, unless the cache has the tables already:"]
        lines += [f"  {one.label}: {one.queries:,} x {one.n:,} x {one.d}, {one.depth} deep" for one in self.steps]
        lines.append(
            f"would take about {_duration(self.seconds)}, {_size(self.memory_bytes)} of memory and"
            f" {_size(self.disk_bytes)} of disk"
        )
        return "\n".join(lines)


def estimate(given: StudyInput, *, query_sample: int | None = None) -> Estimate:
    """Estimate the exact neighbour tables of a study on this machine, after a short measurement.

    Args:
        given: what is to be studied
        query_sample: sampled rows that search, where not all do
    """
    steps = tuple(step for version in given.versions for step in _steps(given, version, query_sample))
    device = choose_device(given.common.device)
    paces: dict[tuple[int, Similarity], Pace] = {}
    seconds = 0.0
    for step in steps:
        kind = step.d, step.metric
        if kind not in paces:
            most = max(other.n for other in steps if (other.d, other.metric) == kind)
            paces[kind] = measure_pace(most, step.d, step.depth, metric=step.metric, device=str(device))
        seconds += paces[kind].seconds(step.queries, step.n, itself=step.itself)
    return Estimate(
        steps=steps,
        seconds=seconds,
        memory_bytes=max(step.memory_bytes for step in steps),
        disk_bytes=sum(step.disk_bytes for step in steps),
        device=str(device),
    )


def _steps(given: StudyInput, version: Version, query_sample: int | None) -> list[Step]:
    corpus = version.corpus
    depth = min(search_depth(given.common.k), corpus.n - 1)

    def step(what: str, queries: int, *, itself: bool = False) -> Step:
        return Step(f"{version.name}, {what}", queries, corpus.n, corpus.d, depth, corpus.similarity, itself)

    sampled = min(query_sample or corpus.n, corpus.n)
    steps = [step("items", sampled, itself=sampled == corpus.n)]
    if version.queries is not None:
        steps.append(step("queries", version.queries.n))
    return [*steps, step("noise", min(ROUNDING_ROWS, corpus.n))]


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
