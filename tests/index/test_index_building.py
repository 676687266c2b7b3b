import numpy as np
import pytest
from index_data import NAMES, build_of, doubled, rows, small, turned

from embdrift.errors import InputError
from embdrift.index import Keeps, fresh, list_imbalance, load_faiss, registered, search, serialized_bytes, stale
from embdrift.types import Similarity

K = 5


@pytest.fixture(autouse=True)
def one_thread():
    load_faiss().omp_set_num_threads(1)


def found(name, vectors, *, seed=0, similarity=Similarity.cosine, own=True, **point):
    build = build_of(name)
    built = fresh(build, vectors, similarity=similarity, seed=seed)
    return search(
        built,
        vectors[:100],
        K,
        similarity=similarity,
        point=point or build.grid[0],
        own=np.arange(100) if own else None,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_answers(name):
    vectors = rows(small())
    assert np.array_equal(found(name, vectors).positions, found(name, vectors).positions)


@pytest.mark.parametrize("name", ["IVF8,Flat", "IVF8,PQ8x4np", "HNSW8,Flat efc40"])
def test_another_seed_gives_another_index(name):
    vectors = rows(small(2000))
    point = {"ef_search": 6} if name.startswith("HNSW") else {"nprobe": 1}
    one, other = (found(name, vectors, seed=seed, **point).positions for seed in (0, 1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_a_stale_index_of_the_same_vectors_answers_as_the_fresh_one(name):
    vectors, build = rows(small()), build_of(name)
    built = fresh(build, vectors, similarity=Similarity.cosine, seed=0)
    before = search(built, vectors[:50], K, similarity=Similarity.cosine, point=build.grid[-1])
    after = search(stale(build, built, vectors), vectors[:50], K, similarity=Similarity.cosine, point=build.grid[-1])
    assert np.array_equal(before.positions, after.positions)


def test_a_graph_kept_for_turned_vectors_answers_as_it_did():
    old, new, build = rows(small()), rows(turned()), build_of("HNSW8,Flat efc40")
    built = fresh(build, old, similarity=Similarity.cosine, seed=0)
    before = search(built, old[:200], K, similarity=Similarity.cosine, point={"ef_search": 16})
    after = search(stale(build, built, new), new[:200], K, similarity=Similarity.cosine, point={"ef_search": 16})
    assert np.array_equal(before.positions, after.positions)


def test_lists_kept_for_turned_vectors_miss_most():
    old, new = rows(small(2000, 32)), rows(turned(2000, 32))
    build = build_of("IVF64,Flat", ivf_flat={"nlist": [64]})
    built = fresh(build, old, similarity=Similarity.cosine, seed=0)
    before = search(built, old[:200], K, similarity=Similarity.cosine, point={"nprobe": 2}).positions
    truth = search(
        fresh(build_of("Flat"), new, similarity=Similarity.cosine, seed=0), new[:200], K, similarity=Similarity.cosine
    ).positions
    after = search(stale(build, built, new), new[:200], K, similarity=Similarity.cosine, point={"nprobe": 2}).positions

    def share(answers):
        return np.mean([len(set(a) & set(b)) / K for a, b in zip(answers, truth, strict=True)])

    assert share(before) > 0.95
    assert share(after) < 0.75


@pytest.mark.parametrize("similarity", list(Similarity))
def test_flat_search_finds_the_nearest_under_every_metric(similarity):
    vectors = rows(small(300), similarity) * np.float32(1.7 if similarity is not Similarity.cosine else 1)
    scores = vectors[:100] @ vectors.T
    if similarity is Similarity.l2:
        scores = -((vectors[:100, None] - vectors[None]) ** 2).sum(-1)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    answers = found("Flat", vectors, similarity=similarity, own=False)
    assert np.array_equal(answers.positions, expected)
    assert np.allclose(answers.scores, np.take_along_axis(scores, expected, 1), atol=1e-5)
    assert (np.diff(answers.scores, axis=1) <= 0).all()


def test_a_query_leaves_itself_out_by_id_and_not_its_duplicates():
    vectors = rows(doubled())
    answers = found("Flat", vectors).positions
    assert not (answers == np.arange(100)[:, None]).any()
    same = (vectors[:100] @ vectors.T > 1 - 1e-6).sum(axis=1) - 1
    best = np.take_along_axis(vectors[:100] @ vectors.T, answers[:, :1], 1)[:, 0]
    assert (same > 0).any()
    assert (best[same > 0] > 1 - 1e-6).all()


def test_fewer_found_than_asked_for_is_minus_one_with_the_lowest_score():
    vectors = rows(small(600))
    answers = search(
        fresh(build_of("IVF8,Flat"), vectors, similarity=Similarity.cosine, seed=0),
        vectors[:20],
        300,
        similarity=Similarity.cosine,
        point={"nprobe": 1},
    )
    assert (answers.positions == -1).any()
    assert np.isneginf(answers.scores[answers.positions == -1]).all()


def test_too_few_vectors_to_train_are_refused():
    with pytest.raises(InputError, match="needs at least 8 vectors to train its 8 lists, got 5"):
        fresh(build_of("IVF8,Flat"), rows(small())[:5], similarity=Similarity.cosine, seed=0)


def test_a_graph_that_faiss_would_build_anew_cannot_be_kept():
    with pytest.raises(InputError, match="CAGRA cannot keep its graph"):
        registered()["cagra"].refill(None, rows(small()), Keeps.training)


def test_size_and_imbalance_are_known():
    built = fresh(build_of("IVF8,Flat"), rows(small()), similarity=Similarity.cosine, seed=0)
    assert serialized_bytes(built) > 600 * 16 * 4
    assert 1 <= list_imbalance(built) < 8
    assert np.isnan(list_imbalance(fresh(build_of("Flat"), rows(small()), similarity=Similarity.cosine, seed=0)))
