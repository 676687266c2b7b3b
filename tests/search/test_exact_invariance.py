import numpy as np
import pytest
import torch
from search_cases import METRICS, numbers_of_threads, tied_vectors, unit

import embdrift.search.cpu.entry
import embdrift.search.cpu.float32
import embdrift.search.cpu.float32_search
import embdrift.search.cpu.prepared
from embdrift.search import exact_blocks, exact_search, search_task
from embdrift.types import DTYPES, Similarity
from oracles import assert_same_table

pytestmark = pytest.mark.usefixtures("screen")
metrics = pytest.mark.parametrize("similarity", METRICS)


def small_blocks(monkeypatch, size):
    for module in (embdrift.search.cpu.float32, embdrift.search.cpu.prepared, embdrift.search.cpu.float32_search):
        monkeypatch.setattr(module, "BLOCK", size)


@pytest.fixture
def corpus():
    """Vectors of which a few are equal."""
    vectors = unit(np.random.default_rng(0), 300, 24)
    vectors[250:] = vectors[:50]
    return vectors


@metrics
@pytest.mark.parametrize("block", [1, 7, 2048])
def test_the_size_of_query_blocks_changes_nothing(corpus, similarity, block):
    expected = exact_search(corpus, 9, similarity=similarity, block_queries=100)
    assert_same_table(exact_search(corpus, 9, similarity=similarity, block_queries=block), expected)


@metrics
@pytest.mark.parametrize("block", [1, 16, 299])
@pytest.mark.parametrize("resident", [0, 2**30])
def test_the_size_of_corpus_blocks_changes_nothing(corpus, similarity, block, resident, monkeypatch):
    options = {"similarity": similarity, "left_out": np.arange(40, 60)}
    expected = exact_search(corpus, 9, **options)
    small_blocks(monkeypatch, block)
    monkeypatch.setattr(embdrift.search.cpu.prepared, "RESIDENT_BYTES", resident)
    assert_same_table(exact_search(corpus, 9, **options), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_screen_rows_made_again_for_every_block_change_nothing(dtype, monkeypatch):
    corpus = tied_vectors(np.random.default_rng(1), 400, 8, dtype)
    expected = exact_search(corpus, 9)
    monkeypatch.setattr(embdrift.search.cpu.prepared, "RESIDENT_BYTES", 0)
    small_blocks(monkeypatch, 64)
    assert_same_table(exact_search(corpus, 9, block_queries=150), expected)


def test_the_filter_drops_candidates_many_times_and_loses_none(monkeypatch):
    # Ever nearer neighbours fill the room for candidates again and again.
    steps = torch.linspace(1, 0.01, 5000, dtype=torch.float64)
    corpus = torch.stack([torch.cos(steps), torch.sin(steps)], dim=1).to(torch.float32)
    query = torch.tensor([[1.0, 0.0]])
    table = exact_search(corpus, 20, queries=query)
    assert table.positions.tolist() == [list(range(4999, 4979, -1))]
    small_blocks(monkeypatch, 100)
    assert_same_table(exact_search(corpus, 20, queries=query), table)


@metrics
def test_the_number_of_threads_changes_nothing(corpus, similarity):
    expected = exact_search(corpus, 9, similarity=similarity)
    with numbers_of_threads() as each:
        for _ in each:
            assert_same_table(exact_search(corpus, 9, similarity=similarity), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int8])
def test_memory_mapped_and_strided_vectors(tmp_path, dtype):
    dense = tied_vectors(np.random.default_rng(2), 80, 12, dtype)
    expected = exact_search(dense, 5)
    np.save(tmp_path / "vectors.npy", dense.numpy())
    mapped = torch.from_numpy(np.load(tmp_path / "vectors.npy", mmap_mode="c"))
    assert_same_table(exact_search(mapped, 5), expected)
    behind_a_count = torch.cat([torch.full((80, 1), 12).to(dtype), dense], dim=1)[:, 1:]
    assert_same_table(exact_search(behind_a_count, 5), expected)
    truncated = torch.cat([dense, dense.flip(0)], dim=1)[:, :12]
    assert_same_table(exact_search(truncated, 5), expected)
    every_other = torch.repeat_interleave(dense, 2, dim=0)[::2]
    assert_same_table(exact_search(every_other, 5, queries=truncated, own=np.arange(80)), expected)


def test_one_column_of_many():
    column = tied_vectors(np.random.default_rng(3), 40, 6, torch.float32)[:, :1]
    assert_same_table(
        exact_search(column, 5, similarity=Similarity.l2), exact_search(column.clone(), 5, similarity=Similarity.l2)
    )


def test_precision_that_the_caller_chose_neither_counts_nor_changes(corpus):
    expected = exact_search(corpus, 9)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        blocks = exact_blocks(search_task(corpus, 9), block_queries=100)
        assert_same_table(next(blocks), expected.take(slice(0, 100)))
        assert torch.get_float32_matmul_precision() == "medium"
        assert_same_table(exact_search(corpus, 9), expected)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_blocks_are_screened_in_full_float32(corpus, monkeypatch):
    seen = []
    inner = embdrift.search.cpu.entry.search_rows_cpu

    def watched(*given):
        seen.extend(backend.matmul.fp32_precision for backend in (torch.backends.mkldnn, torch.backends.cuda))
        return inner(*given)

    monkeypatch.setattr(embdrift.search.cpu.entry, "search_rows_cpu", watched)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        exact_search(corpus, 9, screen="float32")
    finally:
        torch.set_float32_matmul_precision(before)
    assert seen == ["ieee", "ieee"]


def test_precision_chosen_for_one_backend_only(corpus):
    expected = exact_search(corpus, 9)
    before = torch.get_float32_matmul_precision()
    matmul = torch.backends.mkldnn.matmul
    try:
        matmul.fp32_precision = "bf16"
        assert_same_table(exact_search(corpus, 9), expected)
        assert matmul.fp32_precision == "bf16"
    finally:
        torch.set_float32_matmul_precision(before)


@metrics
def test_permuted_rows_find_the_same_items(similarity):
    rng = np.random.default_rng(4)
    vectors = unit(rng, 300, 24)
    order = rng.permutation(300)
    straight, turned = (
        exact_search(vectors, 9, similarity=similarity),
        exact_search(vectors[order], 9, similarity=similarity),
    )
    assert not straight.tied_beyond.any()
    np.testing.assert_array_equal(order[turned.positions], straight.positions[order])
    assert turned.scores.tobytes() == straight.scores[order].tobytes()


@metrics
def test_chosen_rows_are_rows_of_the_whole_table(corpus, similarity):
    whole = exact_search(corpus, 9, similarity=similarity)
    rows = np.array([250, 3, 3, 299, 0])
    assert_same_table(exact_search(corpus, 9, rows=rows, similarity=similarity), whole.take(rows))
