"""The same search in plain torch: where Triton is missing, or a device is not one that its kernels are made for."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from embdrift.search.cuda.certificate import Certificate
from embdrift.search.device import DeviceSearch
from embdrift.search.prepared import prepare
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors

_QUERIES = 2048


def plain_blocks(task: SearchTask, device: torch.device, *, start: int = 0) -> Iterator[tuple[Neighbors, Certificate]]:
    """Proven neighbours of queries `start` and after; how each row was proven is not recorded."""
    search = DeviceSearch(prepare(task), device)
    for begin in range(start, max(len(task.rows), start + 1), _QUERIES):
        with full_float32():
            table = search.search_block(begin, min(begin + _QUERIES, len(task.rows)))
        unknown = np.full(table.q, -1, np.int64)
        bound = np.full(table.q, np.nan)
        yield table, Certificate(str(device), "float32, plain torch", np.zeros(table.q, np.int8), bound, unknown)


@contextmanager
def full_float32() -> Iterator[None]:
    """The plain screen's bound holds for float32 products, not for the TF32 that torch may be set to."""
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    try:
        yield
    finally:
        torch.backends.cuda.matmul.fp32_precision = before
