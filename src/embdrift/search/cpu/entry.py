"""The search on a CPU: which number format makes the coarse pass, and the blocks that it yields."""

from collections.abc import Iterator

import numpy as np

from embdrift.errors import InputError
from embdrift.search.cpu.float32_search import search_rows_cpu
from embdrift.search.cpu.narrow.corpus import fits_low_precision
from embdrift.search.cpu.narrow.formats import LOW_FORMATS, LowFormat, cheapest, fastest, fitting
from embdrift.search.cpu.narrow.search import LowSearch
from embdrift.search.cpu.prepared import prepare
from embdrift.search.soundness import full_float32
from embdrift.search.task import Order, SearchTask
from embdrift.types import Neighbors

LEAST_ROWS = 4096
"""Smaller corpora gain nothing from a screen in a narrower format, nor do fewer queries than a sixteenth of that."""


def search_blocks(task: SearchTask, order: Order) -> Iterator[Neighbors]:
    """The neighbours of queries `order.start` and after, searched by this processor."""
    if task.corpus.device.type != "cpu" or task.queries.device.type != "cpu":
        raise InputError(
            f"vectors on {task.corpus.device} cannot be searched on the CPU; move them there or set device=cuda"
        )
    start, q = order.start, len(task.rows)
    formats = coarse_formats(task, start, order.screen) if start < q else []
    prepared = prepare(task, keep_rows=not formats)
    if formats and fits_low_precision(prepared):
        low = cheapest(prepared, formats)
        yield from LowSearch(prepared, low, order.tally, order.seeds).blocks(start, order.block_queries)
        return
    for begin in range(start, max(q, start + 1), order.block_queries):
        with full_float32():
            part = search_rows_cpu(prepared, np.arange(begin, min(begin + order.block_queries, q)), order.tally)
        yield part


def coarse_formats(task: SearchTask, start: int, screen: str) -> list[LowFormat]:
    """The formats narrower than float32 that may screen: the one asked for, or those that are fast here."""
    dimensions = int(task.corpus.shape[1])
    if screen in LOW_FORMATS:
        return [LOW_FORMATS[screen]] if fitting(LOW_FORMATS[screen], dimensions) else []
    large = len(task.corpus) >= max(LEAST_ROWS, 8 * task.k) and len(task.rows) - start >= LEAST_ROWS // 16
    return fastest(dimensions) if screen == "auto" and large else []
