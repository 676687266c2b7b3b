"""Controls: comparisons whose outcome is known before anything is measured."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from shift_cases import (
    assert_same_shift,
    brute_table,
    drifted,
    figure,
    figures,
    judgements,
    per_query,
    permuted,
    version,
    with_a_remote_group,
)

import embdrift.search.ranking
import embdrift.types
from embdrift.cache import TableCache
from embdrift.data import ZeroVectors
from embdrift.data.synthetic import clustered, dealt, jittered, mixed, rotated, with_duplicates
from embdrift.errors import InputError
from embdrift.studies import CommonOptions, StudyInput
from embdrift.studies.neighbor_shift.study import neighbor_shift
from embdrift.types import Similarity
from oracles import displacement_oracle, k_occurrence_oracle, overlap_oracle, rbo_oracle

UNCHANGED = {
    "overlap": 1.0,
    "jaccard": 1.0,
    "r_nx": 1.0,
    "r_nx_area": 1.0,
    "rbo": 1.0,
    "top1_flip": 0.0,
    "rank_displacement": 0.0,
    "lost_beyond_depth": 0.0,
    "hubness_change": 0.0,
    "noise_equivalent_overlap": 1.0,
}
HEADLINES = ("overlap", "jaccard", "rbo", "top1_flip", "rank_displacement", "lost_beyond_depth", "r_nx_area")


def assert_unchanged(result, scope="corpus"):
    found = figures(result, scope=scope)
    for (metric, k), row in found.items():
        if metric in UNCHANGED and row["n"]:
            assert row["value"] == UNCHANGED[metric], (metric, k)
    headline = [row for (metric, _), row in found.items() if metric in UNCHANGED]
    assert len(headline) > 10
    return found


@pytest.mark.parametrize("metric", list(Similarity))
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_version_against_itself_has_not_moved_even_with_a_fifth_of_the_vectors_duplicated(study, metric, share):
    vectors = with_duplicates(clustered(300, 16, seed=1), share, seed=2)
    queries = clustered(40, 16, seed=3)
    old, new = (version(vectors, name, queries=queries, similarity=metric) for name in ("old", "new"))
    result = study(old, new)
    found = assert_unchanged(result)
    assert_unchanged(result, scope="queries")
    assert all(row["n"] == 300 for (name, _), row in found.items() if name in HEADLINES)
    assert (found["tie_exposure", 10]["value"] > 0) == (share > 0)
    assert found["self_displacement", None]["value"] == 0.0
    assert found["aligned_self_displacement", None]["value"] < 1e-12
    assert found["cka_debiased", None]["value"] == pytest.approx(1, abs=1e-12)
    assert (per_query(result)["overlap"] == 1).all()
    assert (result.tables["curve"]["overlap"] == 1).all()
    assert (result.tables["displacement"]["lost_share"] == 0).all()
    assert "most_moved" not in result.tables


@pytest.mark.parametrize("metric", list(Similarity))
def test_ties_too_many_to_be_listed_are_left_out_and_counted_and_the_rest_is_unchanged(study, monkeypatch, metric):
    monkeypatch.setattr(embdrift.types, "TIE_LIMIT", 100)
    monkeypatch.setattr(embdrift.search.ranking, "TIE_LIMIT", 100)
    vectors = with_a_remote_group(500, 250)
    result = study(version(vectors, similarity=metric), version(vectors, "new", similarity=metric))
    found = assert_unchanged(result)
    lost = found["overlap", 10]
    assert lost["n"] == 250
    assert lost["note"] == "250 of 500 left out: too many items tie with the last neighbor"
    assert "250 of 500 left out" in found["rank_displacement", 10]["note"]
    assert "250 of 500 left out" in found["hubness_reference", 10]["note"]
    shown = per_query(result)["overlap"]
    assert shown[[str(row) for row in range(250)]].isna().all()
    assert (shown[[str(row) for row in range(250, 500)]] == 1).all()


def test_where_every_query_has_too_many_ties_no_figure_is_made_up(study, monkeypatch):
    monkeypatch.setattr(embdrift.types, "TIE_LIMIT", 20)
    monkeypatch.setattr(embdrift.search.ranking, "TIE_LIMIT", 20)
    vectors = clustered(1, 8, seed=1).repeat(200, 1)
    found = figures(study(version(vectors), version(vectors, "new")))
    for metric in ("overlap", "jaccard", "rank_displacement", "lost_beyond_depth"):
        assert np.isnan(found[metric, 10]["value"])
        assert found[metric, 10]["n"] == 0
        assert "too many items tie" in found[metric, 10]["note"]
    assert "too many items tie" in found["hubness_change", 10]["note"]
    assert "equal" in found["cka_debiased", None]["note"]


def test_fifteen_hundred_equal_vectors_exceed_the_limit_as_shipped(study):
    vectors = with_a_remote_group(1600, 1500)
    found = assert_unchanged(study(version(vectors), version(vectors, "new"), noise_floor=False))
    assert "1500 of 1600 left out" in found["overlap", 10]["note"]


def test_zero_vectors_left_out_count_as_not_there(study):
    old, new = drifted(200)
    ids = np.array([f"item {row}" for row in range(200)])
    zeros_old, zeros_new = old.clone(), new.clone()
    zeros_old[[3, 50]] = 0.0
    zeros_new[[50, 120]] = 0.0
    how = {"zero_vectors": ZeroVectors.leave_out}
    result = study(version(zeros_old, ids=ids, **how), version(zeros_new, "new", ids=ids, **how))
    kept = [row for row in range(200) if row not in (3, 50, 120)]
    apart = study(version(old[kept], ids=ids[kept]), version(new[kept], "new", ids=ids[kept]))
    assert_same_shift(result, apart)
    facts = result.facts["alignment"][0]
    assert (facts["shared"], facts["added"], facts["removed"]) == (197, 1, 1)
    assert facts["added_examples"] == ["item 3"]
    assert facts["removed_examples"] == ["item 120"]
    assert_unchanged(study(version(zeros_old, **how), version(zeros_old, "new", **how)))


def test_a_rotation_keeps_every_neighbour_and_shows_only_in_raw_self_displacement(study):
    vectors = clustered(1000, 32, seed=4)
    found = figures(study(version(vectors), version(rotated(vectors, seed=5), "new")))
    assert found["overlap", 10]["value"] >= 0.9999
    raw, aligned = found["self_displacement", None], found["aligned_self_displacement", None]
    assert raw["value"] > 0.5
    assert aligned["value"] < 1e-10
    assert aligned["chance"] > 0.1
    assert found["cka_debiased", None]["value"] == pytest.approx(1, abs=1e-6)
    assert found["noise_equivalent_overlap", 10]["value"] < 0.5


def test_vectors_dealt_to_other_ids_give_the_null(study):
    vectors = clustered(1200, 24, seed=6, clusters=1)
    found = figures(study(version(vectors), version(dealt(vectors, seed=7), "new")))
    for k in (10, 50):
        row = found["overlap", k]
        assert row["chance"] == k / 1199
        # Each row's count is hypergeometric; rows are nearly independent.
        spread = np.sqrt(row["chance"] * (1 - row["chance"]) / k / 1200)
        assert abs(row["value"] - row["chance"]) < 5 * spread
    assert found["top1_flip", 1]["value"] == pytest.approx(found["top1_flip", 1]["chance"], abs=0.01)
    assert found["rank_displacement", 10]["value"] == pytest.approx(found["rank_displacement", 10]["chance"], rel=0.02)
    moved = found["self_displacement", None]
    assert moved["value"] == pytest.approx(moved["chance"], abs=0.02)
    aligned = found["aligned_self_displacement", None]
    assert aligned["value"] == pytest.approx(aligned["chance"], abs=0.03)
    assert abs(found["cka_debiased", None]["value"]) < 0.01


def test_one_vector_in_five_from_another_version_lies_clearly_between(study):
    old = clustered(800, 24, seed=8)
    other = jittered(old, 0.5, seed=9)
    found = study(version(old), version(mixed(old, other, 0.2, seed=10), "new"), version(other, "whole"))
    part = figure(found, "overlap", 10)["value"]
    whole = figure(found, "overlap", 10, candidate="whole")["value"]
    assert whole + 0.1 < part < 0.95


def test_versions_of_different_dimension_are_compared_by_their_neighbours_alone(study):
    old = clustered(300, 24, seed=11)
    queries = clustered(30, 24, seed=12)
    result = study(version(old, queries=queries), version(old[:, :16], "new", queries=queries[:, :16]))
    found = figures(result)
    expected = overlap_oracle(brute_table(old, 10), brute_table(old[:, :16], 10), 10)
    assert found["overlap", 10]["value"] == pytest.approx(expected.mean())
    for key in (("self_displacement", None), ("aligned_self_displacement", None), ("noise_equivalent_overlap", 10)):
        assert np.isnan(found[key]["value"])
        assert found[key]["note"] == "dimensions differ: 24 and 16"
        assert found[key]["n"] == 0
    assert found["cka_debiased", None]["value"] > 0.5
    asked = figure(result, "noise_equivalent_overlap", 10, scope="queries")
    assert asked["note"] == "dimensions differ: 24 and 16"


@pytest.fixture
def small(study):
    old, new = drifted(70, 12, cosine=0.9)
    queries = clustered(20, 12, seed=20)
    asked = jittered(queries, 0.9, seed=21)
    result = study(version(old, queries=queries), version(new, "new", queries=asked), k=5)
    return result, {"corpus": (old, new, None, None), "queries": (old, new, queries, asked)}


@pytest.mark.parametrize("scope", ["corpus", "queries"])
def test_every_value_per_query_equals_the_slow_definition_on_brute_force_neighbours(small, scope):
    result, cases = small
    old, new, queries, asked = cases[scope]
    depth = 69 if scope == "corpus" else 70
    before, after = brute_table(old, depth, queries), brute_table(new, depth, asked)
    found = per_query(result, scope=scope)
    np.testing.assert_allclose(found["overlap"], overlap_oracle(before, after, 5), atol=1e-12)
    np.testing.assert_allclose(found["top1_flip"], 1 - overlap_oracle(before, after, 1), atol=1e-12)
    np.testing.assert_allclose(found["rbo"], rbo_oracle(before, after, depth, 0.9), atol=1e-12)
    moved = displacement_oracle(before, after, 5)
    np.testing.assert_allclose(found["rank_displacement"], moved[:, 0], atol=1e-12)
    np.testing.assert_allclose(found["lost_beyond_depth"], moved[:, 1], atol=1e-12)
    for k in (1, 2, 5, 10, 50):
        mean = overlap_oracle(before, after, k).mean()
        assert figure(result, "overlap", k, scope=scope)["value"] == pytest.approx(mean)
    curve = result.tables["curve"]
    curve = curve[curve["scope"] == scope].set_index("k")["overlap"]
    assert curve.index.tolist() == list(range(1, depth + 1))
    for k in (3, 17, 44):
        assert curve[k] == pytest.approx(overlap_oracle(before, after, k).mean())
    if scope == "corpus":
        occurrences = k_occurrence_oracle(before, 5, len(old))
        np.testing.assert_allclose(found["occurrences_reference"], occurrences)


def test_every_headline_figure_stands_beside_its_null_its_floor_and_its_number(small):
    result, _ = small
    assert result.summary.columns.tolist() == [
        "study", "scope", "reference", "candidate", "cohort", "metric", "k",
        "value", "low", "high", "n", "chance", "floor", "note",
    ]  # fmt: skip
    for scope, n in (("corpus", 70), ("queries", 20)):
        found = figures(result, scope=scope)
        for metric in HEADLINES:
            row = next(row for (name, k), row in found.items() if name == metric and k in (1, 5, 69, 70))
            assert row["n"] == n
        depth = 69 if scope == "corpus" else 70
        for key in (("overlap", 5), ("jaccard", 5), ("r_nx", 5), ("rbo", depth), ("top1_flip", 1)):
            assert np.isfinite([found[key]["value"], found[key]["chance"], found[key]["floor"]]).all(), key
        for key in (("rank_displacement", 5), ("lost_beyond_depth", 5), ("r_nx_area", depth)):
            assert np.isfinite([found[key]["value"], found[key]["chance"], found[key]["floor"]]).all(), key
    vectors = figures(result)
    for metric in ("self_displacement", "aligned_self_displacement", "cka_debiased"):
        row = vectors[metric, None]
        assert row["n"] == 70
        assert np.isfinite([row["value"], row["chance"], row["floor"]]).all()
    assert vectors["hubness_reference", 5]["chance"] > 0


def test_a_census_of_the_items_has_no_interval_and_queries_have_one(small):
    result, _ = small
    assert np.isnan(figure(result, "overlap", 5)["low"])
    asked = figure(result, "overlap", 5, scope="queries")
    assert asked["low"] < asked["value"] < asked["high"]


def test_the_second_run_with_one_cache_searches_nothing_and_gives_the_same_frames(tmp_path, monkeypatch):
    old, new = drifted(200)
    queries = clustered(20, 16, seed=3)
    reference = version(old, ids=np.arange(200), queries=queries, query_ids=np.arange(20))
    candidate = version(new[:150], "new", ids=np.arange(150), queries=queries, query_ids=np.arange(20))
    given = StudyInput(reference, (candidate,))
    first = neighbor_shift(given, cache=TableCache(tmp_path))

    def refuse(*_args, **_kwargs):
        raise AssertionError("a table was searched again")

    monkeypatch.setattr("embdrift.cache.tables.exact_blocks", refuse)
    again = neighbor_shift(given, cache=TableCache(tmp_path))
    assert_same_result(first, again)


def assert_same_result(first, other):
    pd.testing.assert_frame_equal(first.summary, other.summary, check_exact=True)
    pd.testing.assert_frame_equal(first.per_query, other.per_query, check_exact=True)
    assert first.tables.keys() == other.tables.keys()
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name], check_exact=True)
    assert (first.facts, first.notes) == (other.facts, other.notes)


def test_deeper_tables_of_an_earlier_run_change_nothing(tmp_path):
    old, new = drifted(250)
    queries = clustered(20, 16, seed=3)
    given = StudyInput(
        version(with_duplicates(old, 0.3, seed=4), queries=queries),
        (version(new, "new", queries=queries),),
        qrels=judgements(("0", "7", 1), ("3", "200", 1), ("4", "1", 1)),
        common=CommonOptions(k=5),
    )
    fresh = neighbor_shift(given, cache=TableCache(tmp_path / "fresh"))
    neighbor_shift(replace(given, common=CommonOptions(k=50)), cache=TableCache(tmp_path / "used"))
    assert_same_result(fresh, neighbor_shift(given, cache=TableCache(tmp_path / "used")))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_smallest_corpora_give_defined_overlaps(study, n):
    old, new = drifted(n, 4)
    result = study(version(old), version(new, "new"), k=1)
    found = figures(result)
    assert 0 <= found["overlap", 1]["value"] <= 1
    everything = found["overlap", n - 1]
    assert everything["value"] == 1
    assert everything["chance"] == 1
    assert np.isnan(found["r_nx", n - 1]["value"])
    assert found["r_nx", n - 1]["note"] == "not defined where k is all that can be found"
    if n < 4:
        assert "fewer than 4 items" in found["cka_debiased", None]["note"]
    assert "too few to fit a rotation" in found["aligned_self_displacement", None]["note"]


def test_k_may_be_all_that_an_item_can_find(study):
    old, new = drifted(12, 4)
    found = figures(study(version(old), version(new, "new"), k=11))
    assert found["overlap", 11]["value"] == 1
    assert found["lost_beyond_depth", 11]["value"] == 0
    assert found["hubness_change", 11]["note"] == "every item occurs equally often"


def test_k_beyond_what_a_version_or_the_shared_items_hold_is_refused(study):
    old, new = drifted(30, 8)
    with pytest.raises(InputError, match="k must be between 1 and 29 for the 30 items of old, got 30"):
        study(version(old), version(new, "new"), k=30)
    with pytest.raises(InputError, match="k must be between 1 and 19, since the versions share 20 items, got 25"):
        study(version(old, ids=np.arange(30)), version(new, "new", ids=np.arange(10, 40)), k=25)


def test_queries_of_only_one_version_are_refused(study):
    old, new = drifted(50, 8)
    queries = clustered(5, 8, seed=1)
    with pytest.raises(InputError, match="new has no queries but the version it is compared with has"):
        study(version(old, queries=queries), version(new, "new"))
    with pytest.raises(InputError, match="old has no queries"):
        study(version(old), version(new, "new", queries=queries))


def test_a_single_query_is_measured_without_an_interval(study):
    old, new = drifted(60, 8)
    queries = clustered(1, 8, seed=1)
    result = study(version(old, queries=queries), version(new, "new", queries=queries))
    row = figure(result, "overlap", 10, scope="queries")
    assert row["n"] == 1
    assert 0 <= row["value"] <= 1
    assert np.isnan(row["low"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8])
def test_every_stored_type_can_be_compared_with_itself(study, dtype):
    vectors = clustered(120, 8, seed=1)
    narrow = (vectors.abs() * 100).to(dtype) if dtype in (torch.int8, torch.uint8) else vectors.to(dtype)
    assert_unchanged(study(version(narrow), version(narrow, "new")))


def test_the_same_items_in_another_order_are_the_same_items(study):
    old, _ = drifted(120)
    ids = np.array([f"{row:03d}" for row in range(120)])
    shuffled, names = permuted(old, ids, seed=5)
    assert_unchanged(study(version(old, ids=ids), version(shuffled, "new", ids=names)))
