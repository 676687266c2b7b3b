"""Exact search on a real device; `bench exact --device cuda` runs these, and with `--dry` it tries them on a CPU."""

import os
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from cuda_cases import CPU, METRICS, check, searched, searching_as_cuda, unit, wide

from embdrift.errors import EmbdriftError
from embdrift.search import exact_search
from embdrift.search.cuda import entry, kernels_for, plain
from embdrift.search.cuda.plan import Plan
from embdrift.search.cuda.tiles import CONFIGURATIONS
from embdrift.types import DTYPES, Similarity
from oracles import assert_same_table, search_oracle


def importable(name):
    """Whether a package is there and loads: numba refuses a NumPy that is too new for it."""
    try:
        import_module(name)
    except ImportError:
        return False
    return True


DRY = os.environ.get("EMBDRIFT_DRY_GPU_TESTS") == "1"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not (DRY or torch.cuda.is_available()), reason="needs an NVIDIA GPU"),
]
DEVICE = CPU if DRY else torch.device("cuda", 0)
needs_gpu = pytest.mark.skipif(DRY, reason="needs an NVIDIA GPU")
needs_triton = pytest.mark.skipif(DRY and kernels_for(CPU) is plain, reason="needs Triton")
needs_numba = pytest.mark.skipif(
    not importable("numba"), reason="compares with the search on a CPU, which numba compiles"
)
metrics = pytest.mark.parametrize("similarity", METRICS)


