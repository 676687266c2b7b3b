import numpy as np
import pytest
import torch
from hypothesis import given, settings
from search_cases import METRICS, searches, tied_vectors, unit

import embdrift.search.device
import embdrift.search.prepared
from embdrift.search import concatenate, exact_search, search_task
from embdrift.search.device import DeviceSearch, fixed_order_sum
from embdrift.search.prepared import prepare
from embdrift.types import DTYPES, Metric
from oracles import assert_same_table, defined_sum

metrics = pytest.mark.parametrize("metric", METRICS)
dtypes = pytest.mark.parametrize("dtype", DTYPES)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")


def device_search(corpus, k, *, block=2048, **options):
    """The search of the device path, run on the CPU."""
    task = search_task(corpus, k, **options)
    search = DeviceSearch(prepare(task), torch.device("cpu"))
    stops = range(0, max(1, len(task.rows)), block)
    return concatenate([search.search_block(start, min(start + block, len(task.rows))) for start in stops])


@settings(max_examples=40, deadline=None)
@given(searches())
def test_the_device_path_gives_the_bytes_of_the_cpu_path(search):
    corpus, k, options = search
    assert_same_table(device_search(corpus, k, **options), exact_search(corpus, k, device="cpu", **options))


@metrics
@dtypes
def test_rows_that_the_screen_proves_and_rows_that_it_cannot(dtype, metric, monkeypatch):
    rng = np.random.default_rng(0)
    corpus = (unit(rng, 400, 20, torch.float64) * 100).abs().to(dtype)
    corpus[300:] = corpus[:1]
    full = []
    inner = DeviceSearch._full
    monkeypatch.setattr(DeviceSearch, "_full", lambda *given: full.append(1) or inner(*given))
    options = {"metric": metric, "left_out": np.arange(50, 60), "rows": np.arange(100, 350)}
    assert_same_table(device_search(corpus, 4, **options), exact_search(corpus, 4, device="cpu", **options))
    if metric is not Metric.inner_product:
        assert 50 <= len(full) < 250


@metrics
def test_streamed_and_split_blocks_change_nothing(metric, monkeypatch):
    corpus = tied_vectors(np.random.default_rng(1), 300, 7, torch.float16)
    expected = exact_search(corpus, 5, metric=metric, device="cpu")
    for module in (embdrift.search.prepared, embdrift.search.device):
        monkeypatch.setattr(module, "BLOCK", 32)
    monkeypatch.setattr(embdrift.search.device, "_GATHERED", 1000)
    assert_same_table(device_search(corpus, 5, metric=metric, block=70), expected)
    monkeypatch.setattr(embdrift.search.prepared, "RESIDENT_BYTES", 0)
    assert_same_table(device_search(corpus, 5, metric=metric, block=70), expected)


@metrics
def test_hard_vectors_on_the_device_path(metric):
    rng = np.random.default_rng(2)
    lengths = torch.from_numpy(rng.choice([1e-30, 1.0, 1e30], (150, 1)))
    corpus = unit(rng, 150, 9, torch.float64) * lengths
    assert_same_table(device_search(corpus, 4, metric=metric), exact_search(corpus, 4, metric=metric, device="cpu"))
    far = unit(rng, 5, 9, torch.float64) * 1e60
    near = unit(rng, 150, 9, torch.float64)
    near[7] = torch.nan
    options = {"queries": far, "metric": metric, "left_out": np.array([7])}
    assert_same_table(device_search(near, 4, **options), exact_search(near, 4, device="cpu", **options))


def test_a_query_that_float32_cannot_hold_finds_its_neighbours_on_the_device_path():
    corpus = torch.arange(150, dtype=torch.float64)[:, None]
    corpus[7] = 1e6
    options = {"queries": torch.tensor([[1e60]], dtype=torch.float64), "metric": Metric.l2}
    assert_same_table(device_search(corpus, 4, **options), exact_search(corpus, 4, device="cpu", **options))


def test_no_queries_on_the_device_path():
    corpus = torch.ones(5, 3)
    rows = np.empty(0, np.int64)
    assert_same_table(device_search(corpus, 2, rows=rows), exact_search(corpus, 2, rows=rows, device="cpu"))


@pytest.mark.parametrize("d", [1, 15, 16, 17, 40, 1000])
def test_sums_run_in_the_defined_order(d):
    values = np.random.default_rng(d).normal(size=(3, d)) * 10.0 ** np.arange(3)[:, None]
    assert fixed_order_sum(torch.from_numpy(values)).numpy().tobytes() == defined_sum(list(values.T)).tobytes()


@pytest.mark.gpu
@needs_gpu
@metrics
@dtypes
def test_a_gpu_gives_the_bytes_of_the_cpu(dtype, metric):
    rng = np.random.default_rng(3)
    corpus = (unit(rng, 20_000, 96, torch.float64) * 100).abs().to(dtype)
    corpus[19_000:] = corpus[:1000]
    options = {"metric": metric, "rows": rng.permutation(20_000)[:3000], "left_out": np.arange(500, 600)}
    on_gpu, on_cpu = (exact_search(corpus, 20, device=device, **options) for device in ("cuda", "cpu"))
    assert_same_table(on_gpu, on_cpu)


@pytest.mark.gpu
@needs_gpu
def test_a_gpu_is_exact_under_tf32(monkeypatch):
    corpus = unit(np.random.default_rng(4), 5000, 64)
    expected = exact_search(corpus, 10, device="cpu")
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        assert_same_table(exact_search(corpus, 10, device="cuda"), expected)
    finally:
        torch.set_float32_matmul_precision(before)
