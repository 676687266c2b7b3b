"""Judged quality of whole versions, against ir_measures called directly on brute-force rankings."""

from dataclasses import replace

import ir_measures
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from shift_cases import brute_scores, drifted, figure, judgements, permuted, version, with_a_remote_group

from embdrift.data import TieRule
from embdrift.data.synthetic import clustered, jittered
from embdrift.errors import InputError
from embdrift.types import Similarity


def measured(scores, names, queries, qrels, measures):
    """Means by ir_measures over the judged queries, and the value of each query."""
    run = {
        query: {names[item]: float(len(names) - place) for place, item in enumerate(np.argsort(-row)[:100])}
        for query, row in zip(queries, scores, strict=True)
    }
    judged = {}
    for query, item, relevance in qrels:
        judged.setdefault(query, {})[item] = relevance
    found = ir_measures.iter_calc([ir_measures.parse_measure(one) for one in measures], judged, run)
    return {(str(one.measure), one.query_id): one.value for one in found}


@pytest.fixture
def case():
    old, new = drifted(250, cosine=0.8)
    queries = clustered(30, 16, seed=5)
    names = [f"doc {row}" for row in range(250)]
    rng = np.random.default_rng(6)
    near = np.argsort(-brute_scores(old, queries), axis=1)
    rows = {
        (f"q{query}", names[near[query, rng.integers(40)]]): int(rng.integers(1, 3))
        for query in range(24)
        for _ in range(3)
    }
    return old, new, queries, names, [(*pair, relevance) for pair, relevance in rows.items()]


