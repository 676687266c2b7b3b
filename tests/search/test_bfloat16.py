import numba
import numpy as np
import pytest
import torch
from search_cases import METRICS, tied_vectors, unit

import embdrift.search.bfloat16
import embdrift.search.engine
import embdrift.search.self_join
import embdrift.search.self_test
import embdrift.search.thresholds
from embdrift.errors import InputError
from embdrift.search import certified_search, concatenate, exact_blocks, exact_search, search_task
from oracles import assert_same_table

metrics = pytest.mark.parametrize("metric", METRICS)


def small_tiles(monkeypatch, tile=13, columns=37, strip=50, sample=20, working=None):
    for module, name, value in (
        (embdrift.search.self_join, "TILE", tile),
        (embdrift.search.self_join, "STRIP_BLOCKS", 2),
        (embdrift.search.engine, "TILE_ROWS", tile),
        (embdrift.search.engine, "TILE_COLUMNS", columns),
        (embdrift.search.engine, "SAMPLED", 40 * sample),
        (embdrift.search.bfloat16, "TILE_ROWS", tile),
        (embdrift.search.bfloat16, "STRIP", strip),
        (embdrift.search.thresholds, "LEAST_SAMPLE", sample),
    ):
        monkeypatch.setattr(module, name, value)
    if working is not None:
        monkeypatch.setattr(embdrift.search.bfloat16, "WORKING_BYTES", working)
        monkeypatch.setattr(embdrift.search.bfloat16, "_LEAST_PANEL", 60)


def guessing(monkeypatch, change):
    inner = embdrift.search.engine.guessed
    monkeypatch.setattr(embdrift.search.engine, "guessed", lambda *given: change(*inner(*given)))


@pytest.fixture
def corpus():
    """Vectors of which a few are equal."""
    vectors = unit(np.random.default_rng(0), 300, 24)
    vectors[250:] = vectors[:50]
    return vectors


@metrics
@pytest.mark.parametrize("shape", [(13, 37, 50, 20), (1, 50, 70, 2), (64, 9, 100, 280), (7, 301, 299, 150)])
@pytest.mark.parametrize("working", [None, 0])
def test_tiles_strips_and_panels_of_any_size_change_nothing(corpus, metric, shape, working, monkeypatch):
    options = {"metric": metric, "left_out": np.arange(40, 60)}
    expected = exact_search(corpus, 9, screen="float32", **options)
    small_tiles(monkeypatch, *shape, working)
    assert_same_table(exact_search(corpus, 9, screen="bfloat16", **options), expected)
    chosen = {"rows": np.array([250, 3, 3, 299, 0]), **options}
    assert_same_table(
        exact_search(corpus, 9, screen="bfloat16", **chosen), exact_search(corpus, 9, screen="float32", **chosen)
    )


@metrics
@pytest.mark.parametrize("start", [0, 1, 49, 50, 51, 137, 279])
@pytest.mark.parametrize("working", [None, 0])
def test_a_table_goes_on_at_any_row(corpus, metric, start, working, monkeypatch):
    task = search_task(corpus, 9, metric=metric, rows=np.r_[0:40, 60:300], left_out=np.arange(40, 60))
    whole = concatenate(list(exact_blocks(task, screen="float32")))
    small_tiles(monkeypatch, working=working)
    parts = list(exact_blocks(task, screen="bfloat16", start=start, block_queries=17))
    assert max(part.q for part in parts) <= 17
    assert_same_table(concatenate(parts), whole.take(slice(start, None)))


@metrics
@pytest.mark.parametrize("shift", [-np.inf, -10.0, -0.1, 0.1, 10.0])
def test_wrong_guesses_cost_time_and_change_nothing(corpus, metric, shift, monkeypatch):
    expected = exact_search(corpus, 9, metric=metric, screen="float32")
    small_tiles(monkeypatch)
    guessing(monkeypatch, lambda likely, safe: (likely + shift, safe))
    task = search_task(corpus, 9, metric=metric)
    found, certificate = certified_search(task, screen="bfloat16")
    assert_same_table(found, expected)
    assert certificate.rows == 300
    if shift > 1:
        # The last fifty are copies, which are not searched again either.
        assert certificate.redone == 250
    guessing(monkeypatch, lambda likely, safe: (likely + shift, safe + shift))
    assert_same_table(exact_search(corpus, 9, metric=metric, screen="bfloat16"), expected)
    assert_same_table(
        exact_search(corpus, 9, queries=corpus[:70], metric=metric, screen="bfloat16"),
        exact_search(corpus, 9, queries=corpus[:70], metric=metric, screen="float32"),
    )


@metrics
def test_seeds_prove_every_row_at_once_and_change_nothing(corpus, metric):
    task = search_task(corpus, 9, metric=metric)
    expected, _ = certified_search(task, screen="float32")
    seeds = exact_search(corpus, 20, metric=metric).positions
    found, certificate = certified_search(task, screen="bfloat16", seeds=seeds)
    assert_same_table(found, expected)
    assert certificate.proven_at_once == 300
    assert certificate.scored_in_full == certificate.redone == 0


