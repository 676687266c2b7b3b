"""What a study would take: time from a short measurement of this machine, memory and disk from sizes."""

import time
from dataclasses import dataclass

import torch

from embdrift.search import choose_device
from embdrift.search.prepared import RESIDENT_BYTES
from embdrift.studies.floor import ROUNDING_ROWS
from embdrift.studies.inputs import LEAST_DEPTH, Version
from embdrift.studies.study import StudyInput

_SIDE = 2048
# A search selects, scores again and writes besides multiplying: about as long again at these sizes.
_OVERHEAD = 2.0


@dataclass(frozen=True)
class Step:
    """One neighbour table that a study needs: who searches what, and the multiplications it takes."""

    label: str
    queries: int
    n: int
    d: int
    depth: int

    @property
    def flop(self) -> float:
        """Floating-point operations of its matrix products."""
        return 2.0 * self.queries * self.n * self.d

    @property
    def disk_bytes(self) -> int:
        """Size of its table on disk."""
        return self.queries * self.depth * (4 + 8)


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
    largest = max(step.n * step.d * 4 for step in steps)
    rows = max(step.queries for step in steps)
    device = choose_device(given.common.device)
    return Estimate(
        steps=steps,
        seconds=_OVERHEAD * sum(step.flop for step in steps) / _flop_per_second(device),
        memory_bytes=min(largest, RESIDENT_BYTES) + 2**28 + rows * 8 * 24,
        disk_bytes=sum(step.disk_bytes for step in steps),
        device=str(device),
    )


def _steps(given: StudyInput, version: Version, query_sample: int | None) -> list[Step]:
    corpus = version.corpus.vectors
    sample = query_sample or corpus.n
    depth = min(max(3 * given.common.k, LEAST_DEPTH), corpus.n - 1)
    steps = [Step(f"{version.name}, items", min(sample, corpus.n), corpus.n, corpus.d, depth)]
    if version.queries is not None:
        steps.append(Step(f"{version.name}, queries", version.queries.vectors.n, corpus.n, corpus.d, depth))
    noise = min(ROUNDING_ROWS, corpus.n)
    return [*steps, Step(f"{version.name}, noise", noise, corpus.n, corpus.d, depth)]


def _flop_per_second(device: torch.device) -> float:
    left = torch.ones(_SIDE, _SIDE, device=device)
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        float((left @ left)[0, 0])  # reading a value waits for the device
        best = max(best, 2.0 * _SIDE**3 / (time.perf_counter() - start))
    return best


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