def test_quality_equals_ir_measures_on_brute_force_rankings(study, case):
    old, new, queries, names, qrels = case
    asked = [f"q{row}" for row in range(30)]
    qrels = [*qrels, ("q3", "no such doc", 1), ("nobody", "doc 1", 1), ("q25", "doc 3", 0)]
    how = {"ids": names, "queries": queries, "query_ids": asked}
    result = study(version(old, **how), version(new, "new", **how), qrels=judgements(*qrels))
    measures = {
        "ndcg": ("nDCG@10", 10), "precision": ("P@10", 10), "rr": ("RR@100", 100), "recall": ("R@100", 100)
    }  # fmt: skip
    by_version = {
        name: measured(
            brute_scores(vectors, queries), names, asked, qrels, [measure for measure, _ in measures.values()]
        )
        for name, vectors in (("old", old), ("new", new))
    }
    for metric, (measure, k) in measures.items():
        means = {}
        for name, values in by_version.items():
            row = figure(result, metric, k, scope="queries", candidate=name)
            means[name] = np.mean([values[measure, f"q{query}"] for query in range(24)])
            assert row["value"] == pytest.approx(means[name])
            assert row["n"] == 24
            assert row["note"] == "6 of 30 left out: queries without a relevant item"
            assert row["low"] <= row["value"] <= row["high"]
        change = figure(result, f"{metric}_change", k, scope="queries")
        assert change["value"] == pytest.approx(means["new"] - means["old"])
        assert (change["n"], change["chance"]) == (24, 0)
        assert change["low"] <= change["value"] <= change["high"]
        differences = np.array(
            [by_version["new"][measure, f"q{q}"] - by_version["old"][measure, f"q{q}"] for q in range(24)]
        )
        theirs = scipy.stats.permutation_test(
            (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(0)
        ).pvalue
        p = figure(result, f"{metric}_p", k, scope="queries")
        assert p["value"] == pytest.approx(theirs, abs=0.015)
        assert p["n"] == 24
        assert figure(result, f"{metric}_p_holm", k, scope="queries")["value"] == p["value"]
    assert any(
        note.startswith(
            "old, new: 1 judged queries are not there and take no part (nobody); 1 judged items are not there"
        )
        for note in result.notes
    )


def test_quality_of_a_sample_rests_on_the_same_queries_in_every_version(study, case):
    old, new, queries, names, qrels = case
    how = {"ids": names, "queries": queries, "query_ids": [f"q{row}" for row in range(30)]}
    result = study(version(old, **how), version(new, "new", **how), qrels=judgements(*qrels), query_sample=12)
    counts = {
        figure(result, metric, 10, scope="queries", candidate=name)["n"]
        for metric, name in (("ndcg", "old"), ("ndcg", "new"), ("ndcg_change", "new"))
    }
    assert len(counts) == 1
    assert 6 <= counts.pop() <= 12


def test_equal_scores_are_ranked_by_id_whatever_the_order_of_rows(study):
    vectors = clustered(40, 8, seed=1)
    vectors[:20] = vectors[0]
    ids = np.array([f"{row:02d}" for row in range(40)])
    qrels = judgements(("0", "07", 1))
    queries = jittered(vectors[:2], 0.99, seed=2)
    for seed in range(3):
        shuffled, names = permuted(vectors, ids, seed)
        result = study(
            version(shuffled, ids=names, queries=queries), version(shuffled, "new", ids=names, queries=queries),
            qrels=qrels,
        )  # fmt: skip
        assert figure(result, "rr", 40, scope="queries")["value"] == 1 / 8


def test_rankings_that_ties_leave_open_have_no_quality(study, monkeypatch):
    monkeypatch.setattr("embdrift.types.TIE_LIMIT", 5)
    monkeypatch.setattr("embdrift.search.ranking.TIE_LIMIT", 5)
    vectors = with_a_remote_group(170, 130)
    queries = jittered(vectors[[0, 145]], 0.999, seed=2)
    given = [version(vectors, name, queries=queries) for name in ("old", "new")]
    result = study(*given, qrels=judgements(("0", "3", 1), ("1", "145", 1)))
    row = figure(result, "ndcg", 10, scope="queries")
    assert row["note"] == (
        "1 of 2 left out: queries without a relevant item, or too many items tie with the last neighbor"
    )
    assert np.isnan(figure(result, "recall", 100, scope="queries")["value"])


@pytest.mark.parametrize("metric", list(Similarity))
def test_an_own_copy_as_relevant_item_has_the_best_quality(study, metric):
    vectors = clustered(60, 8, seed=1)
    given = [version(vectors, name, queries=vectors[:10], similarity=metric) for name in ("old", "new")]
    result = study(*given, qrels=judgements(*((str(row), str(row), 1) for row in range(10))))
    assert figure(result, "rr", 60, scope="queries")["value"] == 1


def test_judgements_that_name_nothing_known_are_refused_before_anything_is_searched(study, case, monkeypatch):
    old, new, queries, names, _ = case
    monkeypatch.setattr("embdrift.cache.tables.exact_blocks", None)
    given = [version(one, name, ids=names, queries=queries) for one, name in ((old, "old"), (new, "new"))]
    with pytest.raises(InputError, match="none of 2 judgements names a query of old and an item of old"):
        study(*given, qrels=judgements(("0", "unknown", 1), ("q77", "doc 1", 1)))


def test_holm_corrects_over_the_candidates(study, case):
    old, new, queries, names, qrels = case
    how = {"ids": names, "queries": queries, "query_ids": [f"q{row}" for row in range(30)]}
    others = [version(jittered(old, cosine, 9), f"other {cosine}", **how) for cosine in (0.5, 0.7)]
    result = study(version(old, **how), version(new, "new", **how), *others, qrels=judgements(*qrels))
    rows = result.summary[result.summary["metric"].isin(["ndcg_p", "ndcg_p_holm"])]
    p, corrected = (rows[rows["metric"] == metric]["value"].tolist() for metric in ("ndcg_p", "ndcg_p_holm"))
    ranked = np.argsort(p)
    expected = np.empty(3)
    expected[ranked] = np.minimum(np.maximum.accumulate(np.array([3, 2, 1]) * np.sort(p)), 1)
    assert corrected == pytest.approx(expected)
    assert rows["note"].str.contains("Holm over 3 candidates").sum() == 3


def test_weights_count_queries_as_often_as_they_say(study, case):
    old, new, queries, names, qrels = case
    asked = [f"q{row}" for row in range(30)]
    how = {"ids": names, "queries": queries, "query_ids": asked}
    weights = {f"q{row}": float(row % 3) for row in range(24)}
    judged = replace(judgements(*qrels), weights=weights)
    result = study(version(old, **how), version(new, "new", **how), qrels=judged)
    plain = {
        name: measured(brute_scores(vectors, queries), names, asked, qrels, ["nDCG@10"])
        for name, vectors in (("old", old), ("new", new))
    }
    means = {
        name: np.average([values["nDCG@10", query] for query in weights], weights=list(weights.values()))
        for name, values in plain.items()
    }
    for name, mean in means.items():
        row = figure(result, "ndcg", 10, scope="queries", candidate=name)
        assert row["value"] == pytest.approx(mean)
        assert row["n"] == 16
    change = figure(result, "ndcg_change", 10, scope="queries")
    assert change["value"] == pytest.approx(means["new"] - means["old"])
    assert change["low"] <= change["value"] <= change["high"]
    assert any("weighted by query" in note for note in result.notes)


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        ({"q0": 1.0}, "23 of 24 judged queries have no weight, such as 'q1'"),
        ({f"q{row}": float(row > 23) for row in range(30)}, "all 24 judged queries have weight 0"),
    ],
)
def test_judged_queries_need_weights_before_anything_is_searched(study, case, monkeypatch, weights, rule):
    old, new, queries, names, qrels = case
    monkeypatch.setattr("embdrift.cache.tables.exact_blocks", None)
    how = {"ids": names, "queries": queries, "query_ids": [f"q{row}" for row in range(30)]}
    with pytest.raises(InputError, match=rule):
        study(version(old, **how), version(new, "new", **how), qrels=replace(judgements(*qrels), weights=weights))


