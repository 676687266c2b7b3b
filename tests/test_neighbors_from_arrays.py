"""Neighbor lists of other libraries as tables that every metric takes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from embdrift import metrics
from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.metrics.recall import recall
from embdrift.search import exact_search
from embdrift.types import Neighbors


def lists(rows, **more):
    """A table of these lists with falling scores."""
    return Neighbors.from_arrays(rows, scores=np.arange(len(rows[0]), 0, -1) * np.ones((len(rows), 1)), **more)


def test_scikit_learn_finds_what_exact_search_finds():
    vectors = clustered(300, 12, seed=1)
    fitted = NearestNeighbors(metric="euclidean", algorithm="brute").fit(vectors.double().numpy())
    distances, indices = fitted.kneighbors(vectors.double().numpy(), n_neighbors=11)
    theirs = Neighbors.from_arrays(indices, distances=distances, n_corpus=300, own=True)
    ours = exact_search(vectors.double(), 10)
    by_cosine = exact_search(vectors.double() / vectors.double().norm(dim=1, keepdim=True), 10)
    assert theirs.n_corpus == ours.n_corpus == 299
    assert theirs.depth == 10
    assert metrics.overlap(ours, by_cosine, k=10).mean() == 1
    assert 0 < metrics.overlap(theirs, ours, k=10).mean() <= 1


def test_faiss_inner_products_agree_with_exact_search():
    pytest.importorskip("faiss", reason="needs faiss, from the extra `cpu`")
    import faiss  # noqa: TID251

    vectors = clustered(400, 16, seed=2)
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    index = faiss.IndexFlatIP(16)
    index.add(vectors.numpy())
    scores, indices = index.search(vectors.numpy(), 11)
    theirs = Neighbors.from_arrays(indices, scores=scores, n_corpus=400, own=True)
    # float32 products may swap near ties, nothing else
    assert metrics.overlap(exact_search(vectors, 10), theirs, k=10).mean() > 0.999


# The first call compiles the kernels.
@settings(deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(3, 30), q=st.integers(1, 6), data=st.data())
def test_figures_of_exact_arrays_are_those_of_the_table(seed, n, q, data):
    depth = data.draw(st.integers(1, n))
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        scores = rng.random((q, n))
        order = np.argsort(-scores, axis=1)[:, :depth]
        tables.append((order, np.take_along_axis(scores, order, axis=1)))
    a, b = (Neighbors.from_arrays(rows, scores=scores, n_corpus=n) for rows, scores in tables)
    shared = [len(set(x) & set(y)) / depth for x, y in zip(tables[0][0].tolist(), tables[1][0].tolist(), strict=True)]
    np.testing.assert_allclose(metrics.overlap(a, b, depth), shared, rtol=1e-12)
    np.testing.assert_array_equal(metrics.overlap(a, a, depth), 1)
    np.testing.assert_array_equal(metrics.rank_displacement(a, a, depth), 0)


def test_distances_are_turned_round():
    table = Neighbors.from_arrays([[1, 0]], distances=[[0.25, 1.0]], n_corpus=2)
    assert table.scores.tolist() == [[-0.25, -1.0]]


def test_the_item_itself_is_removed_wherever_it_stands_and_duplicates_stay():
    # Query 0 lists its copy 1 before itself, query 1 does not list itself at all.
    table = Neighbors.from_arrays([[1, 0, 2], [0, 2, 3]], distances=[[0, 0, 1], [0, 1, 2]], n_corpus=4, own=True)
    assert table.positions.tolist() == [[1, 2], [0, 2]]
    assert table.n_corpus == 3


def test_own_positions_may_be_given():
    table = lists([[3, 1], [1, 2]], n_corpus=4, own=[3, 2])
    assert table.positions.tolist() == [[1], [1]]


def test_a_missing_neighbor_is_one_that_nobody_else_found():
    full, short = lists([[0, 1, 2, 3]], n_corpus=9), lists([[0, 1, -1, -1]], n_corpus=9)
    assert metrics.overlap(full, short, 4).tolist() == [0.5]
    assert metrics.overlap(short, full, 4).tolist() == [0.5]
    assert metrics.overlap(short, short, 4).tolist() == [0.5]
    assert metrics.overlap(full, short, 2).tolist() == [1.0]
    assert recall(full, short.positions, 4).tolist() == [0.5]
    assert metrics.lost_beyond_depth(full, short, 4).tolist() == [0.5]
    assert metrics.k_occurrence(short, 4, 9).tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0]


def test_old_neighbors_that_are_missing_cannot_be_followed():
    full, short = lists([[0, 1, 2]], n_corpus=9), lists([[0, 1, -1]], n_corpus=9)
    assert np.isnan(metrics.rank_displacement(short, full, 3)).all()
    assert metrics.rank_displacement(short, full, 2).tolist() == [0]


def test_recall_against_a_reference_with_missing_neighbors_is_refused():
    short = lists([[0, 1, -1]], n_corpus=9)
    with pytest.raises(InputError, match="must list 3 neighbors of every query, and query 0 has fewer"):
        recall(short, np.array([[0, 1, 2]]), 3)


def test_ties_beyond_the_last_column_are_unknown_and_said_to_be():
    table = Neighbors.from_arrays([[4, 1, 2]], scores=[[3, 2, 2]], n_corpus=5)
    assert "ties beyond rank 3 unknown" in repr(table)
    assert metrics.boundary_ties(table, 2).tolist() == [True]
    with pytest.raises(InputError, match="ties beyond rank 3 are not recorded"):
        metrics.boundary_ties(table, 3)
    assert not table.take(np.array([0])).ties_known
    assert not table.shallower(2).ties_known


def test_equal_scores_stand_by_position():
    table = Neighbors.from_arrays([[4, 2, 3]], scores=[[3, 2, 2]], n_corpus=5)
    other = Neighbors.from_arrays([[4, 3, 2]], scores=[[3, 2, 2]], n_corpus=5)
    assert table.positions.tolist() == other.positions.tolist() == [[4, 2, 3]]


def test_every_item_but_oneself_may_be_listed():
    table = lists([[0, 1, 2], [1, 0, 2], [2, 0, 1]], n_corpus=3, own=True)
    assert table.depth == table.n_corpus == 2
    assert metrics.overlap(table, table, 2).tolist() == [1, 1, 1]


def test_one_query_and_none():
    assert lists([[1]], n_corpus=2).q == 1
    empty = Neighbors.from_arrays(np.empty((0, 3), np.int64), scores=np.empty((0, 3)), n_corpus=5)
    assert metrics.overlap(empty, empty, 3).shape == (0,)


def test_tensors_and_narrow_numbers_are_taken():
    table = Neighbors.from_arrays(
        torch.tensor([[1, 0]], dtype=torch.int32), scores=torch.tensor([[2, 1]], dtype=torch.float16), n_corpus=2
    )
    assert table.scores.dtype == np.float64
    assert table.positions.dtype == np.int64


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_tensors_on_a_gpu_are_taken():
    table = Neighbors.from_arrays(torch.tensor([[1]]).cuda(), scores=torch.tensor([[1.0]]).cuda(), n_corpus=2)
    assert table.positions.tolist() == [[1]]


def test_ids_are_those_of_the_positions():
    table = lists([[1, 0], [2, -1]], n_corpus=3, ids=["a", "b", "c"])
    assert table.ids().tolist() == [["b", "a"], ["c", None]]
    assert table.take(slice(0, 1)).ids().tolist() == [["b", "a"]]
    with pytest.raises(InputError, match="holds positions only: pass `ids`"):
        lists([[0]], n_corpus=1).ids()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"indices": [[0, 1]]}, "exactly one of scores .* and distances .*, got neither"),
        ({"indices": [[0, 1]], "scores": [[2, 1]], "distances": [[1, 2]]}, "got both"),
        ({"indices": [[0, 1]], "scores": [[1, 2]]}, "scores must be descending .* query 0"),
        ({"indices": [[0, 1]], "distances": [[2, 1]]}, "distances must be ascending .* query 0"),
        ({"indices": [[0, 1]], "scores": [[2, float("nan")]]}, "must be numbers, got NaN for query 0"),
        ({"indices": [[0, 0]], "scores": [[2, 1]]}, "an item twice for query 0"),
        ({"indices": [[0, 5]], "scores": [[2, 1]]}, "between 0 and 4 for a corpus of 5, .* got 5 for query 0"),
        ({"indices": [[-1, 0]], "scores": [[2, 1]]}, "-1 must stand after"),
        ({"indices": [[-2, 0]], "scores": [[2, 1]]}, "or -1 for no neighbor, got -2"),
        ({"indices": [0, 1], "scores": [2, 1]}, "for one query, pass a list that holds its list"),
        ({"indices": [[0.5, 1]], "scores": [[2, 1]]}, "whole numbers"),
        ({"indices": [[0, 1]], "scores": [[2]]}, "must have the shape of indices"),
        ({"indices": [[]], "scores": [[]]}, "whole numbers|at least one neighbor"),
        ({"indices": [[0, 1]], "scores": [[2, 1]], "own": [1, 2]}, "own must be True or 1 corpus positions"),
        ({"indices": [[0]], "scores": [[2]], "own": True}, "at least two neighbors"),
        ({"indices": [[0, 1]], "scores": [[2, 1]], "ids": ["a"]}, "one id for each of the 5 corpus items"),
    ],
)
def test_what_cannot_be_a_table_is_refused(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        Neighbors.from_arrays(n_corpus=5, **arguments)
