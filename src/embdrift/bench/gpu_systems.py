"""Systems that are measured on one device, with their vectors, their ground truth and a clock that waits for it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import torch

from embdrift.bench.exact import OURS, Measurement
from embdrift.search import Certificate, certified_search, search_task
from embdrift.types import Neighbors

Search = Callable[[int, int], torch.Tensor]
"""Positions of the k nearest other rows of the rows `begin` to `end`, shape (end - begin, k)."""

_SCORES_AT_ONCE = 2**30
_CHECKED_ROWS = 48
_NOISE_ROWS = 2**17
# A peer that would take longer than this is measured on fewer queries, and its record says so.
_WHOLE_SECONDS, _PART_SECONDS = 25.0, 10.0
_LEAST_QUERIES = 8192


def make_vectors(n: int, d: int, device: torch.device) -> torch.Tensor:
    """Unit vectors made on the device, shape (n, d): uneven clusters and dimensions, two of them strong, 2 % copies."""
    generator = torch.Generator(device).manual_seed(7)
    spectrum = torch.arange(1, d + 1, device=device).pow(-0.35)
    spectrum[[3 % d, 11 % d]] *= 4
    centers = torch.randn(max(50, n // 200), d, generator=generator, device=device) * spectrum
    which = (torch.rand(n, generator=generator, device=device).pow(1.5) * len(centers)).long()
    vectors = torch.empty(n, d, device=device)
    for begin in range(0, n, _NOISE_ROWS):
        part = slice(begin, min(begin + _NOISE_ROWS, n))
        noise = torch.randn(part.stop - begin, d, generator=generator, device=device) * spectrum
        vectors[part] = centers[which[part]] + 0.8 * noise + 0.3 * spectrum
    vectors[n - n // 50 :] = vectors[: n // 50]
    return torch.nn.functional.normalize(vectors, dim=1)


@dataclass(frozen=True, eq=False)
class Truth:
    """Float64 scores of sampled rows.

    Args:
        rows: shape (r,)
        scores: shape (r, n), minus infinity for the row itself
        best: shape (r, k), the k highest, descending
    """

    rows: torch.Tensor
    scores: torch.Tensor
    best: torch.Tensor

    def agreement(self, found: torch.Tensor) -> float:
        """Share of the sampled rows whose found positions, shape (r, k), have the k best scores within 1e-12."""
        scores = self.scores.gather(1, found.to(self.scores.device).long()).sort(dim=1, descending=True).values
        return float(((scores - self.best).abs() < 1e-12).all(dim=1).double().mean())


def float64_truth(vectors: torch.Tensor, k: int) -> Truth:
    """The float64 cosines of sampled rows with all rows."""
    rows = torch.linspace(0, len(vectors) - 1, _CHECKED_ROWS, device=vectors.device).long()
    parts = torch.split(vectors, _NOISE_ROWS)
    scores = torch.cat([vectors[rows].double() @ part.double().T for part in parts], dim=1)
    norms = torch.cat([part.double().norm(dim=1) for part in parts])
    scores /= norms[rows][:, None] * norms
    scores[torch.arange(len(rows), device=vectors.device), rows] = -torch.inf
    return Truth(rows, scores, scores.topk(k, dim=1).values)


def timed(function: Callable[[], object], *, repeat: int = 3, warm: int = 1) -> list[float]:
    """Seconds of each run, the device idle before and after."""
    seconds = []
    for number in range(warm + repeat):
        _finish()
        begin = time.perf_counter()
        function()
        _finish()
        if number >= warm:
            seconds.append(time.perf_counter() - begin)
    return seconds


def _finish() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def free_memory() -> None:
    """Return cached memory to the device, and begin to watch its peak."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


@dataclass(frozen=True, eq=False)
class TimedSearch:
    """Our search, timed: each run's seconds, and the last one's table and certificate."""

    seconds: list[float]
    table: Neighbors
    certificate: Certificate


def time_ours(vectors: torch.Tensor, k: int, **options: Any) -> TimedSearch:
    """Time our search of vectors that lie on the device already; it ends with the table on the host."""
    task = search_task(vectors, k)
    kept: list[tuple[Neighbors, Certificate]] = []

    def run() -> None:
        # One result at a time: two may not fit, and new memory takes longer than memory that is there.
        kept.clear()
        kept.append(certified_search(task, device=str(vectors.device), **options))

    seconds = timed(run)
    return TimedSearch(seconds, *kept[0])


