"""What the tests of the CUDA search share: small vectors, a plan of many small parts, a check against the oracle."""

from contextlib import contextmanager
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from embdrift.search import Tally, concatenate, exact, exact_blocks, search_task
from embdrift.search.cuda import cuda_blocks
from embdrift.search.cuda.plan import Plan
from embdrift.search.cuda.tiles import Tiles
from embdrift.types import Similarity
from oracles import assert_same_table, search_oracle

METRICS = list(Similarity)
CPU = torch.device("cpu")
WITHOUT_TRITON = "needs Triton 3.6, and numpy below 2.4 where it interprets: see scripts/constraints-triton.txt"


def interpreter():
    """The CPU as a device whose kernels Triton interprets, or a skip."""
    old_enough = tuple(map(int, np.__version__.split(".")[:2])) < (2, 4)
    if find_spec("triton") is None or not old_enough:
        pytest.skip(WITHOUT_TRITON, allow_module_level=True)
    from embdrift.search.cuda.launch import INTERPRETED

    if not INTERPRETED:
        pytest.skip("kernels are compiled here; set TRITON_INTERPRET=1 to interpret them", allow_module_level=True)
    return CPU


def unit(seed, n, d, dtype=torch.float32):
    """Random vectors of length 1."""
    values = np.random.default_rng(seed).normal(size=(n, d))
    return torch.from_numpy(values / np.linalg.norm(values, axis=1, keepdims=True)).to(dtype)


def wide(vectors):
    """The numbers that a tensor stands for, float64."""
    return vectors.cpu().to(torch.float64).numpy()


def small_parts(n, **changes):
    """A plan that does a search of n rows in as many parts as possible."""
    given = {"resident": True, "block": n, "mask": 1, "pairs": 2000, "tiles": Tiles(64, 128), "crowded": 1}
    return Plan(**(given | changes))


@contextmanager
def searching_as_cuda(device, plan=None):
    """What is searched on the device goes the way of CUDA, on a CPU too: interpreted, or in plain torch."""

    def planned(task, device, order):
        return cuda_blocks(task, device, start=order.start, seeds=order.seeds, tally=order.tally, plan=plan)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exact.ENGINES, device.type, exact.on_cuda if plan is None else planned)
        yield


def searched(device, corpus, k, *, start=0, seeds=None, plan=None, **options):
    """The table and the certificate of a search."""
    tally, task = Tally(), search_task(corpus, k, **options)
    with searching_as_cuda(device, plan):
        parts = list(exact_blocks(task, device=str(device), start=start, seeds=seeds, tally=tally))
    certificate = tally.certificate()
    assert certificate.proven_at_once + certificate.redone + certificate.scored_in_full == certificate.rows
    return concatenate(parts), certificate


def check(device, corpus, k, *, start=0, seeds=None, plan=None, **options):
    """Search, compare every byte with the oracle, and return the certificate."""
    table, certificate = searched(device, corpus, k, start=start, seeds=seeds, plan=plan, **options)
    if "queries" in options:
        options = options | {"queries": wide(options["queries"])}
    expected = search_oracle(wide(corpus), k, **options)
    assert_same_table(table, expected.take(slice(start, None)) if start else expected)
    assert certificate.rows == table.q
    return certificate
