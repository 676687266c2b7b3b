"""Samples that depend on ids and a seed alone, and studies of them."""

import numpy as np
import pytest
from shift_cases import drifted, figure, figures, per_query, version

from embdrift.data.synthetic import clustered
from embdrift.metrics import mean_interval
from embdrift.studies.engine.matching import sample


def test_a_sample_follows_ids_and_seed_not_the_order_of_rows():
    ids = np.array([f"item {row}" for row in range(200)])
    shuffled = np.random.default_rng(1).permutation(ids)
    assert set(ids[sample(ids, 20, 7)]) == set(shuffled[sample(shuffled, 20, 7)])
    assert set(ids[sample(ids, 20, 7)]) != set(ids[sample(ids, 20, 8)])


def test_numbers_and_their_texts_are_sampled_alike():
    ids = np.arange(100)
    assert sample(ids, 10, 0).tolist() == sample(ids.astype(str), 10, 0).tolist()


def test_a_sample_is_ascending_and_all_where_there_are_no_more():
    ids = np.arange(50)
    chosen = sample(ids, 12, 3)
    assert len(chosen) == 12
    assert (np.diff(chosen) > 0).all()
    assert sample(ids, 50, 3).tolist() == list(range(50))
    assert sample(ids, 80, 3).tolist() == list(range(50))


def test_every_id_is_as_likely_as_any_other():
    ids = np.arange(40)
    counts = np.bincount(np.concatenate([sample(ids, 10, seed) for seed in range(400)]), minlength=40)
    # 400 draws at a chance of 1 / 4: standard deviation 8.7
    assert (np.abs(counts - 100) < 5 * 8.7).all()


def test_sampled_values_are_those_of_the_census_at_the_same_ids(study):
    old, new = drifted(300)
    queries = clustered(40, 16, seed=5)
    given = [version(one, name, queries=queries) for one, name in ((old, "old"), (new, "new"))]
    census, part = study(*given), study(*given, query_sample=60)
    for scope, n in (("corpus", 60), ("queries", 40)):
        values, whole = per_query(part, scope=scope), per_query(census, scope=scope)
        assert len(values) == n
        for metric in ("overlap", "jaccard", "rbo", "top1_flip", "rank_displacement", "lost_beyond_depth"):
            np.testing.assert_array_equal(values[metric], whole.loc[values.index, metric])
        row = figure(part, "overlap", 10, scope=scope)
        assert row["value"] == whole.loc[values.index, "overlap"].to_numpy().mean()
        assert row["n"] == n
        assert row["low"] < row["value"] < row["high"]
    ids = np.arange(300)
    assert per_query(part).index.tolist() == [str(ids[row]) for row in sample(ids, 60, 0)]
    np.testing.assert_array_equal(
        per_query(part)["self_displacement"], per_query(census).loc[per_query(part).index, "self_displacement"]
    )
    found = figures(part)
    for metric in ("hubness_reference", "hubness_candidate", "hubness_change"):
        assert np.isnan(found[metric, 10]["value"])
        assert found[metric, 10]["note"] == "not defined for a sample: it counts over all items"
    assert "hubness" not in part.tables
    assert found["self_displacement", None]["n"] == 300
    noise = found["noise_equivalent_overlap", 10]
    assert noise["n"] == 60
    assert noise["low"] < noise["value"] < noise["high"]


def test_intervals_of_most_samples_hold_the_mean_of_the_census(study):
    old, new = drifted(600, cosine=0.8)
    values = per_query(study(version(old), version(new, "new"), noise_floor=False))["overlap"].to_numpy()
    ids = np.arange(600)
    held = 0
    for seed in range(100):
        interval = mean_interval(values[sample(ids, 60, seed)], population=600)
        held += interval.low <= values.mean() <= interval.high
    assert held >= 85


def test_a_sample_as_large_as_the_corpus_is_a_census(study):
    old, new = drifted(80)
    found = figures(study(version(old), version(new, "new"), query_sample=80))
    assert np.isnan(found["overlap", 10]["low"])
    assert found["hubness_change", 10]["n"] == 80


def test_different_candidates_may_share_different_items(study):
    old, new = drifted(120)
    ids = np.arange(120)
    candidates = [version(new[rows], name, ids=ids[rows]) for name, rows in (("a", slice(90)), ("b", slice(30, 120)))]
    both = study(version(old, ids=ids), *candidates, query_sample=20)
    for name, candidate in zip("ab", candidates, strict=True):
        alone = study(version(old, ids=ids), candidate, query_sample=20)
        row = figure(both, "overlap", 10, candidate=name)
        assert row["value"] == pytest.approx(figure(alone, "overlap", 10, candidate=name)["value"])
        assert row["n"] == 20
