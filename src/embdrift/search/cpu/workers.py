"""Positions in parts that fit.

Threads that run jobs side by side, each with products of its own on one core.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import torch

from embdrift.types import Positions

_NUMBERS = 2**21


def cut(values: Positions, size: int) -> list[Positions]:
    """Values in parts of at most so many."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def rows_at_once(dimensions: int, most: int) -> int:
    """How many corpus rows are made in float64 at a time: 16 MiB of numbers, at least 64 rows, and at most so many."""
    return min(most, max(64, _NUMBERS // dimensions))


Job = Callable[[], None]


class Workers:
    """As many threads as torch may use; within them torch multiplies on one thread.

    Jobs on cores of their own neither wait for each other nor wake each other up, which parallel loops do at each
    beginning and end.
    """

    def __init__(self) -> None:
        self.count = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="embdrift-search")

    def __enter__(self) -> Self:
        ready = threading.Barrier(self.count)
        try:
            for started in [self._pool.submit(_alone, ready) for _ in range(self.count)]:
                started.result()
        finally:
            # Each thread keeps its own setting; that of threads yet to come is shared.
            torch.set_num_threads(self.count)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def run(self, jobs: Sequence[Job]) -> None:
        """Run jobs, in about this order; the first failure is raised and stops those not begun."""
        self.start(jobs).wait()

    def start(self, jobs: Sequence[Job]) -> "Running":
        """Begin with jobs, in about this order, after those begun before."""
        return Running([self._pool.submit(job) for job in jobs])


@dataclass(frozen=True)
class Running:
    """Jobs that were begun.

    Args:
        jobs: what becomes of each
    """

    jobs: list[Future[None]]

    def wait(self) -> None:
        """Until all are done; the first failure is raised and stops those not begun."""
        try:
            for one in self.jobs:
                one.result()
        finally:
            for one in self.jobs:
                one.cancel()


def _alone(ready: threading.Barrier) -> None:
    # No thread may take a second of these before every thread has its first.
    ready.wait()
    # A thread takes over the shared setting when it is first asked, which must not come after its own.
    torch.get_num_threads()
    torch.set_num_threads(1)
