import numpy as np
import pytest
import torch
from hypothesis import given, settings
from search_cases import METRICS, oracle_arguments, searches, tied_vectors, unit, wide

import embdrift.search.cpu.dense.exhaustive
import embdrift.search.cpu.float32_search
from embdrift.errors import InputError
from embdrift.search import choose_device, exact_blocks, exact_search, search_task
from embdrift.types import DTYPES, Similarity
from oracles import assert_same_table, search_oracle

pytestmark = pytest.mark.usefixtures("screen")
metrics = pytest.mark.parametrize("similarity", METRICS)
dtypes = pytest.mark.parametrize("dtype", DTYPES)


def check(corpus, k, **options):
    given_corpus, given_options = oracle_arguments(corpus, options)
    expected = search_oracle(given_corpus, k, **given_options)
    assert_same_table(exact_search(corpus, k, device="cpu", **options), expected)
    return expected


@settings(max_examples=100, deadline=None)
@given(searches())
def test_search_equals_the_definition_in_every_byte(search):
    corpus, k, options = search
    check(corpus, k, **options)


@metrics
@dtypes
def test_every_type_equals_the_definition(dtype, similarity):
    corpus = tied_vectors(np.random.default_rng(1), 50, 19, dtype)
    check(corpus, 7, similarity=similarity)


@metrics
def test_equal_vectors_come_in_corpus_order_and_all_tie(similarity):
    table = check(torch.ones(30, 5), 4, similarity=similarity)
    assert table.positions[2].tolist() == [0, 1, 3, 4]
    assert table.tied_beyond.tolist() == [25] * 30


@metrics
def test_a_fifth_of_duplicates(similarity):
    corpus = unit(np.random.default_rng(2), 200, 12)
    corpus[160:] = corpus[:40]
    check(corpus, 10, similarity=similarity)


@metrics
def test_ties_at_rank_k_are_counted_and_listed(similarity):
    corpus = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    table = check(corpus, 2, queries=torch.tensor([[1.0, 0.0]]), similarity=similarity)
    assert table.positions.tolist() == [[0, 1]]
    assert table.tied_beyond.tolist() == [2]
    assert table.tie_positions.tolist() == [3, 4]


def test_more_ties_than_the_limit_are_only_counted():
    table = check(torch.ones(1100, 3), 2, queries=torch.ones(2, 3))
    assert table.tied_beyond.tolist() == [1098, 1098]
    assert len(table.tie_positions) == 0


@metrics
@pytest.mark.parametrize("n", range(2, 41))
def test_every_small_corpus_with_one_and_all_neighbours(n, similarity):
    corpus = unit(np.random.default_rng(n), n, 6)
    check(corpus, 1, similarity=similarity)
    check(corpus, n - 1, similarity=similarity)


@metrics
@pytest.mark.parametrize("d", [*range(1, 71), 4096])
def test_every_dimension(d, similarity):
    check(unit(np.random.default_rng(d), 20, d), 5, rows=np.arange(6), similarity=similarity)


@metrics
def test_one_query(similarity):
    rng = np.random.default_rng(3)
    check(unit(rng, 40, 8), 40, queries=unit(rng, 1, 8), similarity=similarity)


@metrics
@dtypes
def test_no_queries_give_an_empty_table(dtype, similarity):
    corpus = torch.ones((5, 3), dtype=dtype)
    check(corpus, 2, rows=np.empty(0, np.int64), similarity=similarity)
    check(corpus, 2, queries=torch.ones((0, 3), dtype=dtype), similarity=similarity)


@metrics
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_norms_of_1e_minus_30_and_1e30_together(dtype, similarity):
    rng = np.random.default_rng(4)
    corpus = unit(rng, 60, 9, torch.float64) * torch.from_numpy(rng.choice([1e-30, 1.0, 1e30], (60, 1)))
    check(corpus.to(dtype), 8, similarity=similarity)
    small, large = corpus[:30] * 1e-3, unit(rng, 5, 9, torch.float64) * 1e30
    check(
        (small / small.norm(dim=1, keepdim=True) * 1e-30).to(dtype), 8, queries=large.to(dtype), similarity=similarity
    )


@metrics
def test_float64_norms_close_to_the_ends_of_its_range(similarity):
    rng = np.random.default_rng(5)
    check(unit(rng, 40, 5, torch.float64) * 1e140, 6, similarity=similarity)
    check(unit(rng, 40, 5, torch.float64) * 1e-140, 6, similarity=similarity)
    if similarity is not Similarity.cosine:
        # Products lose digits and then vanish: what is left of them is what counts.
        for size in (1e-158, 1e-161, 1e-170):
            check(unit(rng, 40, 5, torch.float64) * size, 6, similarity=similarity)
        mixed = unit(rng, 400, 5, torch.float64) * torch.from_numpy(rng.choice([1e-160, 1e-158], (400, 1)))
        check(mixed, 3, rows=np.arange(40), similarity=similarity)


