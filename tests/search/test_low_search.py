import numpy as np
import pytest
import torch
from search_cases import METRICS, numbers_of_threads, tied_vectors, unit

import embdrift.search.cpu.engine
import embdrift.search.cpu.narrow.formats
import embdrift.search.cpu.narrow.search
import embdrift.search.cpu.narrow.self_join
import embdrift.search.cpu.narrow.thresholds
from embdrift.errors import InputError
from embdrift.search import certified_search, concatenate, exact_blocks, exact_search, search_task
from embdrift.types import Similarity
from oracles import assert_same_table

metrics = pytest.mark.parametrize("similarity", METRICS)
formats = pytest.mark.parametrize("low", ["bfloat16", "int8"])


def small_tiles(monkeypatch, tile=13, columns=37, strip=50, sample=20, working=None):
    for module, name, value in (
        (embdrift.search.cpu.narrow.self_join, "TILE", tile),
        (embdrift.search.cpu.narrow.self_join, "STRIP_BLOCKS", 2),
        (embdrift.search.cpu.engine, "TILE_ROWS", tile),
        (embdrift.search.cpu.engine, "TILE_COLUMNS", columns),
        (embdrift.search.cpu.engine, "SAMPLED", 40 * sample),
        (embdrift.search.cpu.narrow.search, "TILE_ROWS", tile),
        (embdrift.search.cpu.narrow.search, "STRIP", strip),
        (embdrift.search.cpu.narrow.thresholds, "LEAST_SAMPLE", sample),
    ):
        monkeypatch.setattr(module, name, value)
    if working is not None:
        monkeypatch.setattr(embdrift.search.cpu.narrow.search, "WORKING_BYTES", working)
        monkeypatch.setattr(embdrift.search.cpu.narrow.search, "_LEAST_PANEL", 60)


def guessing(monkeypatch, change):
    inner = embdrift.search.cpu.engine.guessed
    monkeypatch.setattr(embdrift.search.cpu.engine, "guessed", lambda *given: change(*inner(*given)))


@pytest.fixture
def corpus():
    """Vectors of which a few are equal."""
    vectors = unit(np.random.default_rng(0), 300, 24)
    vectors[250:] = vectors[:50]
    return vectors


@metrics
@pytest.mark.parametrize("shape", [(13, 37, 50, 20), (1, 50, 70, 2), (64, 9, 100, 280), (7, 301, 299, 150)])
@pytest.mark.parametrize("working", [None, 0])
@formats
def test_tiles_strips_and_panels_of_any_size_change_nothing(corpus, similarity, shape, working, low, monkeypatch):
    options = {"similarity": similarity, "left_out": np.arange(40, 60)}
    expected = exact_search(corpus, 9, screen="float32", **options)
    small_tiles(monkeypatch, *shape, working)
    assert_same_table(exact_search(corpus, 9, screen=low, **options), expected)
    chosen = {"rows": np.array([250, 3, 3, 299, 0]), **options}
    assert_same_table(
        exact_search(corpus, 9, screen=low, **chosen), exact_search(corpus, 9, screen="float32", **chosen)
    )


@metrics
@pytest.mark.parametrize("start", [0, 1, 49, 50, 51, 137, 279])
@pytest.mark.parametrize("working", [None, 0])
@formats
def test_a_table_goes_on_at_any_row(corpus, similarity, start, working, low, monkeypatch):
    task = search_task(corpus, 9, similarity=similarity, rows=np.r_[0:40, 60:300], left_out=np.arange(40, 60))
    whole = concatenate(list(exact_blocks(task, screen="float32")))
    small_tiles(monkeypatch, working=working)
    parts = list(exact_blocks(task, screen=low, start=start, block_queries=17))
    assert max(part.q for part in parts) <= 17
    assert_same_table(concatenate(parts), whole.take(slice(start, None)))


