import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import METRICS, tied_vectors, unit, wide

import embdrift.search.ranking
from embdrift.search import concatenate, exact_search, pair_scores
from embdrift.types import DTYPES, Similarity
from oracles import assert_same_table, defined_scores, exact_score

metrics = pytest.mark.parametrize("similarity", METRICS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(DTYPES), st.sampled_from(METRICS), st.integers(0, 9), st.integers(1, 40))
def test_pair_scores_equal_the_definition(seed, dtype, similarity, q, d):
    rng = np.random.default_rng(seed)
    corpus, queries = tied_vectors(rng, 25, d, dtype), tied_vectors(rng, 8, d, dtype)
    rows, positions = rng.integers(0, 8, q), rng.integers(0, 25, (q, 3))
    scores = pair_scores(corpus, positions, queries=queries, rows=rows, similarity=similarity)
    every = defined_scores(wide(queries), wide(corpus), similarity)
    assert scores.tobytes() == every[rows[:, None], positions].tobytes()


@pytest.mark.parametrize("pairs", [1, 7, 10_000])
def test_pairs_of_narrow_types_widened_a_few_at_a_time_change_nothing(pairs, monkeypatch):
    corpus = tied_vectors(np.random.default_rng(0), 50, 9, torch.float16)
    expected = exact_search(corpus, 6)
    monkeypatch.setattr(embdrift.search.ranking, "_PAIRS", pairs)
    assert_same_table(exact_search(corpus, 6), expected)


def test_pairs_without_a_direction_score_nan_under_cosine():
    vectors = torch.tensor([[1.0, 0.0], [0.0, 0.0], [torch.nan, 1.0], [1.0, 1.0], [1e-160, 0.0]], dtype=torch.float64)
    every = np.tile(np.arange(5), (5, 1))
    scores = pair_scores(vectors, every, queries=vectors, rows=np.arange(5), similarity=Similarity.cosine)
    directed = np.array([True, False, False, True, False])
    np.testing.assert_array_equal(np.isfinite(scores), directed[:, None] & directed[None, :])


@metrics
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_defined_scores_are_within_their_rounding_of_exact_ones(similarity, dtype):
    # Each of the d terms is rounded once (a difference and its square: three times) and takes part in d / 16 + 4 sums.
    rng = np.random.default_rng(1)
    for d in (1, 7, 16, 50, 333):
        x, y = (rng.normal(size=(2, 6, d)) * 10.0 ** rng.integers(-3, 3, (2, 6, d))).astype(wide(torch.ones(1)).dtype)
        x, y = (torch.from_numpy(values).to(dtype) for values in (x, y))
        rows = np.arange(6)
        scores = pair_scores(y, rows[:, None], queries=x, rows=rows, similarity=similarity)[:, 0]
        exact = np.array([exact_score(a, b, similarity) for a, b in zip(wide(x), wide(y), strict=True)])
        a, b = wide(x), wide(y)
        sizes = {
            Similarity.cosine: np.abs(a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1)) + np.abs(exact),
            Similarity.inner_product: np.abs(a * b).sum(1),
            Similarity.l2: ((a - b) ** 2).sum(1),
        }
        assert (np.abs(scores - exact) <= (d / 16 + 10) * 2.0**-53 * sizes[similarity]).all()


def test_concatenated_parts_are_the_whole():
    corpus = tied_vectors(np.random.default_rng(2), 40, 3, torch.float32)
    whole = exact_search(corpus, 5)
    assert len(whole.tie_positions)
    assert_same_table(concatenate([whole.take(slice(0, 1)), whole.take(slice(1, 1)), whole.take(slice(1, 40))]), whole)


def test_positions_are_as_narrow_as_the_corpus_allows():
    assert exact_search(unit(np.random.default_rng(3), 9, 4), 2).positions.dtype == np.int32