@metrics
def test_queries_far_from_the_corpus_tie_by_rounding_as_defined(similarity):
    rng = np.random.default_rng(6)
    corpus = unit(rng, 400, 7, torch.float64)
    directions = unit(rng, 6, 7, torch.float64)
    for size in (1e6, 1e9, 1e14, 1e25, 1e120):
        check(corpus, 3, queries=directions * size, similarity=similarity)


@metrics
def test_one_row_a_million_times_longer(similarity):
    corpus = unit(np.random.default_rng(7), 500, 10)
    corpus[123] *= 1e6
    check(corpus, 5, similarity=similarity, rows=np.arange(100, 140))


@pytest.mark.parametrize(("dtype", "offset"), [(torch.float32, 1e6), (torch.float64, 1e6), (torch.float64, 1e12)])
def test_l2_far_from_the_origin(dtype, offset):
    corpus = (unit(np.random.default_rng(8), 400, 6, torch.float64) + offset).to(dtype)
    check(corpus, 5, similarity=Similarity.l2, rows=np.arange(50))


def test_l2_between_vectors_whose_differences_float32_cannot_multiply():
    places = np.random.default_rng(21).uniform(-1, 1, 700) * 1e-23
    corpus = torch.from_numpy(np.concatenate([np.ones((700, 1)), np.tile(places[:, None], 300)], axis=1))
    check(corpus, 3, similarity=Similarity.l2, rows=np.arange(10))


@metrics
def test_crowds_closer_together_than_float32_are_scored_in_full(similarity, monkeypatch, screen):
    crowded = []
    inner = embdrift.search.cpu.float32_search._full

    def counted(prepared, queries, norms, own):
        crowded.append(len(queries))
        return inner(prepared, queries, norms, own)

    monkeypatch.setattr(embdrift.search.cpu.float32_search, "_full", counted)
    rng = np.random.default_rng(9)
    corpus = torch.from_numpy(rng.normal(size=(1, 6)) * (1 + 1e-10 * rng.normal(size=(3000, 6))))
    check(corpus, 5, similarity=similarity, rows=np.arange(3))
    check(corpus.to(torch.float32), 5, similarity=similarity, rows=np.arange(3))
    # Centred, as L2 is screened, float64 vectors are apart again; narrower formats score them exactly all along.
    assert screen != "float32" or sum(crowded) == (3 if similarity is Similarity.l2 else 6)


@dtypes
def test_crowds_of_every_type_are_scored_in_full(dtype, monkeypatch):
    # In one dimension, hundreds of vectors point the same way.
    monkeypatch.setattr(embdrift.search.cpu.dense.exhaustive, "_SCORES", 1000)
    corpus = tied_vectors(np.random.default_rng(10), 900, 1, dtype)
    table = check(corpus, 3, rows=np.arange(9), left_out=np.arange(100, 110))
    assert (table.tied_beyond > 280).all()


@pytest.mark.parametrize("similarity", [Similarity.inner_product, Similarity.l2])
def test_zero_vectors_are_found_and_search_where_no_direction_is_needed(similarity):
    corpus = unit(np.random.default_rng(11), 20, 4)
    corpus[[3, 8]] = 0
    check(corpus, 5, similarity=similarity)
    check(torch.zeros(6, 4), 2, similarity=similarity)


@pytest.mark.parametrize("bad", [0.0, 1e-150])
def test_vectors_without_a_direction_are_refused_under_cosine(bad):
    corpus = unit(np.random.default_rng(12), 20, 4, torch.float64)
    corpus[[3, 8]] *= bad
    with pytest.raises(InputError, match="corpus row 3 is zero or too small to have a direction, and 1 more"):
        exact_search(corpus, 2)
    with pytest.raises(InputError, match="query row 8 is zero"):
        exact_search(corpus[10:], 2, queries=corpus, rows=np.array([1, 8]))


@metrics
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_vectors_that_are_not_finite_are_refused(bad, similarity):
    corpus = unit(np.random.default_rng(13), 20, 4)
    corpus[5, 2] = bad
    with pytest.raises(InputError, match="corpus row 5 holds NaN, infinity or values too large, and 0 more"):
        exact_search(corpus, 2, similarity=similarity)
    with pytest.raises(InputError, match="query row 5 holds NaN"):
        exact_search(corpus[10:], 2, queries=corpus, similarity=similarity)


