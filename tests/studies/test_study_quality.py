"""Judged quality of whole versions, against ir_measures called directly on brute-force rankings."""

import ir_measures
import numpy as np
import pytest
from shift_cases import brute_scores, drifted, figure, judgements, permuted, version, with_a_remote_group

from embdrift.data.synthetic import clustered, jittered
from embdrift.errors import InputError
from embdrift.types import Metric


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
    measures = {"ndcg": ("nDCG@10", 10), "rr": ("RR@100", 100), "recall": ("R@100", 100)}
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
        assert (change["n"], change["null"]) == (24, 0)


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
        "1 of 2 left out: queries without a relevant item, or too many items tie with the last neighbour"
    )
    assert np.isnan(figure(result, "recall", 100, scope="queries")["value"])


@pytest.mark.parametrize("metric", list(Metric))
def test_an_own_copy_as_relevant_item_has_the_best_quality(study, metric):
    vectors = clustered(60, 8, seed=1)
    given = [version(vectors, name, queries=vectors[:10], metric=metric) for name in ("old", "new")]
    result = study(*given, qrels=judgements(*((str(row), str(row), 1) for row in range(10))))
    assert figure(result, "rr", 60, scope="queries")["value"] == 1


def test_judgements_that_name_nothing_known_are_refused_before_anything_is_searched(study, case, monkeypatch):
    old, new, queries, names, _ = case
    monkeypatch.setattr("embdrift.cache.tables.exact_blocks", None)
    given = [version(one, name, ids=names, queries=queries) for one, name in ((old, "old"), (new, "new"))]
    with pytest.raises(InputError, match="none of 2 judgements names a query of old and an item of old"):
        study(*given, qrels=judgements(("0", "unknown", 1), ("q77", "doc 1", 1)))


def test_judgements_without_queries_are_refused(study):
    old, new = drifted(50)
    with pytest.raises(InputError, match="judgements need queries"):
        study(version(old), version(new, "new"), qrels=judgements(("0", "1", 1)))
