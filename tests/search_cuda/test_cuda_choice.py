"""Which kernels serve a device, and what is said where they are the slower ones."""

import importlib.util

import pytest
import torch
from cuda_cases import CPU, unit

from embdrift.search import search_task
from embdrift.search.cuda import cuda_blocks, entry, kernels_for, plain


class Gpu:
    """A device that answers what is asked before anything is sent to it."""

    type, index = "cuda", 0

    def __str__(self):
        return "cuda:0"


@pytest.fixture(autouse=True)
def _forget():
    kernels_for.cache_clear()
    yield
    kernels_for.cache_clear()


def test_a_gpu_without_triton_searches_in_plain_torch_and_says_so_once(monkeypatch):
    monkeypatch.setattr(entry, "find_spec", lambda name: None)
    gpu = Gpu()
    with pytest.warns(RuntimeWarning, match="plain torch, which is slower, because Triton is not installed"):
        assert kernels_for(gpu) is plain
    assert kernels_for(gpu) is plain  # a second warning would be an error


def test_an_old_gpu_searches_in_plain_torch(monkeypatch):
    monkeypatch.setattr(entry, "find_spec", lambda name: importlib.util.find_spec("torch"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    with pytest.warns(RuntimeWarning, match="cuda:0 is older than the Hopper generation"):
        assert kernels_for(Gpu()) is plain


@pytest.mark.parametrize("reason", ["Triton's kernels do not run on cuda:0: no C compiler", "cuda:0 adds products up"])
def test_a_gpu_whose_kernels_fail_searches_in_plain_torch(reason, monkeypatch):
    monkeypatch.setattr(entry, "_not_fast", lambda device: reason)
    with pytest.warns(RuntimeWarning, match=reason):
        assert kernels_for(Gpu()) is plain


def test_the_plain_kernels_serve_the_search_of_such_a_device(monkeypatch):
    monkeypatch.setattr(entry, "_not_fast", lambda device: "of a test")
    inner = entry.Search
    monkeypatch.setattr(entry, "Search", lambda task, device, *given, **named: inner(task, CPU, *given, **named))
    monkeypatch.setattr(entry, "make_plan", lambda task, device: entry.Plan(resident=True, block=30))
    with pytest.warns(RuntimeWarning, match="of a test"):
        (table,) = cuda_blocks(search_task(unit(1, 30, 5), 3), Gpu())
    assert table.q == 30


def test_a_cpu_is_served_without_a_warning():
    assert kernels_for(CPU) in (plain, entry._interpreted())
