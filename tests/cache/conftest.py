import os

# torch and numba each bring an OpenMP that spins after every loop: small searches would take a hundred times longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest
import torch
from cache_run import BLOCK, wanted_task

import embdrift.cache.tables
from embdrift.cache import TableCache
from embdrift.search import SearchTask, concatenate, exact_blocks, exact_search
from embdrift.types import Neighbors

_FOUND: dict[int, tuple[SearchTask, Neighbors]] = {}


class Searches:
    """Stands in for the search: small blocks, a list of those that were asked for, and a failure where wanted.

    Each task is really searched once, and the blocks are cut from what was found.
    """

    def __init__(self):
        self.starts = []
        self.blocks = 0
        self.fail_after = None
        self.block = BLOCK

    def __call__(self, task, *, device="cpu", start=0):
        self.starts.append(start)
        if id(task) not in _FOUND:
            _FOUND[id(task)] = task, concatenate(list(exact_blocks(task, device="cpu")))
        table = _FOUND[id(task)][1]
        for begin in range(start, max(table.q, start + 1), self.block):
            if self.fail_after is not None and self.blocks >= self.fail_after:
                raise KeyboardInterrupt
            self.blocks += 1
            yield table.take(slice(begin, begin + self.block))


@pytest.fixture
def searches(monkeypatch):
    stand_in = Searches()
    monkeypatch.setattr(embdrift.cache.tables, "exact_blocks", stand_in)
    return stand_in


@pytest.fixture
def cache(tmp_path):
    return TableCache(tmp_path / "neighbors")


@pytest.fixture(scope="session")
def task():
    return wanted_task()


@pytest.fixture(scope="session")
def expected(task):
    """The task's table as the search gives it."""
    table = exact_search(task.corpus, task.k, device="cpu")
    assert len(table.tie_positions) > 50
    return table


@pytest.fixture
def plain_corpus():
    return torch.from_numpy(np.random.default_rng(6).normal(size=(40, 5)))
