"""What is known about items, queries and pairs: read, refused, and told in the record."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import embdrift
from embdrift.api import KnownFiles, read_known
from embdrift.data import Qrels, TieRule
from embdrift.errors import InputError
from embdrift.studies import DriftOptions


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    old = random.standard_normal((60, 4)).astype(np.float32)
    queries = random.standard_normal((8, 4)).astype(np.float32)
    np.save("old.npy", old)
    np.save("new.npy", old + 0.4 * random.standard_normal(old.shape).astype(np.float32))
    for name in ("q_old", "q_new"):
        np.save(f"{name}.npy", queries)
        Path(f"{name}.ids.json").write_text(json.dumps([f"q{row}" for row in range(8)]))
    for name in ("old", "new"):
        Path(f"{name}.ids.json").write_text(json.dumps([f"i{row}" for row in range(60)]))
    pd.DataFrame(
        {
            "id": [f"i{row}" for row in range(62)],
            "when": pd.date_range("2026-01-01", periods=62, freq="D").strftime("%Y-%m-%d"),
            "doc": [f"d{row // 3}" for row in range(62)],
            "lang": ["en", "de"] * 31,
        }
    ).to_csv("items.csv", index=False)
    Path("golden.csv").write_text("a,b,similar\ni1,i2,1\ni3,q4,0\ni5,i6,0\n")
    Path("gone.txt").write_text("i7\ni8\n")
    Path("qrels.tsv").write_text("".join(f"q{row}\ti{row * 5}\t1\n" for row in range(8)))
    Path("doc_qrels.tsv").write_text("".join(f"q{row}\td{row}\t1\n" for row in range(8)))
    Path("weights.csv").write_text("id,weight\n" + "".join(f"q{row},{row}\n" for row in range(8)))


QUERIES = {"reference_queries": "q_old.npy", "candidate_queries": {"new": "q_new.npy"}}


def test_a_drift_run_holds_every_part(here):
    run = embdrift.run(
        "old.npy", {"new": "new.npy"}, **QUERIES, items="items.csv", qrels="doc_qrels.tsv", document="doc",
        query_weights="weights.csv", ties=TieRule.averaged, golden="golden.csv", removed="gone.txt", timestamp="when",
        as_of="2026-04-01", k=3, options=DriftOptions(noise_floor=False, permutations=19, cut_offs=[0.5]),
    )  # fmt: skip
    metrics = set(run.summary["metric"])
    for metric in (
        "precision", "precision_change", "ndcg_p", "ndcg_p_holm", "golden_spearman", "golden_pass_rate",
        "golden_broken", "index_coverage", "index_age_median_days", "index_age_p95_days", "removed_items_found",
        "removed_items_found_share", "removed_items_indexed",
    ):  # fmt: skip
        assert metric in metrics
    assert run.table("thresholds")["cut_off"].tolist() == [0.5, 0.5]
    assert run.table("index_missing")["id"].tolist() == ["i61", "i60"] * 2
    assert set(run.table("removed_items")["id"]) <= {"i7", "i8"}
    rows = run.summary[run.summary["metric"] == "index_age_median_days"]
    assert rows["note"].str.contains("as of 2026-04-01T00:00:00Z, as set").all()
    roles = {one["role"]: one["n"] for one in run.record["inputs"]}
    assert {role: roles[role] for role in ("golden", "removed", "query_weights", "qrels")} == {
        "golden": 3, "removed": 2, "query_weights": 8, "qrels": 8,
    }  # fmt: skip
    assert run.record["config"]["dataset"]["ties"] == "averaged"
    # the rows of both studies name the reference's own figures too
    own = run.summary[(run.summary["metric"] == "golden_pass_rate") & (run.summary["cohort"] == "")]
    assert own["candidate"].tolist() == ["old", "new"]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"golden": "golden.csv"}, "golden is read by the study drift only, and this run is of neighbor_shift"),
        ({"removed": "gone.txt"}, "removed is read by the study drift only"),
        ({"timestamp": "when", "items": "items.csv"}, "timestamp is read by the study drift only"),
        ({"ties": TieRule.averaged}, "ties says how answers are judged, and nothing is judged"),
        ({"query_weights": "weights.csv"}, "query_weights says how answers are judged"),
        ({"document": "doc", "items": "items.csv"}, "document says how answers are judged"),
        ({"document": "doc", "qrels": "doc_qrels.tsv"}, "dataset.document names a column of the table of items"),
        ({"ties": "by chance", "qrels": "qrels.tsv"}, "ties must be one of by_id, averaged, got 'by chance'"),
    ],
)
def test_what_would_be_passed_over_is_refused(here, options, rule):
    with pytest.raises(InputError, match=rule):
        embdrift.run("old.npy", {"new": "new.npy"}, **QUERIES, k=3, **options)


@pytest.mark.parametrize("role", ["items", "qrels", "golden", "removed"])
def test_a_file_that_is_not_there_is_named(here, role):
    with pytest.raises(InputError, match=r"nowhere\.csv does not exist"):
        read_known(KnownFiles(**{role: "nowhere.csv"}), study="drift")


def test_an_empty_path_is_no_file(here):
    with pytest.raises(InputError, match="is a folder"):
        read_known(KnownFiles(golden=""), study="drift")


def test_judgements_that_are_known_already_follow_the_rules_too(here):
    built_in = Qrels(pd.DataFrame([("q1", "i1", 1)], columns=["query", "item", "relevance"]))
    known = read_known(KnownFiles(ties=TieRule.averaged, query_weights="weights.csv"), study="drift", qrels=built_in)
    assert known.qrels.ties is TieRule.averaged
    assert known.qrels.weights["q3"] == 3
    assert [one.role for one in known.files] == ["query_weights"]