@metrics
@pytest.mark.parametrize("width", [0, 3, 9, 40])
def test_seeds_of_any_kind_change_nothing(corpus, metric, width):
    rng = np.random.default_rng(5)
    options = {"metric": metric, "left_out": np.arange(40, 60)}
    seeds = rng.integers(-1, 300, (280, width))
    rows = np.r_[0:40, 60:300]
    expected = exact_search(corpus, 9, rows=rows, screen="float32", **options)
    assert_same_table(exact_search(corpus, 9, rows=rows, screen="bfloat16", seeds=seeds, **options), expected)
    seeds[:] = rows[:, None]
    assert_same_table(exact_search(corpus, 9, rows=rows, screen="bfloat16", seeds=seeds, **options), expected)


def test_seeds_that_do_not_fit_are_refused(corpus):
    with pytest.raises(
        InputError, match=r"seeds must hold a row .* for each of 300 queries, got int64 of shape \(3, 2"
    ):
        exact_search(corpus, 9, seeds=np.zeros((3, 2), np.int64))
    with pytest.raises(InputError, match=r"seeds must lie between -1 \(none\) and 299, got 0 to 300"):
        exact_search(corpus, 9, seeds=np.full((300, 2), 300) * (np.arange(2) > 0))


def test_an_unknown_screen_is_named(corpus):
    with pytest.raises(InputError, match="screen must be auto, float32 or bfloat16, got 'float8'"):
        exact_search(corpus, 9, screen="float8")


@metrics
def test_equal_vectors_without_end_fit_into_memory(metric):
    corpus = torch.ones(2500, 5)
    found, certificate = certified_search(search_task(corpus, 4, metric=metric), screen="bfloat16")
    assert found.positions[2].tolist() == [0, 1, 3, 4]
    assert (found.tied_beyond == 2495).all()
    assert certificate.scored_in_full == 0
    expected = exact_search(corpus, 4, metric=metric, screen="float32", rows=np.arange(5))
    assert_same_table(found.take(slice(0, 5)), expected)


@metrics
def test_vectors_nearer_than_the_rounding_are_told_apart(metric):
    rng = np.random.default_rng(2)
    corpus = torch.from_numpy(rng.normal(size=40) + 1e-5 * rng.normal(size=(1500, 40))).float()
    expected = exact_search(corpus, 10, metric=metric, screen="float32")
    assert_same_table(exact_search(corpus, 10, metric=metric, screen="bfloat16"), expected)


@metrics
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8, torch.float64])
def test_several_strips_of_every_type(dtype, metric, monkeypatch):
    corpus = tied_vectors(np.random.default_rng(3), 700, 33, dtype)
    expected = exact_search(corpus, 9, metric=metric, screen="float32")
    small_tiles(monkeypatch, 64, 100, 300, 100)
    assert_same_table(exact_search(corpus, 9, metric=metric, screen="bfloat16"), expected)


def test_the_number_of_threads_changes_nothing(corpus, monkeypatch):
    small_tiles(monkeypatch)
    expected = exact_search(corpus, 9, screen="bfloat16")
    threads = torch.get_num_threads(), numba.get_num_threads()
    try:
        for torch_threads, numba_threads in ((1, 1), (2, 1), (1, min(2, threads[1]))):
            torch.set_num_threads(torch_threads)
            numba.set_num_threads(numba_threads)
            assert_same_table(exact_search(corpus, 9, screen="bfloat16"), expected)
    finally:
        torch.set_num_threads(threads[0])
        numba.set_num_threads(threads[1])


@metrics
def test_a_certificate_counts_every_row_once(corpus, metric):
    for screen in ("float32", "bfloat16"):
        _, found = certified_search(search_task(corpus, 9, metric=metric), device="cpu", screen=screen)
        assert found.proven_at_once + found.redone + found.scored_in_full == found.rows == 300
        assert (found.arithmetic, found.device) == (screen, "cpu")
        assert found.mean_bound > 0
        assert found.candidates_per_row >= 9


def test_a_processor_that_adds_badly_is_found_out_and_not_used(corpus, monkeypatch):
    def narrow(left, right):
        total = torch.zeros(len(left), len(right), dtype=torch.bfloat16)
        for column in range(left.shape[1]):
            total += left[:, column, None] * right[:, column]
        return total.double().numpy()

    embdrift.search.self_test.sound_bfloat16.cache_clear()
    monkeypatch.setattr(embdrift.search.self_test, "_multiplied", narrow)
    try:
        task = search_task(corpus, 9)
        with pytest.warns(RuntimeWarning, match="adds bfloat16 products less exactly"):
            _, certificate = certified_search(task, screen="bfloat16")
        assert certificate.arithmetic == "float32"
        assert certified_search(task, screen="bfloat16")[1].arithmetic == "float32"
    finally:
        embdrift.search.self_test.sound_bfloat16.cache_clear()


def test_large_searches_take_the_faster_screen_by_themselves(monkeypatch):
    corpus = unit(np.random.default_rng(4), 5000, 8)
    for fast, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(embdrift.search.exact, "fast_bfloat16", lambda fast=fast: fast)
        _, certificate = certified_search(search_task(corpus, 3), device="cpu")
        assert certificate.arithmetic == expected
    _, certificate = certified_search(search_task(corpus[:300], 3), device="cpu")
    assert certificate.arithmetic == "float32"
