"""Figures of distribution and geometry, by name, on versions whose answers are known."""

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp, wasserstein_distance
from shift_cases import items_table, permuted, version

from embdrift.data import ZeroVectors
from embdrift.data.synthetic import clustered, jittered
from embdrift.errors import InputError
from embdrift.studies import CommonOptions, DriftOptions, StudyInput
from embdrift.studies.drift.distribution import distribution_rows
from embdrift.types import Similarity

OWN = {
    "top1_similarity_median", "top1_similarity_p5", "top1_similarity_p1", "share_below_threshold", "norm_median",
    "effective_rank", "anisotropy", "mean_cosine", "null_vectors", "near_zero_vectors", "constant_vectors",
    "duplicated_vectors", "norm_collapse",
}  # fmt: skip
VECTORS_ALONE = {
    "norm_median_change", "norm_kl", "ks_rejected_share", "ks_largest", "wasserstein_mean", "mmd", "mmd_p",
    "domain_auc", "domain_auc_p",
}  # fmt: skip
SIMILARITY = {"similarity_kl", "similarity_js", "similarity_psi"}
QUICK = DriftOptions(permutations=39, features=32)


def measured(reference, *candidates, items=None, top1=None, options=QUICK, **common):
    """Rows by (candidate, cohort, metric)."""
    given = StudyInput(reference, candidates, items=items, common=CommonOptions(device="cpu", **common))
    rows = distribution_rows(given, options, top1=top1)
    return {(row.candidate, row.cohort, row.metric): row for row in rows if row.scope == "corpus"}


def values(rows, candidate="new", cohort=""):
    return {metric: row.value for (name, part, metric), row in rows.items() if (name, part) == (candidate, cohort)}


def test_every_version_has_its_own_figures_and_every_candidate_all_against_the_reference():
    old = clustered(100, 8, seed=1)
    rows = measured(version(old), version(jittered(old, 0.9, 2), "new"), version(old, "same"))
    assert set(values(rows, "old")) == OWN
    assert set(values(rows, "new")) == set(values(rows, "same")) == OWN | VECTORS_ALONE | SIMILARITY


def test_a_version_against_itself_has_not_moved_at_all():
    old = clustered(100, 8, seed=1)
    found = values(measured(version(old), version(old, "new")))
    for metric in ("norm_median_change", "norm_kl", "ks_rejected_share", "ks_largest", "wasserstein_mean", "mmd"):
        assert found[metric] == 0
    assert found["domain_auc"] == 0.5
    assert found["mmd_p"] == found["domain_auc_p"] == 1


def test_vectors_handed_to_other_documents_keep_every_marginal():
    old = clustered(200, 8, seed=1)
    rows = measured(version(old), version(old[torch.randperm(200, generator=torch.Generator().manual_seed(1))], "new"))
    found = values(rows)
    assert found["ks_largest"] == 0
    assert found["norm_kl"] == 0
    assert found["mmd"] == pytest.approx(0, abs=0.01)
    assert found["mmd_p"] > 0.05


def test_dimensions_are_held_against_each_other_as_scipy_does():
    old, new = clustered(60, 4, seed=1), clustered(60, 4, seed=2)
    found = values(measured(version(old), version(new, "new")))
    x, y = ((one / one.norm(dim=1, keepdim=True)).double().numpy() for one in (old, new))
    assert found["ks_largest"] == pytest.approx(max(ks_2samp(x[:, i], y[:, i]).statistic for i in range(4)), abs=1e-9)
    distances = [wasserstein_distance(x[:, i], y[:, i]) / x[:, i].std() for i in range(4)]
    assert found["wasserstein_mean"] == pytest.approx(np.mean(distances), rel=1e-5)


def test_a_rescaled_copy_moves_lengths_only():
    old = clustered(100, 8, seed=1)
    found = values(measured(version(old), version(old * 3, "new")))
    assert found["norm_median_change"] == pytest.approx(2)
    assert found["norm_kl"] > 1
    assert found["ks_largest"] < 0.02  # a value or two may be rounded to the other side of its partner
    assert found["mmd_p"] == 1
    under_l2 = values(
        measured(version(old, similarity=Similarity.l2), version(old * 3, "new", similarity=Similarity.l2))
    )
    assert under_l2["mmd_p"] < 0.05