def few(n):
    """So many vectors, or a hundredth of them where the tests are only tried."""
    return max(120, n // 100) if DRY else n


def random(*shape, seed=2):
    """Normal numbers on the device."""
    return torch.randn(*shape, generator=torch.Generator(DEVICE).manual_seed(seed), device=DEVICE)


def clustered(n, d, seed=1):
    """Vectors in clusters of uneven size, a tenth of them copies, some nearer to another than float16 can tell."""
    centres = random(n // 50 + 1, d, seed=seed)
    which = (random(n, seed=seed + 1).abs().clamp(max=1.999) / 2 * len(centres)).long()
    vectors = centres[which] + 0.5 * random(n, d, seed=seed + 2)
    vectors[n - n // 10 :] = vectors[: n // 10]
    vectors[n // 3 : n // 3 + 50] = vectors[7] * (1 + 1e-6 * random(50, d, seed=seed + 3))
    return vectors


def exhaustive(vectors, rows, k, similarity):
    """Scores in float64 by plain matrix products, rows not finding themselves: rounding aside, the right answer."""
    x, y = vectors[rows].double(), vectors.double()
    scores = torch.stack([-(row - y).square().sum(1) for row in x]) if similarity is Similarity.l2 else x @ y.T
    if similarity is Similarity.cosine:
        scores = scores / (x.norm(dim=1)[:, None] * y.norm(dim=1))
    scores[torch.arange(len(rows), device=DEVICE), rows] = -torch.inf
    return scores.topk(k, dim=1).values


def assert_exhaustive(table, vectors, rows, k, similarity):
    """The scores of some rows are those of an exhaustive search, rounding aside."""
    expected = exhaustive(vectors, rows, k, similarity).cpu().numpy()
    np.testing.assert_allclose(table.scores[rows.cpu().numpy()], expected, rtol=1e-9, atol=1e-9)


@contextmanager
def in_plain_torch():
    """The device has no kernels but those of torch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry, "kernels_for", lambda device: plain)
        yield


@needs_gpu
def test_the_device_keeps_the_model_of_its_sums_and_is_served_by_triton():
    from embdrift.search.cuda import launch
    from embdrift.search.cuda.device_check import keeps_the_model

    assert find_spec("triton") is not None
    assert keeps_the_model(DEVICE)
    assert kernels_for(DEVICE) is launch


@metrics
def test_small_searches_equal_the_definition_in_every_byte(similarity):
    corpus = clustered(few(700), 72).cpu()
    assert check(DEVICE, corpus, 9, similarity=similarity).device == str(DEVICE)
    options = {"queries": corpus[:90] * 3, "left_out": np.arange(0, len(corpus), 3), "start": 5}
    check(DEVICE, corpus, 9, similarity=similarity, **options)


@metrics
@pytest.mark.parametrize("d", [1, 17, 65, 300])
def test_other_dimensions_and_one_long_vector(d, similarity):
    corpus = unit(d, few(300), d)
    corpus[3] *= 1000
    corpus[9:12] *= 1e-3
    check(DEVICE, corpus, 9, similarity=similarity)
    check(DEVICE, corpus[:2], 1, similarity=similarity)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_equals_the_definition(dtype):
    vectors = (10 * unit(7, 90, 19)).round().abs().to(dtype)
    vectors[:, 0] += 1
    for similarity in METRICS:
        check(DEVICE, vectors, 7, similarity=similarity)


@metrics
@pytest.mark.parametrize(("n", "d", "k"), [(20000, 768, 100), (30000, 128, 10)])
def test_large_searches_agree_with_float64(n, d, k, similarity):
    vectors = clustered(few(n), d)
    table, certificate = searched(DEVICE, vectors, k, similarity=similarity)
    n = len(vectors)
    assert_exhaustive(table, vectors, torch.arange(0, n, n // 50, device=DEVICE), k, similarity)
    assert certificate.rows == n
    assert certificate.proven_at_once > 0.9 * n
    assert certificate.arithmetic == kernels_for(DEVICE).ARITHMETIC


@metrics
def test_streaming_from_the_host_gives_the_same_bytes(similarity):
    vectors = clustered(few(9000), 256).cpu()
    whole, _ = searched(DEVICE, vectors, 20, similarity=similarity)
    plan = Plan(resident=False, block=few(2048), mask=2**18, pairs=50000, crowded=2)
    parts, _ = searched(DEVICE, vectors, 20, similarity=similarity, plan=plan)
    assert_same_table(parts, whole)


@needs_triton
def test_parts_of_other_sizes_and_seeds_give_the_same_bytes():
    vectors = clustered(few(9000), 256)
    n = len(vectors)
    whole, _ = searched(DEVICE, vectors, 20)
    for tiles in CONFIGURATIONS[-1:] if DRY else CONFIGURATIONS:
        plan = Plan(resident=True, block=n, mask=2**19, pairs=30000, tiles=tiles, crowded=2)
        parts, _ = searched(DEVICE, vectors, 20, plan=plan)
        assert_same_table(parts, whole)
    seeds = searched(DEVICE, vectors + 0.1 * random(*vectors.shape), 60)[0].positions.astype(np.int64)
    seeded, certificate = searched(DEVICE, vectors, 20, seeds=seeds)
    assert_same_table(seeded, whole)
    assert certificate.proven_at_once == n


@metrics
def test_many_near_duplicates_are_proven(similarity):
    n = few(12000)
    vectors, near = clustered(n, 64), n // 2
    vectors[n // 6 : n // 6 + near] = vectors[1] * (1 + 1e-6 * random(near, 64))
    table, _ = searched(DEVICE, vectors, 10, similarity=similarity)
    assert_exhaustive(table, vectors, torch.arange(0, n, max(1, n // 40), device=DEVICE), 10, similarity)


def test_all_equal_vectors():
    check(DEVICE, torch.ones(few(2000), 8), 5)


@needs_numba
@pytest.mark.parametrize("dtype", DTYPES)
def test_gpu_and_cpu_give_the_same_bytes(dtype):
    n = few(6000)
    vectors = (20 * clustered(n, 96).cpu()).abs().clamp(max=99).to(dtype)
    vectors[:, 0] += 1
    options = {"rows": np.random.default_rng(3).permutation(n)[: n // 4], "left_out": np.arange(50, 60)}
    for similarity in METRICS:
        expected = exact_search(vectors, 20, device="cpu", similarity=similarity, **options)
        with searching_as_cuda(DEVICE):
            assert_same_table(exact_search(vectors, 20, device=str(DEVICE), similarity=similarity, **options), expected)


@metrics
def test_plain_torch_agrees_whatever_torch_is_set_to(similarity):
    vectors = clustered(few(1500), 48).cpu()
    table, _ = searched(DEVICE, vectors, 9, similarity=similarity)
    assert_same_table(table, search_oracle(wide(vectors), 9, similarity=similarity))
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with in_plain_torch():
            other, certificate = searched(DEVICE, vectors, 9, similarity=similarity)
    finally:
        torch.set_float32_matmul_precision(before)
    assert_same_table(other, table)
    assert certificate.arithmetic == plain.ARITHMETIC


def test_vectors_that_are_no_contiguous_block_and_a_device_by_any_name():
    vectors = clustered(few(900), 120).T
    expected, _ = searched(DEVICE, vectors.contiguous(), 9)
    with searching_as_cuda(DEVICE):
        for device in ("cpu",) if DRY else ("auto", "cuda", "cuda:0"):
            assert_same_table(exact_search(vectors, 9, device=device), expected)


@needs_gpu
def test_a_device_without_memory_is_named_and_serves_again_once_there_is_some():
    vectors = clustered(20000, 256).cpu()
    expected, _ = searched(DEVICE, vectors, 10)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-4)
    try:
        with pytest.raises(EmbdriftError, match="cuda:0 has too little free memory"):
            searched(DEVICE, vectors, 10)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert_same_table(searched(DEVICE, vectors, 10)[0], expected)