def measure_ours(vectors: torch.Tensor, k: int, truth: Truth) -> dict[str, Any]:
    """Our search as a record: a `Measurement` with its certificate."""
    free_memory()
    found = time_ours(vectors, k)
    positions = torch.from_numpy(found.table.positions)[truth.rows.cpu()]
    median = statistics.median(found.seconds)
    measured = _measurement(OURS, vectors, k, found.seconds, ours=median, agrees=truth.agreement(positions))
    return measured | {"certified_rows": found.certificate.rows, "certificate": vars(found.certificate)}


def _measurement(  # noqa: PLR0917 (what every caller has, in one order)
    system: str, vectors: torch.Tensor, k: int, seconds: list[float], ours: float, agrees: float
) -> dict[str, Any]:
    n, d = vectors.shape
    median = statistics.median(seconds)
    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
    rate = 2 * n * n * d / median / 1e9
    return asdict(Measurement(system, n, d, k, median, seconds, rate, median / ours, peak, 0, agrees))


def peers() -> dict[str, Callable[[torch.Tensor, int], Search]]:
    """Other systems by name: matrix products and `topk` in three formats, and faiss where it is installed."""
    formats = ("float32", "float16", "bfloat16")
    found = {f"torch {name}": _torch_search(getattr(torch, name)) for name in formats}
    if find_spec("faiss") is not None:
        found |= {f"faiss {name}": _faiss_search(name) for name in formats}
    return found


def _torch_search(dtype: torch.dtype) -> Callable[[torch.Tensor, int], Search]:
    def make(vectors: torch.Tensor, k: int) -> Search:
        torch.backends.cuda.matmul.allow_tf32 = False
        corpus = vectors.to(dtype)

        def run(begin: int, end: int) -> torch.Tensor:
            step = max(1, _SCORES_AT_ONCE // len(corpus))
            parts = []
            for at in range(begin, end, step):
                rows = corpus[at : min(at + step, end)]
                scores = rows @ corpus.T
                own = torch.arange(len(rows), device=vectors.device)
                scores[own, own + at] = -torch.inf
                parts.append(scores.topk(k, dim=1).indices)
            return torch.cat(parts)

        return run

    return make


def _faiss_search(name: str) -> Callable[[torch.Tensor, int], Search]:
    def make(vectors: torch.Tensor, k: int) -> Search:
        from embdrift.index.faiss_module import load_faiss

        faiss = load_faiss()
        __import__("faiss.contrib.torch_utils")
        resources = faiss.StandardGpuResources()
        corpus = vectors.to(getattr(torch, name))

        def run(begin: int, end: int) -> torch.Tensor:
            _, ids = faiss.knn_gpu(resources, corpus[begin:end], corpus, k + 1, metric=faiss.METRIC_INNER_PRODUCT)
            # faiss finds each row itself too; where copies crowd it out, the last one goes instead.
            own = torch.arange(begin, end, device=vectors.device)[:, None]
            others = ids.to(vectors.device) != own
            others[others.all(dim=1), -1] = False
            kept: torch.Tensor = ids.to(vectors.device)[others].reshape(end - begin, k)
            return kept

        return run

    return make


_REFUSALS = (RuntimeError, TypeError, ValueError, AssertionError, AttributeError, ImportError)
"""What a peer raises where it does not support the device, the format or the size."""


def measure_peer(name: str, vectors: torch.Tensor, k: int, truth: Truth, *, ours: float) -> dict[str, Any]:
    """A peer as a record, or why it failed; on fewer queries, scaled up, where all would take too long."""
    n, d = vectors.shape
    free_memory()
    try:
        run = peers()[name](vectors, k)
        run(0, min(n, 4096))
        probed = min(n, _LEAST_QUERIES)
        whole = timed(lambda: run(0, probed), repeat=1, warm=0)[0] * n / probed
        queries = n if whole < _WHOLE_SECONDS else max(probed, int(n * _PART_SECONDS / whole))
        repeat = 3 if whole < _PART_SECONDS or queries < n else 1
        seconds = [each * n / queries for each in timed(lambda: run(0, queries), repeat=repeat, warm=0)]
        found = torch.cat([run(row, row + 1) for row in truth.rows.tolist()])
        measured = _measurement(name, vectors, k, seconds, ours, truth.agreement(found))
    except _REFUSALS as error:
        return {"system": name, "n": n, "d": d, "k": k, "error": f"{type(error).__name__}: {error}"[:500]}
    return measured | {"queries_measured": queries}