def test_rounding_of_unit_lengths_moves_no_length():
    old = clustered(300, 32, seed=1)
    old = old / old.norm(dim=1, keepdim=True)
    found = values(measured(version(old), version(old.to(torch.bfloat16), "new")))
    assert found["norm_kl"] == pytest.approx(0, abs=1e-12)
    assert abs(found["norm_median_change"]) < 1e-3


def test_similarities_below_the_threshold_are_counted():
    old = clustered(100, 8, seed=1)
    top1 = {("old", "corpus"): np.linspace(0, 1, 100), ("new", "corpus"): np.linspace(0, 0.5, 100)}
    sides = version(old), version(old, "new")
    rows = measured(*sides, top1=top1)
    assert values(rows, "old")["share_below_threshold"] == pytest.approx(0.05)
    assert values(rows)["share_below_threshold"] == pytest.approx(0.1)
    assert "5th percentile of old" in rows["new", "", "share_below_threshold"].note
    assert rows["new", "", "similarity_kl"].value > 10 * rows["new", "", "similarity_kl"].chance > 0
    fixed = measured(*sides, top1=top1, options=DriftOptions(poor_match=0.25, permutations=39))
    assert values(fixed)["share_below_threshold"] == pytest.approx(0.5)
    assert fixed["new", "", "share_below_threshold"].note == "threshold 0.25 as set"


def test_similarities_that_were_not_searched_are_not_defined():
    old = clustered(50, 8, seed=1)
    rows = measured(version(old), version(old, "new"))
    for metric in ("top1_similarity_median", "share_below_threshold", "similarity_kl"):
        assert np.isnan(rows["new", "", metric].value)
        assert rows["new", "", metric].note == "neighbors were not searched"


def test_other_dimensions_have_no_common_distribution():
    rows = measured(version(clustered(50, 8, seed=1)), version(clustered(50, 4, seed=1), "new"))
    for metric in ("ks_rejected_share", "ks_largest", "wasserstein_mean", "mmd", "mmd_p", "domain_auc", "domain_auc_p"):
        assert np.isnan(rows["new", "", metric].value)
        assert rows["new", "", metric].note == "dimensions differ: 8 and 4"
    assert np.isfinite(rows["new", "", "norm_median_change"].value)
    assert np.isfinite(rows["new", "", "effective_rank"].value)


def test_other_metrics_have_no_common_distribution():
    old = clustered(50, 8, seed=1)
    rows = measured(version(old), version(old, "new", similarity=Similarity.l2))
    assert rows["new", "", "mmd"].note == "similarities differ: cosine and l2"


@pytest.mark.parametrize("n", [1, 2])
def test_few_rows_say_what_they_lack(n):
    old = clustered(n, 8, seed=1)
    rows = measured(version(old), version(old * 2, "new"))
    assert np.isfinite(rows["new", "", "norm_median_change"].value)
    assert (
        rows["new", "", "mmd"].note == f"{n} items in the reference and {n} in the candidate, and 10 are needed in each"
    )
    assert np.isnan(rows["new", "", "domain_auc"].value)
    if n == 1:
        assert rows["new", "", "mean_cosine"].note == "1 vectors with a direction, and 2 are needed"


def test_all_vectors_equal():
    old = torch.ones(30, 4)
    rows = measured(version(old), version(old * 2, "new"))
    found = values(rows)
    assert found["mean_cosine"] == pytest.approx(1)
    assert found["duplicated_vectors"] == pytest.approx(29 / 30)
    assert found["constant_vectors"] == 1
    assert rows["new", "", "effective_rank"].note == "all directions are equal"
    assert (found["mmd_p"], found["domain_auc"], found["ks_largest"]) == (1, 0.5, 0)
    assert found["wasserstein_mean"] == 0


def test_constant_dimensions_are_left_out_of_the_mean_where_only_the_candidate_varies():
    old = clustered(40, 4, seed=1)
    old[:, 0] = 0
    new = old.clone()
    new[:, 0] = torch.linspace(-1, 1, 40)
    rows = measured(version(old), version(new, "new"))
    assert "1 of 4 dimensions left out: constant in the reference" in rows["new", "", "wasserstein_mean"].note
    assert np.isfinite(rows["new", "", "wasserstein_mean"].value)
    assert rows["new", "", "ks_largest"].value >= 0.5