@metrics
@pytest.mark.parametrize("shift", [-np.inf, -10.0, -0.1, 0.1, 10.0])
@formats
def test_wrong_guesses_cost_time_and_change_nothing(corpus, similarity, shift, low, monkeypatch):
    expected = exact_search(corpus, 9, similarity=similarity, screen="float32")
    small_tiles(monkeypatch)
    guessing(monkeypatch, lambda likely, safe: (likely + shift, safe))
    task = search_task(corpus, 9, similarity=similarity)
    found, certificate = certified_search(task, screen=low)
    assert_same_table(found, expected)
    assert certificate.rows == 300
    if shift > 1:
        # The last fifty are copies, which are not searched again either.
        assert certificate.redone == 250
    guessing(monkeypatch, lambda likely, safe: (likely + shift, safe + shift))
    assert_same_table(exact_search(corpus, 9, similarity=similarity, screen=low), expected)
    assert_same_table(
        exact_search(corpus, 9, queries=corpus[:70], similarity=similarity, screen=low),
        exact_search(corpus, 9, queries=corpus[:70], similarity=similarity, screen="float32"),
    )


@metrics
@formats
def test_seeds_prove_every_row_at_once_and_change_nothing(corpus, similarity, low):
    task = search_task(corpus, 9, similarity=similarity, rows=np.arange(1, 300))
    expected, _ = certified_search(task, screen="float32")
    seeds = exact_search(corpus, 20, similarity=similarity).positions[1:]
    found, certificate = certified_search(task, screen=low, seeds=seeds)
    assert_same_table(found, expected)
    assert certificate.proven_at_once == 299
    assert certificate.scored_in_full == certificate.redone == 0


@metrics
@pytest.mark.parametrize("width", [0, 3, 9, 40])
@formats
def test_seeds_of_any_kind_change_nothing(corpus, similarity, width, low):
    rng = np.random.default_rng(5)
    options = {"similarity": similarity, "left_out": np.arange(40, 60)}
    seeds = rng.integers(-1, 300, (279, width))
    rows = np.r_[0:40, 60:299]
    expected = exact_search(corpus, 9, rows=rows, screen="float32", **options)
    assert_same_table(exact_search(corpus, 9, rows=rows, screen=low, seeds=seeds, **options), expected)
    seeds[:] = rows[:, None]
    assert_same_table(exact_search(corpus, 9, rows=rows, screen=low, seeds=seeds, **options), expected)


def test_seeds_that_do_not_fit_are_refused(corpus):
    with pytest.raises(
        InputError, match=r"seeds must hold a row .* for each of 300 queries, got int64 of shape \(3, 2"
    ):
        exact_search(corpus, 9, seeds=np.zeros((3, 2), np.int64))
    with pytest.raises(InputError, match=r"seeds must lie between -1 \(none\) and 299, got 0 to 300"):
        exact_search(corpus, 9, seeds=np.full((300, 2), 300) * (np.arange(2) > 0))


def test_an_unknown_screen_is_named(corpus):
    with pytest.raises(InputError, match="screen must be auto, float32, int8 or bfloat16, got 'float8'"):
        exact_search(corpus, 9, screen="float8")


@metrics
@formats
def test_equal_vectors_without_end_fit_into_memory(similarity, low):
    corpus = torch.ones(2500, 5)
    found, certificate = certified_search(search_task(corpus, 4, similarity=similarity), screen=low)
    assert found.positions[2].tolist() == [0, 1, 3, 4]
    assert (found.tied_beyond == 2495).all()
    assert certificate.scored_in_full == 0
    expected = exact_search(corpus, 4, similarity=similarity, screen="float32", rows=np.arange(5))
    assert_same_table(found.take(slice(0, 5)), expected)


@metrics
@formats
def test_vectors_nearer_than_the_rounding_are_told_apart(similarity, low):
    rng = np.random.default_rng(2)
    corpus = torch.from_numpy(rng.normal(size=40) + 1e-5 * rng.normal(size=(1500, 40))).float()
    expected = exact_search(corpus, 10, similarity=similarity, screen="float32")
    assert_same_table(exact_search(corpus, 10, similarity=similarity, screen=low), expected)


