"""Cut-offs carried over to a new version."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drift_findings import tables_of
from shift_cases import brute_scores, judgements, version

from embdrift.cache import TableCache
from embdrift.data.synthetic import clustered, jittered
from embdrift.progress import Silent
from embdrift.studies.drift.cutoffs import ScoredPairs, cut_off_transfer, threshold_frame
from embdrift.studies.drift.options import DriftOptions
from embdrift.studies.engine.study import CommonOptions, StudyInput
from embdrift.studies.engine.tables import Tables
from embdrift.types import Similarity

K = 4


def transfer(tmp_path, old, new, *, queries=None, qrels=None, similarity=Similarity.cosine, **options):
    versions = [
        version(one, name, queries=queries, similarity=similarity) for one, name in ((old, "old"), (new, "new"))
    ]
    given = StudyInput(versions[0], (versions[1],), qrels=qrels, common=CommonOptions(k=K))
    found = cut_off_transfer(given, DriftOptions(**options), Tables(TableCache(tmp_path), "cpu", Silent()))
    return tables_of(found)["thresholds"].set_index(["scope", "cut_off"])


def top(scores):
    return -np.sort(-scores, axis=1)[:, :K]


@pytest.fixture
def case():
    old = clustered(90, 8, seed=1)
    queries = clustered(25, 8, seed=3)
    near = np.argsort(-brute_scores(old, queries), axis=1)
    qrels = judgements(*((str(query), str(near[query, place]), 1) for query in range(20) for place in (0, 2)))
    return old, jittered(old, 0.9, 2), queries, qrels


def test_shares_and_precisions_are_those_of_brute_force(tmp_path, case):
    old, new, queries, qrels = case
    found = transfer(tmp_path, old, new, queries=queries, qrels=qrels, cut_offs=[0.4, 0.7])
    for scope, asked in (("corpus", None), ("queries", queries)):
        before, after = (top(brute_scores(one, asked)) for one in (old, new))
        for cut_off in (0.4, 0.7):
            row = found.loc[scope, cut_off]
            assert row["reference_share"] == pytest.approx((before >= cut_off).mean())
            assert row["candidate_share_unchanged"] == pytest.approx((after >= cut_off).mean())
            assert (row["reference_pairs"], row["candidate_pairs"]) == (before.size, after.size)
            assert row["same_share_passes"] == pytest.approx(row["reference_share"])
            assert (after >= row["same_share_cut_off"] - 1e-9).mean() == pytest.approx(row["same_share_passes"])
    good = set(zip(qrels.frame["query"], qrels.frame["item"], strict=True))
    scores = brute_scores(old, queries)
    passed = [
        (str(query), str(item)) in good
        for query in range(20)
        for item in np.argsort(-scores[query])[:K]
        if scores[query, item] >= 0.4
    ]
    row = found.loc["queries", 0.4]
    assert row["reference_precision"] == pytest.approx(np.mean(passed))
    assert row["judged_queries"] == 20
    assert row["same_precision_reached"] >= row["reference_precision"]
    assert row["pairs"] == "each version's first 4 of each query"
    assert found.loc["corpus", 0.4]["note"] == "nothing is judged"


def test_a_version_against_itself_keeps_its_cut_offs(tmp_path, case):
    old, _, queries, qrels = case
    found = transfer(tmp_path, old, old, queries=queries, qrels=qrels, cut_offs=[0.5])
    row = found.loc["queries", 0.5]
    scores = top(brute_scores(old, queries))
    assert row["same_share_cut_off"] == pytest.approx(scores[scores >= 0.5].min())
    assert row["same_precision_cut_off"] <= row["same_share_cut_off"] + 1e-9
    assert row["note"] == ""


def test_usual_cosines_unless_told_and_quartiles_of_other_scores(tmp_path, case):
    old, new, _, _ = case
    assert transfer(tmp_path, old, new).index.get_level_values("cut_off").tolist() == [0.5, 0.65, 0.8]
    found = transfer(tmp_path, old, new, similarity=Similarity.l2)
    assert found["reference_share"].tolist() == pytest.approx([0.75, 0.5, 0.25], abs=0.01)
    assert (found.index.get_level_values("cut_off") < 0).all()


def test_what_is_not_defined_is_said():
    old = ScoredPairs(np.array([0.5, 0.6]), np.array([0.5, 0.6]), np.array([1.0, 1.0]), 1, 1, 1)
    new = ScoredPairs(np.array([0.1, 0.2]), np.array([0.1, 0.2]), np.array([1.0, 0.0]), 1, 1, 1)
    frame = threshold_frame(old, new, [0.9, 0.4], scope="queries", name="new", k=2).set_index("cut_off")
    assert frame.loc[0.9, "note"] == (
        "no pair of the reference passes: any cut-off above all scores does the same; the reference passes no judged"
        " pair"
    )
    assert pd.isna(frame.loc[0.9, "same_share_cut_off"])
    assert frame.loc[0.4, "note"] == (
        "every pair of the reference passes: any lower cut-off does the same; no cut-off of the candidate keeps the"
        " precision"
    )
    assert frame.loc[0.4, "same_share_cut_off"] == 0.1


def test_judged_documents_count_for_their_chunks(tmp_path, case):
    old, new, queries, qrels = case
    documents = {str(row): f"doc {row}" for row in range(90)}
    as_documents = replace(qrels, frame=qrels.frame.assign(item="doc " + qrels.frame["item"]), documents=documents)
    plain = transfer(tmp_path, old, new, queries=queries, qrels=qrels)
    grouped = transfer(tmp_path, old, new, queries=queries, qrels=as_documents)
    pd.testing.assert_frame_equal(plain, grouped)


def test_lists_beyond_a_limit_are_thinned_and_said(tmp_path, case, monkeypatch):
    monkeypatch.setattr("embdrift.studies.drift.cutoffs.MOST_LISTS", 30)
    old, new, _, _ = case
    found = transfer(tmp_path, old, new, cut_offs=[0.5])
    row = found.loc["corpus", 0.5]
    assert (row["lists"], row["of_lists"], row["reference_pairs"]) == (30, 90, 30 * K)