def test_zero_vectors_are_left_out_and_counted():
    old = clustered(60, 8, seed=1)
    new = old.clone()
    new[:6] = 0
    rows = measured(version(old), version(new, "new", zero_vectors=ZeroVectors.leave_out))
    found = values(rows)
    assert found["null_vectors"] == pytest.approx(0.1)
    assert found["norm_collapse"] == pytest.approx(0.1)
    assert found["duplicated_vectors"] == pytest.approx(5 / 60)
    assert rows["new", "", "mean_cosine"].n == 54
    assert "54 shared items" in rows["new", "", "mmd"].note
    assert found["mmd"] == 0


def test_zero_vectors_that_take_part_count_once_and_have_no_direction():
    old = clustered(60, 8, seed=1)
    new = old.clone()
    new[:6] = 0
    rows = measured(version(old, similarity=Similarity.l2), version(new, "new", similarity=Similarity.l2))
    assert values(rows)["null_vectors"] == pytest.approx(0.1)
    assert values(rows)["norm_collapse"] == pytest.approx(0.1)
    assert rows["new", "", "mean_cosine"].n == 54
    assert rows["new", "", "mean_cosine"].note == "6 of 60 left out: a zero vector has no direction"


def test_short_and_constant_vectors_are_counted():
    old = clustered(100, 8, seed=1)
    new = old.clone()
    new[0] *= 1e-5
    new[1] *= 0.05
    new[2] = 7.0
    found = values(measured(version(old), version(new, "new")))
    assert found["near_zero_vectors"] == pytest.approx(0.01)
    assert found["norm_collapse"] == pytest.approx(0.02)
    assert found["constant_vectors"] == pytest.approx(0.01)


def test_cohorts_are_measured_like_the_whole():
    old = clustered(120, 8, seed=1)
    new = old.clone()
    new[:60] += 0.5
    rows = measured(version(old), version(new, "new"), items=items_table(range(120), ["a"] * 60 + ["b"] * 60))
    assert values(rows, cohort="kind=b")["mmd"] == 0
    assert values(rows, cohort="kind=a")["mmd_p"] < 0.05
    alone = values(measured(version(old[:60]), version(new[:60], "new")))
    for metric in ("norm_median", "effective_rank", "norm_median_change", "ks_largest", "mmd", "domain_auc"):
        assert values(rows, cohort="kind=a")[metric] == pytest.approx(alone[metric], abs=1e-12)


def test_a_cohort_too_small_or_missing_on_one_side_says_so():
    old = clustered(60, 8, seed=1)
    kinds = ["big"] * 50 + ["few"] * 5 + ["gone"] * 5
    ids = np.array([f"item {number}" for number in range(60)])
    items = items_table(ids, kinds)
    rows = measured(version(old, ids=ids), version(old[:55], "new", ids=ids[:55]), items=items)
    few, gone = (rows["new", f"kind={kind}", "mmd"].note for kind in ("few", "gone"))
    assert few == "5 items in the reference and 5 in the candidate, and 10 are needed in each"
    assert gone == "5 items in the reference and 0 in the candidate, and 10 are needed in each"
    assert rows["new", "kind=gone", "norm_median_change"].note == (
        "no items to compare: 5 in the reference, 0 in the candidate"
    )
    assert np.isnan(rows["new", "kind=gone", "null_vectors"].value)


def test_no_figure_depends_on_the_order_of_rows():
    old = clustered(150, 8, seed=1)
    new = jittered(old, 0.9, 2)
    ids = np.random.default_rng(3).permutation(1000)[:150]
    items = items_table(ids, ["a", "b", "c"] * 50)
    first = measured(version(old, ids=ids), version(new, "new", ids=ids), items=items)
    (a, a_ids), (b, b_ids) = permuted(old, ids, 5), permuted(new, ids, 6)
    other = measured(version(a, ids=a_ids), version(b, "new", ids=b_ids), items=items)
    assert {key: repr(row) for key, row in first.items()} == {key: repr(row) for key, row in other.items()}


