"""Exact neighbours of whole corpora: proven equal to exhaustive search in float64, order included."""

from collections.abc import Callable, Iterator

import torch

from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.search.assembly import collected
from embdrift.search.certificate import Certificate, Tally
from embdrift.search.task import Order, SearchTask, checked_seeds, search_task
from embdrift.types import Neighbors, Positions, Similarity

BLOCK_QUERIES = 2048
SCREENS = ("auto", "float32", "int8", "bfloat16")


def exact_search(
    corpus: torch.Tensor,
    k: int,
    *,
    queries: torch.Tensor | None = None,
    rows: Positions | None = None,
    own: Positions | None = None,
    similarity: Similarity = Similarity.cosine,
    left_out: Positions | None = None,
    device: str = "auto",
    block_queries: int = BLOCK_QUERIES,
    screen: str = "auto",
    seeds: Positions | None = None,
    progress: Progress | None = None,
) -> Neighbors:
    """Find the k nearest corpus items of every query, exactly.

    Scores are float64 sums in a fixed order; neighbours are ordered by score, then by corpus position. The answer has
    the same bytes for every block size, number of threads, device, screen and seeds (vectors of float32 and narrower).

    Args:
        corpus: shape (n, d), float32, float16, bfloat16, float64, int8 or uint8; may be memory-mapped
        k: neighbours per query, 1 <= k <= what a query can find
        queries: shape (m, d); None lets the corpus search itself, each item leaving itself out
        rows: shape (q,), which rows of the queries search; None for all
        own: shape (q,), the corpus position that each query must not find, or -1; None for the item itself where the
            corpus searches itself, and for nothing to leave out otherwise
        similarity: how vectors are compared; L2 scores are minus the squared distance
        left_out: corpus positions that nobody may find
        device: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU where there is one
        block_queries: queries searched at a time; changes memory, not results
        screen: number format of the first look on a CPU, "float32", "bfloat16", "int8", or "auto" for the fastest here
        seeds: shape (q, m), corpus positions (or -1) that are likely neighbours, such as the 2 k nearest of an earlier
            version, which spare a search the sample that it would learn thresholds from; they change nothing else, and
            serve no purpose where a corpus searches itself on a CPU
        progress: told of the pairs of a query and a corpus item that are done
    Returns:
        the neighbours, one row per query
    Raises:
        InputError: when arguments do not fit, or a vector holds NaN, infinity, or is zero under cosine

    Example:
        >>> corpus = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
        >>> exact_search(corpus, 2).positions.tolist()
        [[1, 2], [2, 0], [1, 0]]
    """
    task = search_task(corpus, k, queries=queries, rows=rows, own=own, similarity=similarity, left_out=left_out)
    found, _ = certified_search(
        task, device=device, block_queries=block_queries, screen=screen, seeds=seeds, progress=progress
    )
    return found


def certified_search(
    task: SearchTask,
    *,
    device: str = "auto",
    block_queries: int = BLOCK_QUERIES,
    screen: str = "auto",
    seeds: Positions | None = None,
    progress: Progress | None = None,
) -> tuple[Neighbors, Certificate]:
    """The neighbours of a task, with how they were proven; see `exact_search` for the arguments.

    Raises:
        InputError: as `exact_search`
    """
    progress, tally = progress or Silent(), Tally()
    progress.start("exact search, pairs", len(task.rows) * len(task.corpus))
    parts = _tables(task, choose_device(device), _order(task, 0, block_queries, screen, seeds, tally))
    table = collected(task, parts, progress)
    progress.finish()
    return table, tally.certificate()


def exact_blocks(
    task: SearchTask,
    *,
    device: str = "auto",
    start: int = 0,
    block_queries: int = BLOCK_QUERIES,
    screen: str = "auto",
    seeds: Positions | None = None,
    tally: Tally | None = None,
) -> Iterator[Neighbors]:
    """The neighbours of queries `start` and after, a block at a time: what a checkpoint stores.

    Args:
        task: what is searched
        device: as `exact_search`
        start: the first query
        block_queries: queries in a block, at most
        screen: as `exact_search`
        seeds: as `exact_search`; a row for every query, those before `start` too
        tally: told how rows were proven
    Raises:
        InputError: as `exact_search`, before the first block
    """
    order = _order(task, start, block_queries, screen, seeds, tally or Tally())
    for part in _tables(task, choose_device(device), order):
        # An empty table is one empty block, so that it has a shape.
        for begin in range(0, max(part.q, 1), block_queries):
            yield part if part.q <= block_queries else part.take(slice(begin, begin + block_queries))


def _tables(task: SearchTask, device: torch.device, order: Order) -> Iterator[Neighbors]:
    order.tally.device = str(device)
    return ENGINES[device.type](task, device, order)


def _order(  # noqa: PLR0917 (options of which every caller has all)
    task: SearchTask, start: int, block_queries: int, screen: str, seeds: Positions | None, tally: Tally
) -> Order:
    if block_queries < 1:
        raise InputError(f"block_queries must be at least 1, got {block_queries}")
    if screen not in SCREENS:
        raise InputError(f"screen must be {', '.join(SCREENS[:-1])} or {SCREENS[-1]}, got {screen!r}")
    return Order(start, block_queries, screen, checked_seeds(task, seeds), tally)


def on_cpu(task: SearchTask, device: torch.device, order: Order) -> Iterator[Neighbors]:
    """The neighbors of queries `order.start` and after, searched by this processor."""
    # Imported when used, as the other engine is: this one compiles with numba, that one with Triton.
    from embdrift.search.cpu.entry import search_blocks

    return search_blocks(task, order)


def on_cuda(task: SearchTask, device: torch.device, order: Order) -> Iterator[Neighbors]:
    """The neighbours of queries `order.start` and after, searched by a GPU."""
    if str(device) == "cuda":
        # By its number, so that it has one name in certificates and in comparisons.
        device = torch.device("cuda", torch.cuda.current_device())
    from embdrift.search.cuda import cuda_blocks

    order.tally.device = str(device)
    return cuda_blocks(task, device, start=order.start, seeds=order.seeds, tally=order.tally)


ENGINES: dict[str, Callable[[SearchTask, torch.device, Order], Iterator[Neighbors]]] = {"cpu": on_cpu, "cuda": on_cuda}
"""What searches on each type of device."""


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
