"""Permuted rows with their ids give exactly the same figures, bit by bit, whatever a study measures."""

import numpy as np
import pandas as pd
import pytest
import torch
from shift_cases import figure, items_table, judgements, permuted, version

import embdrift.search.ranking
import embdrift.types
from embdrift.data import ZeroVectors
from embdrift.data.synthetic import clustered, jittered, with_duplicates
from embdrift.types import Similarity

N = 200


def numbered(n):
    """Ids whose numerical order is not the order of rows."""
    return np.random.default_rng(99).permutation(10 * n)[:n]


def named(n, word="item"):
    return np.array([f"{word} {number}" for number in numbered(n)])


def tie_free(vectors):
    return vectors


def coarse(vectors, levels=3):
    """Vectors of small whole numbers: exact ties everywhere."""
    return (vectors * levels / vectors.abs().mean()).round().to(torch.float32) + 0.0


def duplicated(vectors):
    return with_duplicates(vectors, 0.2, seed=5)


def crowded(vectors):
    """A third of the vectors equal, another third in exact ties."""
    result = coarse(vectors, 1.5)
    result[: len(result) // 3] = result[0]
    return result


def permutations(make):
    """Two results: rows as they lie, and every file in another order."""
    return make(lambda vectors, ids, _seed: (vectors, ids)), make(permuted)


def assert_same(first, other):
    pd.testing.assert_frame_equal(first.summary, other.summary, check_exact=True)
    pd.testing.assert_frame_equal(first.per_query, other.per_query, check_exact=True)
    assert first.tables.keys() == other.tables.keys()
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name], check_exact=True, obj=name)
    assert first.facts == other.facts
    assert first.notes == other.notes


def whole_study(study, order, shape, ids, *, similarity=Similarity.cosine, query_ids=None, again=False, **options):
    """Corpora that share most of their items, with queries, judgements and cohorts, each file in its own order."""
    old = clustered(N, 16, seed=1)
    new = shape(jittered(old, 0.9, seed=2))
    old = shape(old)
    queries, asked = clustered(30, 16, seed=3), shape(clustered(30, 16, seed=3))
    query_ids = named(30, "query") if query_ids is None else query_ids

    def one(vectors, name, rows, asking, seed):
        rows = np.arange(*rows)
        corpus, corpus_ids = order(vectors[rows], ids[rows], seed)
        who, who_ids = order(asking, query_ids, seed + 1)
        how = {"similarity": similarity, "zero_vectors": ZeroVectors.leave_out}
        return version(corpus, name, ids=corpus_ids, queries=who, query_ids=who_ids, **how)

    reference = one(old, "old", (0, N - 30), queries, 10)
    candidates = [one(new, "new", (30, N), asked, 20), one(new, "all", (0, N - 30), asked, 30)]
    rng = np.random.default_rng(4)
    pairs = [(str(query_ids[row % 30]), str(ids[rng.integers(N)]), 1) for row in range(60)]
    return study(
        reference,
        *candidates,
        again=one(duplicated(old), "again", (0, N - 30), asked, 40) if again else None,
        items=items_table(ids, [f"kind {row % 3}" for row in range(N)], [f"text {row}" for row in range(N)]),
        qrels=judgements(*dict.fromkeys(pairs)),
        **options,
    )


@pytest.mark.parametrize(
    ("shape", "metric", "ids"),
    [
        (tie_free, Similarity.cosine, named(N)),
        (duplicated, Similarity.inner_product, numbered(N)),
        (duplicated, Similarity.cosine, named(N)),
        (coarse, Similarity.cosine, numbered(N)),
        (coarse, Similarity.l2, named(N)),
    ],
)
def test_the_order_of_rows_changes_no_figure(study, shape, metric, ids):
    first, other = permutations(lambda order: whole_study(study, order, shape, ids, similarity=metric))
    assert_same(first, other)
    assert (figure(first, "tie_exposure", 10)["value"] > 0) == (shape is not tie_free)


def test_the_order_of_rows_changes_no_figure_of_a_sample(study):
    first, other = permutations(
        lambda order: whole_study(study, order, duplicated, numbered(N), query_sample=25, k=5, examples=30)
    )
    assert_same(first, other)
    assert figure(first, "overlap", 5)["n"] == 25


def test_the_order_of_rows_changes_no_figure_where_ties_are_too_many_to_be_listed(study, monkeypatch):
    monkeypatch.setattr(embdrift.types, "TIE_LIMIT", 12)
    monkeypatch.setattr(embdrift.search.ranking, "TIE_LIMIT", 12)
    monkeypatch.setattr("embdrift.studies.engine.study.LEAST_DEPTH", 12)
    first, other = permutations(lambda order: whole_study(study, order, crowded, named(N), k=4))
    assert_same(first, other)
    kept = figure(first, "overlap", 4)
    assert 0 < kept["n"] < N - 60
    assert "too many items tie" in kept["note"]


def test_the_order_of_rows_changes_no_figure_with_a_second_encoding_and_ids_of_mixed_type(study):
    def mixed(order):
        def with_text_ids(vectors, ids, seed):
            rows, names = order(vectors, ids, seed)
            return rows, names if seed < 20 else names.astype(str)

        return whole_study(study, with_text_ids, coarse, numbered(N), query_ids=numbered(30), again=True)

    first, other = permutations(mixed)
    assert_same(first, other)
    assert np.isfinite(figure(first, "overlap", 10)["floor"])


def test_the_noise_floor_does_not_depend_on_the_order_of_rows_in_more_than_one_block_of_noise(study, monkeypatch):
    monkeypatch.setattr("embdrift.studies.engine.floor.NOISE_BLOCK", 64)
    monkeypatch.setattr("embdrift.studies.engine.floor.ROUNDING_ROWS", 50)
    first, other = permutations(lambda order: whole_study(study, order, duplicated, named(N)))
    assert_same(first, other)
    assert figure(first, "noise_equivalent_overlap", 10)["n"] == 50


def test_figures_do_not_depend_on_the_block_of_rows_that_is_compared_at_a_time(study, monkeypatch):
    first = whole_study(study, permuted, coarse, named(N))
    monkeypatch.setattr("embdrift.studies.engine.tables.BLOCK", 70)
    other = whole_study(study, permuted, coarse, named(N))
    pd.testing.assert_frame_equal(first.per_query, other.per_query, check_exact=True)
    pd.testing.assert_frame_equal(first.summary, other.summary, rtol=1e-14)