@metrics
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8, torch.float64])
@formats
def test_several_strips_of_every_type(dtype, similarity, low, monkeypatch):
    corpus = tied_vectors(np.random.default_rng(3), 700, 33, dtype)
    expected = exact_search(corpus, 9, similarity=similarity, screen="float32")
    small_tiles(monkeypatch, 64, 100, 300, 100)
    assert_same_table(exact_search(corpus, 9, similarity=similarity, screen=low), expected)


few_long = pytest.mark.parametrize(("share", "factor"), [(1 / 300, 1e6), (1 / 100, 30.0), (1 / 60, 1e3)])


def with_long_vectors(n, share, factor):
    rng = np.random.default_rng(6)
    corpus = unit(rng, n, 24)
    corpus[rng.choice(n, round(share * n), replace=False)] *= factor
    return corpus


@formats
@few_long
def test_a_few_long_vectors_change_nobody_elses_candidates(share, factor, low):
    task = search_task(with_long_vectors(3000, share, factor), 9, similarity=Similarity.inner_product)
    _, certificate = certified_search(task, screen=low)
    assert certificate.scored_in_full == 0
    assert certificate.proven_at_once > 2900
    assert certificate.candidates_per_row < 60


@formats
@pytest.mark.parametrize("similarity", [Similarity.inner_product, Similarity.l2])
def test_long_vectors_whose_places_make_a_sample_look_like_a_run(similarity, low):
    corpus = torch.from_numpy(np.random.default_rng(0).normal(size=(200, 16))).float()
    corpus[[5, -1]] *= 100
    expected = exact_search(corpus, 5, similarity=similarity, screen="float32")
    assert_same_table(exact_search(corpus, 5, similarity=similarity, screen=low), expected)


@formats
def test_panels_with_equally_many_rows_among_many_hidden_ones(low, monkeypatch):
    corpus = unit(np.random.default_rng(1), 900, 12)
    hidden = np.flatnonzero(np.arange(900) % 3)
    expected = exact_search(corpus, 9, rows=np.arange(0, 900, 3), left_out=hidden, screen="float32")
    # Columns outside a panel then differ from panel to panel, with the same ends and number.
    small_tiles(monkeypatch, tile=60, columns=2048, working=0)
    found = exact_search(corpus, 9, rows=np.arange(0, 900, 3), left_out=hidden, screen=low)
    assert_same_table(found, expected)


@formats
@pytest.mark.parametrize("factor", [1e3, 1e6, 1e12])
def test_one_far_vector_moves_nobody_away_from_the_centre(factor, low):
    corpus = with_long_vectors(3000, 1 / 3000, factor)
    _, certificate = certified_search(search_task(corpus, 9, similarity=Similarity.l2), screen=low)
    assert certificate.scored_in_full <= 1
    assert certificate.proven_at_once > 2900


@formats
@few_long
@metrics
def test_long_vectors_in_blocks_of_any_size_change_nothing(similarity, share, factor, low, monkeypatch):
    corpus = with_long_vectors(300, share, factor)
    expected = exact_search(corpus, 9, similarity=similarity, screen="float32")
    small_tiles(monkeypatch, sample=60)
    assert_same_table(exact_search(corpus, 9, similarity=similarity, screen=low), expected)
    for rows in (np.arange(0, 300, 7), np.array([299, 7, 8])):
        some = exact_search(corpus, 9, similarity=similarity, rows=rows, screen=low)
        assert_same_table(some, expected.take(rows))


@formats
def test_the_number_of_threads_changes_nothing(corpus, low, monkeypatch):
    small_tiles(monkeypatch)
    expected = exact_search(corpus, 9, screen=low)
    with numbers_of_threads() as each:
        for _ in each:
            assert_same_table(exact_search(corpus, 9, screen=low), expected)


@metrics
def test_a_certificate_counts_every_row_once(corpus, similarity):
    for screen in ("float32", "bfloat16", "int8"):
        _, found = certified_search(search_task(corpus, 9, similarity=similarity), device="cpu", screen=screen)
        assert found.proven_at_once + found.redone + found.scored_in_full == found.rows == 300
        assert (found.arithmetic, found.device) == (screen, "cpu")
        assert found.mean_bound > 0
        assert found.candidates_per_row >= 9


