import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from precision_cases import searcher

from embdrift.errors import InputError
from embdrift.numerics import exhaustive
from embdrift.types import TIE_LIMIT, Similarity
from number_formats import cell, sphere
from oracles import table_from_scores


def same(found, expected):
    np.testing.assert_array_equal(found.positions, expected.positions)
    np.testing.assert_array_equal(found.scores, expected.scores)
    np.testing.assert_array_equal(found.tied_beyond, expected.tied_beyond)
    np.testing.assert_array_equal(found.tie_starts, expected.tie_starts)
    np.testing.assert_array_equal(found.tie_positions, expected.tie_positions)


def oracle(scores, rows, depth, *, own, skip=()):
    """The table of a full matrix of scores; what may not be found is taken out and positions put back."""
    scores = np.array(scores, np.float64)
    for at, row in enumerate(rows):
        if own:
            scores[at, row] = -np.inf
    scores[:, list(skip)] = -np.inf
    return table_from_scores(scores, depth)


@pytest.mark.parametrize("similarity", list(Similarity))
@pytest.mark.parametrize(
    "made",
    [cell(), cell("float16", kept="float16"), cell("int8_vector_symmetric"), cell("float32", "float64", "bfloat16")],
)
def test_the_best_by_score_then_position(similarity, made):
    search = searcher(sphere(60, 5), made, similarity)
    rows = np.arange(60)
    scores = search.scores(rows, slice(0, 60))
    same(search.search(rows, rows, 7).neighbors, oracle(scores, rows, 7, own=True))


@given(seed=st.integers(0, 99), depth=st.integers(1, 12), levels=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_ties_are_counted_and_listed_in_order(seed, depth, levels):
    x = torch.from_numpy(np.random.default_rng(seed).integers(0, levels + 1, (40, 2)).astype(np.float32))
    search = searcher(x, cell())
    rows = np.arange(40)
    scores = search.scores(rows, slice(0, 40))
    same(search.search(rows, np.full(40, -1), depth).neighbors, oracle(scores, rows, depth, own=False))


def test_ties_beyond_the_limit_are_counted_only(monkeypatch):
    monkeypatch.setattr(exhaustive, "BLOCK_CORPUS", 300)
    monkeypatch.setattr(exhaustive, "TIE_LIMIT", 8)
    random = np.random.default_rng(3)
    x = torch.from_numpy(random.integers(0, 3, (1000, 2)).astype(np.float32))
    search = searcher(x, cell())
    rows = np.arange(20)
    scores = search.scores(rows, slice(0, 1000))
    found = search.search(rows, rows, 5).neighbors
    expected = table_from_scores(np.where(np.arange(1000) == rows[:, None], -np.inf, scores), 5, tie_limit=8)
    assert (expected.tied_beyond > 8).any()
    same(found, expected)


def test_a_better_level_late_in_the_corpus_forgets_the_ties_before_it(monkeypatch):
    monkeypatch.setattr(exhaustive, "BLOCK_CORPUS", 64)
    monkeypatch.setattr(exhaustive, "TIE_LIMIT", 4)
    x = torch.ones(400, 1)
    x[390:] = 2.0
    found = searcher(x, cell()).search(np.array([0]), np.array([-1]), 3).neighbors
    assert found.positions.tolist() == [[390, 391, 392]]
    assert found.tied_beyond.tolist() == [7]
    assert TIE_LIMIT > 4


def test_own_and_left_out_rows_are_never_found():
    x = sphere(30, 4)
    skip = np.zeros(30, bool)
    skip[[2, 9]] = True
    search = searcher(x, cell(), skip=skip)
    rows = np.array([0, 5])
    found = search.search(rows, rows, 27).neighbors
    assert found.n_corpus == 27
    for at, row in enumerate(rows):
        assert not {2, 9, row} & set(found.positions[at].tolist())


def test_scores_of_wanted_pairs_are_those_of_the_search():
    search = searcher(sphere(50, 6), cell("bfloat16", kept="bfloat16"))
    rows = np.arange(10)
    first = search.search(rows, rows, 4).neighbors
    again = search.search(rows, rows, 4, wanted=first.positions)
    np.testing.assert_array_equal(again.looked_up, first.scores)


def test_raw_codes_multiply_exactly():
    x = sphere(40, 33)
    made = cell("int8_dimension_affine", "codes")
    search = searcher(x, made, Similarity.cosine)
    codes = search.corpus.encoded.codes.numpy().astype(np.int64)
    np.testing.assert_array_equal(search.scores(np.arange(40), slice(0, 40)), codes @ codes.T)


def test_binary_scores_are_dimensions_less_twice_those_that_differ():
    x = sphere(12, 20)
    signs = (x > 0).numpy()
    differing = (signs[:, None] != signs[None]).sum(axis=2)
    search = searcher(x, cell("binary", "codes"), Similarity.cosine)
    np.testing.assert_array_equal(search.scores(np.arange(12), slice(0, 12)), 20 - 2 * differing)


def test_narrow_arithmetic_rounds_components_and_sums_wider():
    x = sphere(30, 16)
    search = searcher(x, cell(arithmetic="bfloat16"))
    narrow = x.to(torch.bfloat16).double()
    expected = (narrow @ narrow.T).numpy()
    np.testing.assert_allclose(search.scores(np.arange(30), slice(0, 30)), expected, atol=16 * 2**-24)


def test_scores_that_are_not_numbers_are_refused():
    x = sphere(10, 4)
    x[:, 0] = np.inf
    with pytest.raises(InputError, match="scores that are not numbers"):
        searcher(x, cell(), Similarity.l2).search(np.arange(10), np.arange(10), 3)
