"""Exact search on this machine against other systems: same data, same k, interleaved in one run, each one checked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.bench.memory import PeakMemory
from embdrift.bench.systems import PEERS, Found, System, ours
from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.types import Floats

OURS = "embdrift"
_CHECKED_ROWS = 200
# What float32 systems may lose at the k-th score and still agree.
_TOLERANCE = 1e-5
_WARM_ROWS = 5000


@dataclass(frozen=True)
class Measurement:
    """One system at one size.

    Args:
        system: its name
        n: vectors
        d: dimension
        k: neighbours wanted
        seconds: median time
        seconds_all: every time
        gflops: 2 n² d by the median time, in thousand millions a second, whatever the system in fact multiplies
        times_ours: its time as a multiple of ours
        peak_bytes: memory that it added at most; None where the system does not tell
        certified_rows: rows that it proved
        agrees_with_float64: share of checked rows whose neighbours all reach the k-th float64 score, but for rounding
    """

    system: str
    n: int
    d: int
    k: int
    seconds: float
    seconds_all: list[float]
    gflops: float
    times_ours: float
    peak_bytes: int | None
    certified_rows: int
    agrees_with_float64: float


def measure(
    vectors: torch.Tensor, k: int, *, peers: Sequence[str], repeat: int, progress: Progress | None = None
) -> list[Measurement]:
    """Measure ours and some peers, ours first.

    Args:
        vectors: unit vectors, float32, shape (n, d)
        k: neighbours of every item
        peers: names from `PEERS`
        repeat: times that each is measured, after a run on few rows that is not
        progress: told of finished runs
    Raises:
        InputError: when a peer is unknown or not installed, or the sizes do not fit
    """
    n, d = vectors.shape
    unknown = [peer for peer in peers if peer not in PEERS]
    if unknown:
        raise InputError(f"peers must be among {', '.join(PEERS)}, got {unknown[0]}")
    if not 1 <= k < n or repeat < 1:
        raise InputError(f"k must lie between 1 and {n - 1} and repeat be at least 1, got k={k} and repeat={repeat}")
    systems: dict[str, System] = {OURS: ours} | {peer: PEERS[peer] for peer in peers}
    progress = progress or Silent()
    progress.start(f"benchmark, {n:,} x {d:,}, k = {k}", repeat * len(systems))
    for system in systems.values():
        # Compiling and loading are not what is measured.
        system(vectors[:_WARM_ROWS], min(k, min(n, _WARM_ROWS) - 1))
    runs: dict[str, list[_Run]] = {name: [] for name in systems}
    for _ in range(repeat):
        for name, system in systems.items():
            runs[name].append(_run(system, vectors, k))
            progress.advance(1)
    progress.finish()
    base = float(np.median([run.seconds for run in runs[OURS]]))
    return [_measured(name, vectors, k, runs[name], base) for name in systems]


CEILINGS = ("float32", "bfloat16", "int8")
"""Number formats whose products are measured beside the systems."""


_CEILING_ROWS = 2048


def matmul_gflops(d: int, dtype: torch.dtype) -> float:
    """The rate of torch's own matrix product here, the ceiling of any search: thousand millions a second."""
    left, right = torch.ones(_CEILING_ROWS, d, dtype=dtype), torch.ones(_CEILING_ROWS, d, dtype=dtype)
    whole = dtype == torch.int8
    multiply = torch._int_mm if whole else torch.mm
    # Memory that is new each time would cost more than the product.
    result = torch.empty((_CEILING_ROWS, _CEILING_ROWS), dtype=torch.int32 if whole else dtype)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        multiply(left, right.T, out=result)
        times.append(time.perf_counter() - start)
    return 2 * _CEILING_ROWS**2 * d / min(times) / 1e9


@dataclass(frozen=True, eq=False)
class _Run:
    seconds: float
    peak_bytes: int | None
    found: Found


def _run(system: System, vectors: torch.Tensor, k: int) -> _Run:
    with PeakMemory() as memory:
        start = time.perf_counter()
        found = system(vectors, k)
        seconds = time.perf_counter() - start
    return _Run(seconds, memory.peak_bytes, found)


def _measured(name: str, vectors: torch.Tensor, k: int, runs: list[_Run], base: float) -> Measurement:
    n, d = vectors.shape
    times = [run.seconds for run in runs]
    seconds = float(np.median(times))
    peaks = [run.peak_bytes for run in runs if run.peak_bytes is not None]
    certificate = runs[-1].found.certificate
    return Measurement(
        system=name,
        n=n,
        d=d,
        k=k,
        seconds=seconds,
        seconds_all=times,
        gflops=2 * n * n * d / seconds / 1e9,
        times_ours=seconds / base,
        peak_bytes=max(peaks, default=None),
        certified_rows=certificate.rows if certificate else 0,
        agrees_with_float64=agreement(vectors, k, runs[-1].found),
    )


def agreement(vectors: torch.Tensor, k: int, found: Found) -> float:
    """Share of sampled rows whose k neighbours are distinct others that reach the k-th best float64 cosine."""
    n = len(vectors)
    rows = np.sort(np.random.default_rng(0).choice(n, min(n, _CHECKED_ROWS), replace=False))
    wide = vectors.double().numpy()
    scores: Floats = wide[rows] @ wide.T
    scores[np.arange(len(rows)), rows] = -np.inf
    kth = np.partition(scores, n - k, axis=1)[:, n - k]
    chosen = found.others(rows, k)
    reached = np.take_along_axis(scores, chosen, axis=1).min(axis=1) >= kth - _TOLERANCE
    distinct = (np.diff(np.sort(chosen, axis=1), axis=1) > 0).all(axis=1)
    return float((reached & distinct).mean())