@metrics
@dtypes
@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf, 1e30])
def test_left_out_rows_may_hold_anything(bad, dtype, similarity):
    corpus = tied_vectors(np.random.default_rng(14), 30, 6, dtype)
    hidden = np.array([2, 17])
    kept = np.setdiff1d(np.arange(30), hidden)
    small = exact_search(corpus[kept], 5, similarity=similarity)
    corpus[hidden] = torch.tensor(bad).to(dtype) if dtype.is_floating_point else 0
    table = exact_search(corpus, 5, rows=kept, similarity=similarity, left_out=hidden)
    np.testing.assert_array_equal(table.positions, kept[small.positions])
    assert table.scores.tobytes() == small.scores.tobytes()
    np.testing.assert_array_equal(table.tie_positions, kept[small.tie_positions])
    assert table.n_corpus == 27


def test_left_out_rows_may_hold_the_largest_float64():
    corpus = unit(np.random.default_rng(15), 700, 6, torch.float64)
    expected = exact_search(corpus, 5, rows=np.arange(1, 700), left_out=np.array([0]), similarity=Similarity.l2)
    corpus[0] = torch.finfo(torch.float64).max
    for similarity in METRICS:
        table = exact_search(corpus, 5, rows=np.arange(1, 700), left_out=np.array([0]), similarity=similarity)
        if similarity is Similarity.l2:
            assert_same_table(table, expected)


@metrics
def test_a_left_out_row_can_search_but_not_without_a_direction(similarity):
    corpus = unit(np.random.default_rng(16), 30, 4) * 3
    check(corpus, 5, similarity=similarity, left_out=np.array([2, 9]))
    check(corpus, 28, rows=np.array([2, 9]), similarity=similarity, left_out=np.array([2, 9]))
    corpus[9] = torch.nan
    with pytest.raises(InputError, match="query row 9 holds NaN"):
        exact_search(corpus, 5, similarity=similarity, left_out=np.array([9]))


@metrics
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_values_near_the_overflow_of_their_type(dtype, similarity):
    rng = np.random.default_rng(17)
    largest = torch.finfo(torch.float16).max
    corpus = (torch.from_numpy(rng.choice([-1.0, 0.5, 0.999, 1.0], (60, 20))) * largest).to(dtype)
    check(corpus, 9, similarity=similarity)


@metrics
def test_integers_at_the_ends_of_their_range(similarity):
    rng = np.random.default_rng(18)
    check(torch.from_numpy(rng.choice([-128, -127, 127], (60, 33)).astype(np.int8)), 9, similarity=similarity)
    check(torch.from_numpy(rng.choice([1, 254, 255], (60, 33)).astype(np.uint8)), 9, similarity=similarity)


@pytest.mark.parametrize("name", ["cuda:-1", "", "CUDA", "gpu", "mps", "meta", "cuda:x"])
def test_a_device_that_is_none_is_named(name):
    with pytest.raises(InputError, match=f"device must be auto, cpu, cuda or cuda:N, got '{name}'"):
        exact_search(torch.ones(3, 2), 1, device=name)


def test_a_device_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InputError, match="device cuda:1 is not there: 1 CUDA devices found; set device=cpu"):
        choose_device("cuda:1")
    assert choose_device("cuda") == torch.device("cuda")


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch):
    for there, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert choose_device("auto") == torch.device(expected)


@pytest.mark.parametrize("size", [0, -3])
def test_blocks_of_no_queries_are_refused(size):
    with pytest.raises(InputError, match=f"block_queries must be at least 1, got {size}"):
        exact_search(torch.ones(3, 2), 1, block_queries=size)


def test_blocks_start_where_asked():
    corpus = unit(np.random.default_rng(19), 30, 4)
    parts = list(exact_blocks(search_task(corpus, 3), start=11, block_queries=8))
    assert [part.q for part in parts] == [8, 8, 3]
    whole = exact_search(corpus, 3)
    assert_same_table(parts[1], whole.take(slice(19, 27)))


def test_progress_hears_of_every_pair():
    heard = []

    class Listener:
        def start(self, label, total, done=0):
            heard.append((label, total, done))

        def advance(self, amount):
            heard.append(amount)

        def finish(self):
            heard.append("finished")

    exact_search(torch.ones(7, 2), 1, block_queries=3, progress=Listener())
    assert heard == [("exact search, pairs", 49, 0), 21, 21, 7, "finished"]


def test_queries_and_corpus_of_different_types():
    rng = np.random.default_rng(20)
    for mine in DTYPES:
        for theirs in (torch.float32, torch.float64, torch.int8):
            corpus, queries = tied_vectors(rng, 20, 5, mine), tied_vectors(rng, 4, 5, theirs)
            check(corpus, 3, queries=queries, similarity=Similarity.l2)
            np.testing.assert_array_equal(wide(corpus), corpus.to(torch.float64).numpy())
