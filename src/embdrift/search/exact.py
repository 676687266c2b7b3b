"""Exact neighbours of whole corpora: proven equal to exhaustive search in float64, order included."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch

from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.search.cpu import search_block_cpu
from embdrift.search.device import DeviceSearch
from embdrift.search.prepared import prepare
from embdrift.search.ranking import concatenate
from embdrift.search.task import SearchTask, search_task
from embdrift.types import Metric, Neighbors, Positions

BLOCK_QUERIES = 2048


def exact_search(
    corpus: torch.Tensor,
    k: int,
    *,
    queries: torch.Tensor | None = None,
    rows: Positions | None = None,
    own: Positions | None = None,
    metric: Metric = Metric.cosine,
    left_out: Positions | None = None,
    device: str = "auto",
    block_queries: int = BLOCK_QUERIES,
    progress: Progress | None = None,
) -> Neighbors:
    """Find the k nearest corpus items of every query, exactly.

    Scores are float64 sums in a fixed order; neighbours are ordered by score, then by corpus position. The answer has
    the same bytes for every block size, number of threads and device (vectors of float32 and narrower).

    Args:
        corpus: shape (n, d), float32, float16, bfloat16, float64, int8 or uint8; may be memory-mapped
        k: neighbours per query, 1 <= k <= what a query can find
        queries: shape (m, d); None lets the corpus search itself, each item leaving itself out
        rows: shape (q,), which rows of the queries search; None for all
        own: shape (q,), the corpus position that each query must not find, or -1; None for the item itself where the
            corpus searches itself, and for nothing to leave out otherwise
        metric: how vectors are compared; L2 scores are minus the squared distance
        left_out: corpus positions that nobody may find
        device: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU where there is one
        block_queries: queries searched at a time; changes memory, not results
        progress: told of finished queries
    Returns:
        the neighbours, one row per query
    Raises:
        InputError: when arguments do not fit, or a vector holds NaN, infinity, or is zero under cosine

    Example:
        >>> corpus = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
        >>> exact_search(corpus, 2).positions.tolist()
        [[1, 2], [2, 0], [1, 0]]
    """
    task = search_task(corpus, k, queries=queries, rows=rows, own=own, metric=metric, left_out=left_out)
    progress = progress or Silent()
    progress.start("exact search", len(task.rows))
    parts = []
    for part in exact_blocks(task, device=device, block_queries=block_queries):
        parts.append(part)
        progress.advance(part.q)
    progress.finish()
    return concatenate(parts)


def exact_blocks(
    task: SearchTask, *, device: str = "auto", start: int = 0, block_queries: int = BLOCK_QUERIES
) -> Iterator[Neighbors]:
    """The neighbours of queries `start` and after, a block at a time: what a checkpoint stores.

    Raises:
        InputError: as `exact_search`, before the first block
    """
    if block_queries < 1:
        raise InputError(f"block_queries must be at least 1, got {block_queries}")
    chosen = choose_device(device)
    prepared = prepare(task)
    on_gpu = chosen.type == "cuda"
    search = DeviceSearch(prepared, chosen).search_block if on_gpu else partial(search_block_cpu, prepared)
    # An empty table is one empty block, so that it has a shape.
    for begin in range(start, max(len(task.rows), start + 1), block_queries):
        with _full_float32():
            part = search(begin, min(begin + block_queries, len(task.rows)))
        yield part


def choose_device(device: str) -> torch.device:
    """The device that a name stands for.

    Raises:
        InputError: when there is no such device
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise InputError(f"device must be auto, cpu, cuda or cuda:N, got {device!r}") from error
    if chosen.type not in ("cpu", "cuda"):
        raise InputError(f"device must be auto, cpu, cuda or cuda:N, got {device!r}")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device {device} is not there: {torch.cuda.device_count()} CUDA devices found; set device=cpu"
        )
    return chosen


@contextmanager
def _full_float32() -> Iterator[None]:
    """The screen's error bound holds for float32 products, not for the shortcuts that torch may be set to."""
    # One backend at a time: torch.get_float32_matmul_precision fails where the caller has set only one of them.
    backends = (torch.backends.mkldnn.matmul, torch.backends.cuda.matmul)  # type: ignore[attr-defined]
    before = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = "ieee"
    try:
        yield
    finally:
        for backend, precision in zip(backends, before, strict=True):
            backend.fp32_precision = precision
