"""A whole drift run: both studies in one summary, the same whatever the order of rows."""

import numpy as np
import pandas as pd
import pytest
import torch
from shift_cases import brute_scores, items_table, permuted, version

from embdrift.cache import TableCache
from embdrift.data import ZeroVectors
from embdrift.data.synthetic import clustered, jittered
from embdrift.progress import Silent
from embdrift.studies import CommonOptions, DriftOptions, StudyInput
from embdrift.studies.drift.study import drift_study
from embdrift.types import Similarity

N = 150


@pytest.fixture
def drift(tmp_path):
    """Runs a study with its own cache."""

    def run(reference, *candidates, items=None, options=None, **common):
        given = StudyInput(reference, candidates, items=items, common=CommonOptions(device="cpu", k=5, **common))
        options = options or DriftOptions(permutations=39, features=32)
        return drift_study(given, options, cache=TableCache(tmp_path / "cache"), progress=Silent())

    return run


def row_of(result, metric, *, scope="corpus", candidate="new", cohort=""):
    summary = result.summary
    chosen = summary[
        (summary["metric"] == metric)
        & (summary["scope"] == scope)
        & (summary["candidate"] == candidate)
        & (summary["cohort"] == cohort)
    ]
    assert len(chosen) == 1, metric
    return chosen.iloc[0]


def test_one_run_answers_for_distribution_and_for_neighbors(drift):
    old = clustered(N, 8, seed=1)
    found = drift(version(old), version(jittered(old, 0.95, 2), "new"))
    assert list(found.summary["study"].unique()) == ["neighbor_shift", "drift"]
    assert {"overlap", "mmd"} <= set(found.summary["metric"])
    assert {"curve", "most_moved", "distributions", "histograms"} <= found.tables.keys()
    assert len(found.per_query) == N


def test_similarity_is_the_cosine_to_the_nearest_other_item(drift):
    old, asked = clustered(N, 8, seed=1), clustered(30, 8, seed=2)
    found = drift(*(version(old, name, queries=asked) for name in ("old", "new")))
    best = brute_scores(old).max(axis=1)
    assert row_of(found, "top1_similarity_median")["value"] == pytest.approx(np.median(best), abs=1e-6)
    assert row_of(found, "top1_similarity_p5")["value"] == pytest.approx(np.quantile(best, 0.05), abs=1e-6)
    answers = brute_scores(old, asked).max(axis=1)
    assert row_of(found, "top1_similarity_p1", scope="queries")["value"] == pytest.approx(
        np.quantile(answers, 0.01), abs=1e-6
    )


@pytest.mark.parametrize("metric", [Similarity.l2, Similarity.inner_product])
def test_similarity_is_a_cosine_under_other_metrics_too(drift, metric):
    old = clustered(N, 8, seed=1) * torch.linspace(0.5, 2, N)[:, None]
    found = drift(*(version(old, name, similarity=metric) for name in ("old", "new")))
    vectors = old.double().numpy()
    scores = vectors @ vectors.T
    if metric is Similarity.l2:
        scores = -((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    np.fill_diagonal(scores, -np.inf)
    lengths = np.linalg.norm(vectors, axis=1)
    nearest = scores.argmax(axis=1)
    cosines = (vectors * vectors[nearest]).sum(axis=1) / lengths / lengths[nearest]
    assert row_of(found, "top1_similarity_median")["value"] == pytest.approx(np.median(cosines), abs=1e-9)


def test_a_sample_of_items_has_an_interval(drift):
    old = clustered(N, 8, seed=1)
    options = DriftOptions(query_sample=60, permutations=39)
    found = row_of(drift(version(old), version(old, "new"), options=options), "top1_similarity_median")
    assert found["n"] == 60
    assert found["low"] < found["value"] < found["high"]


def test_no_figure_depends_on_the_order_of_rows(drift):
    old, asked = clustered(N, 8, seed=1), clustered(40, 8, seed=2)
    new, ids = jittered(old, 0.9, 3), np.random.default_rng(4).permutation(1000)[:N]
    names = np.array([f"query {number}" for number in ids[:40]])
    items = items_table(ids, ["a", "b", "c"] * 50)

    def run(order):
        versions = []
        for seed, (name, vectors) in enumerate({"old": old, "new": new, "all": new * 2}.items()):
            (corpus, corpus_ids), (who, who_ids) = order(vectors, ids, 10 + seed), order(asked, names, 20 + seed)
            versions.append(version(corpus, name, ids=corpus_ids, queries=who, query_ids=who_ids))
        return drift(*versions, items=items)

    first, other = run(lambda vectors, ids, seed: (vectors, ids)), run(permuted)
    pd.testing.assert_frame_equal(first.summary, other.summary, check_exact=True)
    for name in ("distributions", "histograms"):
        pd.testing.assert_frame_equal(first.tables[name], other.tables[name], check_exact=True)


def test_without_neighbors_only_vectors_are_measured_and_ids_need_not_meet(drift):
    vectors = clustered(N, 8, seed=1)
    options = DriftOptions(neighbors=False, permutations=39)
    found = drift(version(vectors[:80]), version(vectors[80:], "new"), options=options)
    assert set(found.summary["study"]) == {"drift"}
    assert not len(found.per_query)
    assert row_of(found, "top1_similarity_median")["note"] == "neighbors were not searched"
    assert np.isfinite(row_of(found, "mmd")["value"])


def test_duplicates_are_counted_alike_in_every_cohort_and_order(drift):
    old = clustered(60, 8, seed=1)
    new = old.clone()
    new[:30] = new[0]
    ids = np.arange(60)
    items = items_table(ids, ["a", "b"] * 30)
    order = np.random.default_rng(1).permutation(60)
    options = DriftOptions(neighbors=False, permutations=39)
    for rows in (ids, order):
        found = drift(version(old, ids=ids), version(new[rows], "new", ids=ids[rows]), items=items, options=options)
        assert row_of(found, "duplicated_vectors")["value"] == pytest.approx(29 / 60)
        assert row_of(found, "duplicated_vectors", cohort="kind=a")["value"] == pytest.approx(14 / 30)


def test_zero_vectors_left_out_have_no_nearest_item(drift):
    old = clustered(N, 8, seed=1)
    new = old.clone()
    new[:3] = 0
    found = drift(version(old), version(new, "new", zero_vectors=ZeroVectors.leave_out))
    assert row_of(found, "top1_similarity_median")["n"] == N - 3
    assert row_of(found, "null_vectors")["value"] == pytest.approx(3 / N)


def test_a_second_encoding_of_the_reference_sets_the_floor(tmp_path):
    old = clustered(N, 8, seed=1)
    again = version(jittered(old, 0.99, 5), "again")
    given = StudyInput(
        version(old), (version(jittered(old, 0.9, 2), "new"),), again, common=CommonOptions(device="cpu")
    )
    options = DriftOptions(permutations=39, features=32)
    found = drift_study(given, options, cache=TableCache(tmp_path / "cache"), progress=Silent())
    alone = drift_study(
        StudyInput(version(old), (again,), common=CommonOptions(device="cpu")), options,
        cache=TableCache(tmp_path / "cache"), progress=Silent(),
    )  # fmt: skip
    for metric in ("similarity_kl", "mmd", "ks_largest", "domain_auc"):
        assert row_of(found, metric)["floor"] == row_of(alone, metric, candidate="again")["value"]
    assert np.isnan(row_of(found, "mmd_p")["floor"])
    assert "again" not in set(found.summary["candidate"])