def narrow_sums(left, right):
    total = torch.zeros(len(left), len(right), dtype=torch.bfloat16)
    for column in range(left.shape[1]):
        total += left[:, column, None] * right[:, column]
    return total.double().numpy()


def sums_of_sixteen_bits(left, right):
    """As older processors do: unsigned times signed numbers, two products added in sixteen bits as far as they go."""
    raised, total = left.long() + 128, 0
    for at in range(0, left.shape[1], 2):
        pairs = raised[:, at : at + 2] @ right[:, at : at + 2].long().T
        total = total + pairs.clamp(-(2**15), 2**15 - 1)
    return total - 128 * right.long().sum(dim=1)


@pytest.mark.parametrize(
    ("low", "multiply", "bad", "warning"),
    [
        ("bfloat16", "_multiplied", narrow_sums, "adds bfloat16 products less exactly"),
        ("int8", "_summed", sums_of_sixteen_bits, "does not add int8 products exactly"),
    ],
)
def test_a_processor_that_adds_badly_is_found_out_and_not_used(corpus, low, multiply, bad, warning, monkeypatch):
    sound = embdrift.search.cpu.narrow.formats.LOW_FORMATS[low].sound
    sound.cache_clear()
    monkeypatch.setattr(embdrift.search.cpu.narrow.formats, multiply, bad)
    try:
        task = search_task(corpus, 9)
        with pytest.warns(RuntimeWarning, match=warning):
            _, certificate = certified_search(task, screen=low)
        assert certificate.arithmetic == "float32"
        assert certified_search(task, screen=low)[1].arithmetic == "float32"
    finally:
        sound.cache_clear()


def capable_of(monkeypatch, *names):
    monkeypatch.setattr(embdrift.search.cpu.narrow.formats, "LEAST_TRIED", 4096)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(names, True))


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        (("avx512_vnni", "avx512_bf16"), "int8"),
        (("avx512_bf16",), "bfloat16"),
        (("amx_int8",), "int8"),
        ((), "float32"),
    ],
)
def test_large_searches_take_the_fastest_screen_by_themselves(capabilities, expected, monkeypatch):
    capable_of(monkeypatch, *capabilities)
    corpus = unit(np.random.default_rng(4), 5000, 64)
    _, certificate = certified_search(search_task(corpus, 3), device="cpu")
    assert certificate.arithmetic == expected
    _, certificate = certified_search(search_task(corpus[:300], 3), device="cpu")
    assert certificate.arithmetic == "float32"


@pytest.mark.parametrize("spread", [0.2, 0.01])
def test_vectors_too_close_for_int8_are_screened_in_bfloat16(spread, monkeypatch):
    capable_of(monkeypatch, "avx512_vnni", "avx512_bf16")
    rng = np.random.default_rng(4)
    corpus = torch.from_numpy(rng.normal(size=64) + spread * rng.normal(size=(5000, 64))).float()
    _, certificate = certified_search(search_task(corpus, 3), device="cpu")
    assert certificate.arithmetic == "bfloat16"


def test_small_corpora_are_screened_in_the_finest_format_at_once(monkeypatch):
    capable_of(monkeypatch, "avx512_vnni", "avx512_bf16")
    monkeypatch.setattr(embdrift.search.cpu.narrow.formats, "LEAST_TRIED", 6000)
    corpus = unit(np.random.default_rng(4), 5000, 64)
    _, certificate = certified_search(search_task(corpus, 3), device="cpu")
    assert certificate.arithmetic == "bfloat16"


def test_many_neighbours_of_few_items_are_screened_in_bfloat16(monkeypatch):
    capable_of(monkeypatch, "avx512_vnni", "avx512_bf16")
    corpus = unit(np.random.default_rng(4), 4096, 384)
    for k, expected in ((3, "int8"), (100, "bfloat16")):
        _, certificate = certified_search(search_task(corpus, k), device="cpu")
        assert certificate.arithmetic == expected