def test_ties_averaged_are_the_mean_over_every_place(study):
    vectors = clustered(40, 8, seed=1)
    vectors[:20] = vectors[0]
    ids = [f"{row:02d}" for row in range(40)]
    queries = jittered(vectors[:2], 0.99, seed=2)
    judged = replace(judgements(("0", "07", 1)), ties=TieRule.averaged)
    given = [version(vectors, name, ids=ids, queries=queries) for name in ("old", "new")]
    result = study(*given, qrels=judged)
    assert figure(result, "rr", 40, scope="queries")["value"] == pytest.approx(np.mean(1 / np.arange(1, 21)))
    assert figure(result, "precision", 10, scope="queries")["value"] == pytest.approx(1 / 10 * 10 / 20)
    assert figure(result, "recall", 40, scope="queries")["value"] == 1
    assert any("averaged over every order" in note for note in result.notes)


def test_a_tie_across_the_last_rank_searched_is_averaged_too(study):
    vectors = with_a_remote_group(170, 130)
    queries = jittered(vectors[[0]], 0.999, seed=2)
    judged = replace(judgements(("0", "129", 1)), ties=TieRule.averaged)
    result = study(*[version(vectors, name, queries=queries) for name in ("old", "new")], qrels=judged)
    assert figure(result, "recall", 100, scope="queries")["value"] == pytest.approx(100 / 130)
    assert figure(result, "rr", 100, scope="queries")["value"] == pytest.approx((1 / np.arange(1, 101)).sum() / 130)


def chunked(per_document, n=240):
    """Chunks of documents, drifted, with queries and judgements of documents."""
    old, new = drifted(n, cosine=0.8)
    queries = clustered(12, 16, seed=5)
    ids = [f"c{row:03d}" for row in range(n)]
    documents = {name: f"d{row // per_document:03d}" for row, name in enumerate(ids)}
    qrels = [(str(query), f"d{place:03d}", 1 + place % 2) for query in range(12) for place in range(query % 4, n, 7)]
    known = set(documents.values())
    return old, new, queries, ids, documents, [one for one in qrels if one[1] in known]


