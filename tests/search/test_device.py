"""Searches that go the way of CUDA, in plain torch on a CPU, give the bytes of those that go the way of the CPU."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from search_cases import METRICS, searches, tied_vectors, unit

from embdrift.errors import InputError
from embdrift.search import Tally, certified_search, concatenate, exact, exact_blocks, exact_search, search_task
from embdrift.search.cuda import plain
from embdrift.types import DTYPES, Similarity
from oracles import assert_same_table, defined_sum

metrics = pytest.mark.parametrize("similarity", METRICS)


def as_cuda(corpus, k, **options):
    """The table and the certificate of a search that goes the way of CUDA, run on the CPU."""
    blocks = {name: options.pop(name) for name in ("start", "seeds", "block_queries") if name in options}
    tally, task = Tally(), search_task(corpus, k, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exact.ENGINES, "cpu", exact.on_cuda)
        table = concatenate(list(exact_blocks(task, device="cpu", tally=tally, **blocks)))
    return table, tally.certificate()


@settings(max_examples=40, deadline=None)
@given(searches())
def test_the_way_of_cuda_gives_the_bytes_of_the_cpu(search):
    corpus, k, options = search
    table, certificate = as_cuda(corpus, k, **options)
    assert_same_table(table, exact_search(corpus, k, device="cpu", **options))
    assert certificate.rows == table.q


@metrics
@pytest.mark.parametrize("dtype", DTYPES)
def test_many_copies_and_items_left_out_in_every_type(dtype, similarity):
    corpus = (unit(np.random.default_rng(0), 400, 20, torch.float64) * 100).abs().to(dtype)
    corpus[300:] = corpus[:1]
    options = {"similarity": similarity, "left_out": np.arange(50, 60), "rows": np.arange(100, 350)}
    assert_same_table(as_cuda(corpus, 4, **options)[0], exact_search(corpus, 4, device="cpu", **options))


@metrics
def test_hard_vectors(similarity):
    rng = np.random.default_rng(2)
    corpus = unit(rng, 150, 9, torch.float64) * torch.from_numpy(rng.choice([1e-30, 1.0, 1e30], (150, 1)))
    assert_same_table(
        as_cuda(corpus, 4, similarity=similarity)[0], exact_search(corpus, 4, similarity=similarity, device="cpu")
    )
    near = unit(rng, 150, 9, torch.float64)
    near[7] = torch.nan
    options = {"queries": unit(rng, 5, 9, torch.float64) * 1e60, "similarity": similarity, "left_out": np.array([7])}
    assert_same_table(as_cuda(near, 4, **options)[0], exact_search(near, 4, device="cpu", **options))


def test_a_query_that_float16_cannot_hold_is_scored_in_full():
    corpus = torch.arange(150, dtype=torch.float64)[:, None]
    corpus[7] = 1e6
    options = {"queries": torch.tensor([[1e70]], dtype=torch.float64), "similarity": Similarity.l2}
    table, certificate = as_cuda(corpus, 4, **options)
    assert_same_table(table, exact_search(corpus, 4, device="cpu", **options))
    assert certificate.mean_bound == 0.0


def test_no_queries():
    rows = np.empty(0, np.int64)
    table, certificate = as_cuda(torch.ones(5, 3), 2, rows=rows)
    assert_same_table(table, exact_search(torch.ones(5, 3), 2, rows=rows, device="cpu"))
    assert certificate.rows == 0


@metrics
def test_a_search_goes_on_in_the_middle_in_blocks_and_with_seeds(similarity):
    corpus = tied_vectors(np.random.default_rng(1), 300, 7, torch.float16)
    expected = exact_search(corpus, 5, similarity=similarity, device="cpu")
    seeds = exact_search(corpus, 12, similarity=similarity, device="cpu").positions
    for more in ({}, {"seeds": seeds}):
        table, certificate = as_cuda(corpus, 5, similarity=similarity, start=133, block_queries=50, **more)
        assert_same_table(table, expected.take(slice(133, None)))
        assert certificate.rows == 167


def test_blocks_hold_as_many_queries_as_asked():
    task = search_task(unit(np.random.default_rng(3), 100, 5), 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exact.ENGINES, "cpu", exact.on_cuda)
        assert [part.q for part in exact_blocks(task, device="cpu", start=9, block_queries=40)] == [40, 40, 11]


def test_certificates_say_the_same_of_both_ways():
    corpus = unit(np.random.default_rng(5), 300, 24)
    _, certificate = as_cuda(corpus, 5)
    _, theirs = certified_search(search_task(corpus, 5), device="cpu")
    assert certificate.rows == theirs.rows == certificate.proven_at_once == theirs.proven_at_once
    assert certificate.arithmetic != theirs.arithmetic
    assert 5 <= certificate.candidates_per_row < 20
    assert 1e-5 < certificate.mean_bound < 2e-3


@pytest.mark.parametrize("d", [1, 15, 16, 17, 40, 1000])
def test_sums_run_in_the_defined_order(d):
    values = np.random.default_rng(d).normal(size=(3, d)) * 10.0 ** np.arange(3)[:, None]
    assert plain.fixed_order_sum(torch.from_numpy(values)).numpy().tobytes() == defined_sum(list(values.T)).tobytes()


def test_vectors_on_another_device_than_the_cpu_are_refused_there():
    task = search_task(torch.empty(20, 3, device="meta"), 2)
    with pytest.raises(InputError, match="vectors on meta cannot be searched on the CPU"):
        list(exact_blocks(task, device="cpu"))