def test_versions_without_a_common_item_are_tested_as_independent_samples():
    vectors = clustered(400, 8, seed=2)
    ids = np.arange(400)
    rows = measured(version(vectors[:200], ids=ids[:200]), version(vectors[200:], "new", ids=ids[200:]))
    assert "unpaired test of 200 against 200 items" in rows["new", "", "mmd_p"].note
    assert rows["new", "", "mmd_p"].value > 0.05
    assert rows["new", "", "domain_auc"].low <= 0.5 <= rows["new", "", "domain_auc"].high


def test_shared_items_of_mostly_different_sets_stand_on_one_side_only():
    vectors = clustered(400, 8, seed=1)
    ids = np.arange(400)
    rows = measured(version(vectors[:220], ids=ids[:220]), version(vectors[180:], "new", ids=ids[180:]))
    assert "unpaired test of 200 against 200 items" in rows["new", "", "mmd_p"].note


def test_sets_that_mostly_overlap_are_tested_in_pairs():
    vectors = clustered(200, 8, seed=1)
    ids = np.arange(200)
    rows = measured(version(vectors[:160], ids=ids[:160]), version(vectors[40:], "new", ids=ids[40:]))
    assert "paired test on 120 shared items" in rows["new", "", "mmd_p"].note
    assert rows["new", "", "mmd"].value == 0


def test_rows_without_ids_and_of_different_number_are_independent():
    vectors = clustered(200, 8, seed=1)
    rows = measured(version(vectors[:120]), version(vectors[120:], "new"))
    assert "unpaired test of 120 against 80 items" in rows["new", "", "domain_auc"].note


def test_a_large_set_is_sampled_for_the_classifier_and_says_so():
    old = clustered(300, 8, seed=1)
    rows = measured(version(old), version(jittered(old, 0.9, 2), "new"), options=DriftOptions(classifier_rows=100))
    assert rows["new", "", "domain_auc"].n == 100
    assert "a sample of 100 and 100 items" in rows["new", "", "domain_auc"].note


def test_queries_have_intervals_and_no_cohorts():
    old, asked = clustered(100, 8, seed=1), clustered(60, 8, seed=2)
    ids = np.arange(100)
    sides = [version(old, name, ids=ids, queries=asked, query_ids=ids[:60]) for name in ("old", "new")]
    top1 = {
        (name, scope): np.linspace(0, 1, n)
        for name in ("old", "new")
        for scope, n in (("corpus", 100), ("queries", 60))
    }
    given = StudyInput(sides[0], (sides[1],), items=items_table(ids, ["a"] * 100), common=CommonOptions(device="cpu"))
    rows = [row for row in distribution_rows(given, QUICK, top1=top1) if row.candidate == "new"]
    median = {row.scope: row for row in rows if row.metric == "top1_similarity_median" and not row.cohort}
    assert median["queries"].low < median["queries"].value < median["queries"].high
    assert np.isnan(median["corpus"].low)
    assert {row.cohort for row in rows if row.scope == "queries"} == {""}


@pytest.mark.parametrize(
    ("name", "value"), [("bins", 1), ("permutations", 0), ("smoothing", 0.0), ("smoothing", float("nan")),
                        ("poor_match", 1.5), ("features", 0), ("classifier_rows", 10)],
)  # fmt: skip
def test_settings_out_of_range_are_refused(name, value):
    old = version(clustered(20, 4, seed=1))
    with pytest.raises(InputError, match=rf"study\.{name}"):
        measured(old, version(clustered(20, 4, seed=1), "new"), options=DriftOptions(**{name: value}))


def test_zero_vectors_left_out_count_in_their_cohort():
    old = clustered(60, 8, seed=1)
    new = old.clone()
    new[:6] = 0
    items = items_table(range(60), ["gone"] * 5 + ["hurt"] * 10 + ["whole"] * 45)
    rows = measured(version(old), version(new, "new", zero_vectors=ZeroVectors.leave_out), items=items)
    shares = {kind: values(rows, cohort=f"kind={kind}")["null_vectors"] for kind in ("gone", "hurt", "whole")}
    assert shares == {"gone": 1.0, "hurt": 0.1, "whole": 0.0}
    assert values(rows, cohort="kind=gone")["duplicated_vectors"] == pytest.approx(4 / 5)
    assert values(rows, cohort="kind=gone")["norm_collapse"] == 1