@pytest.mark.parametrize("per_document", [1, 2, 60])
def test_documents_are_ranked_by_their_best_chunk(study, per_document):
    old, new, queries, ids, documents, qrels = chunked(per_document)
    judged = replace(judgements(*qrels), documents=documents)
    how = {"ids": ids, "queries": queries}
    result = study(version(old, **how), version(new, "new", **how), qrels=judged)
    for name, vectors in (("old", old), ("new", new)):
        scores = pd.DataFrame(brute_scores(vectors, queries).T, index=[documents[one] for one in ids])
        best = scores.groupby(level=0).max()
        values = measured(best.to_numpy().T, best.index.tolist(), [str(q) for q in range(12)], qrels,
                          ["nDCG@10", "P@10", "RR@100", "R@100"])  # fmt: skip
        for metric, k, measure in (("ndcg", 10, "nDCG@10"), ("precision", 10, "P@10"), ("rr", 100, "RR@100"),
                                   ("recall", 100, "R@100")):  # fmt: skip
            expected = [values[measure, str(query)] for query in range(12)]
            row = figure(result, metric, k, scope="queries", candidate=name)
            assert row["value"] == pytest.approx(np.mean(expected)), (name, metric)
            assert row["n"] == 12
    assert any("each ranked by its best chunk" in note for note in result.notes)


def test_too_few_documents_in_reach_are_said(study, monkeypatch):
    monkeypatch.setattr("embdrift.studies.engine.quality.DEEPEST", 1)
    old, new, queries, ids, documents, qrels = chunked(2)
    how = {"ids": ids, "queries": queries}
    judged = replace(judgements(*qrels), documents=documents)
    result = study(version(old, **how), version(new, "new", **how), qrels=judged)
    row = figure(result, "recall", 100, scope="queries")
    assert np.isnan(row["value"])
    assert "too few documents among the chunks searched" in row["note"]
    assert figure(result, "ndcg", 10, scope="queries")["n"] == 12


def test_items_without_a_document_are_documents_of_their_own_and_counted(study):
    old, new, queries, ids, documents, _ = chunked(2)
    how = {"ids": ids, "queries": queries}
    del documents["c007"]
    best = ids[int(np.argmax(brute_scores(old, queries)[0]))]
    documents.pop(best, None)
    judged = replace(judgements(("0", best, 1)), documents=documents)
    result = study(version(old, **how), version(new, "new", **how), qrels=judged)
    assert figure(result, "rr", 100, scope="queries", candidate="old")["value"] == 1
    assert any("2 items of old have no document and count as documents of their own" in note for note in result.notes)


def test_judgements_of_chunks_where_documents_are_judged_are_refused(study):
    old, new, queries, ids, documents, _ = chunked(2)
    how = {"ids": ids, "queries": queries}
    judged = replace(judgements(("0", "c000", 1)), documents=documents)
    with pytest.raises(InputError, match="none of 1 judgements names a query of old and a document of old"):
        study(version(old, **how), version(new, "new", **how), qrels=judged)


def test_one_judged_query_has_a_change_without_interval(study, case):
    old, new, queries, names, _ = case
    how = {"ids": names, "queries": queries}
    result = study(version(old, **how), version(new, "new", **how), qrels=judgements(("0", "doc 1", 1)))
    change = figure(result, "rr_change", 100, scope="queries")
    assert change["n"] == 1
    assert np.isnan(change["low"])
    assert figure(result, "rr_p", 100, scope="queries")["value"] == 1


def test_queries_without_a_relevant_item_have_no_quality_and_the_row_says_why(study, case):
    old, new, queries, names, _ = case
    how = {"ids": names, "queries": queries}
    result = study(version(old, **how), version(new, "new", **how), qrels=judgements(("0", "doc 1", 0)))
    for metric in ("ndcg", "ndcg_change", "ndcg_p", "ndcg_p_holm"):
        row = figure(result, metric, 10, scope="queries")
        assert np.isnan(row["value"])
        assert row["note"] == "queries without a relevant item"


def test_judgements_without_queries_are_refused(study):
    old, new = drifted(50)
    with pytest.raises(InputError, match="judgements need queries"):
        study(version(old), version(new, "new"), qrels=judgements(("0", "1", 1)))
