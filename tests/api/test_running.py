"""Runs from Python, as in a notebook."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import embdrift
from embdrift.errors import InputError, StorageError
from embdrift.studies import NeighborShiftOptions


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    random = np.random.default_rng(0)
    old = random.standard_normal((30, 4)).astype(np.float32)
    np.save("old.npy", old)
    np.save("new.npy", old + 0.4 * random.standard_normal(old.shape).astype(np.float32))
    for name in ("old", "new"):
        Path(f"{name}.ids.json").write_text(json.dumps([f"i{row}" for row in range(30)]))
    return tmp_path / "here"


def overlap(run):
    rows = run.summary[(run.summary["metric"] == "overlap") & (run.summary["cohort"] == "")]
    return dict(zip(rows["k"], rows["value"], strict=True))


def test_files_sets_arrays_and_tensors_give_the_same(here):
    for name in ("old", "new"):
        Path(f"{name}.ids.json").unlink()
    from_files = embdrift.run("old.npy", {"new": Path("new.npy")}, k=3)
    from_sets = embdrift.run(embdrift.read("old.npy"), {"new": embdrift.read("new.npy")}, k=3)
    old, new = np.load("old.npy"), torch.from_numpy(np.load("new.npy"))
    from_arrays = embdrift.run(old, {"new": new.requires_grad_()}, k=np.int64(3))
    assert overlap(from_files) == overlap(from_sets) == overlap(from_arrays)
    assert from_files.folder.parent == Path("results/neighbor_shift")
    assert from_files.report.is_file()


def test_a_run_can_be_opened_again():
    run = embdrift.run("old.npy", {"new": "new.npy"}, k=3, out="mine", name="my.run-1")
    again = embdrift.open_run("mine")
    assert again.record == run.record
    assert (again.record["name"], again.record["k"], again.record["candidates"]) == ("my.run-1", 3, ["new"])
    pd.testing.assert_frame_equal(again.summary, run.summary)
    assert len(again.per_query) == 30
    assert set(again.table("curve")["candidate"]) == {"new"}
    with pytest.raises(InputError, match=r"has no table 'nonesuch'; it has .*most_moved"):
        again.table("nonesuch")


def test_the_similarity_may_be_named_and_changes_the_figures():
    plain = embdrift.run("old.npy", {"new": "new.npy"}, k=3)
    by_name = embdrift.run("old.npy", {"new": "new.npy"}, k=3, similarity="l2")
    assert overlap(by_name) == overlap(
        embdrift.run("old.npy", {"new": "new.npy"}, k=3, similarity=embdrift.Similarity.l2)
    )
    assert overlap(by_name) != overlap(plain)


def test_the_old_word_metric_warns_and_does_the_same():
    with pytest.warns(FutureWarning, match="metric is called similarity now") as warned:
        run = embdrift.run("old.npy", {"new": "new.npy"}, k=3, metric="l2")
    assert warned[0].filename == __file__
    assert run.record["config"]["similarity"] == "l2"
    with pytest.raises(InputError, match="metric is the old word for similarity, and both are given"):
        embdrift.run("old.npy", {"new": "new.npy"}, metric="l2", similarity="l2")


def test_texts_stay_out_where_that_is_asked_for():
    pd.DataFrame({"id": [f"i{row}" for row in range(30)], "text": "secret"}).to_csv("items.csv", index=False)
    for texts in (True, False):
        run = embdrift.run("old.npy", {"new": "new.npy"}, k=3, items="items.csv", texts=texts)
        told = [path for path in run.folder.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
        assert bool(told) == texts


def test_options_of_the_study_are_passed_on():
    run = embdrift.run(
        "old.npy", {"new": "new.npy"}, k=3, options=NeighborShiftOptions(query_sample=7, noise_floor=False)
    )
    assert len(run.per_query) == 7
    assert run.summary["floor"].isna().all()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference": "none.npy"}, "none.npy does not exist"),
        ({"reference": None}, "vectors must be a file, an array or tensor of numbers.*got NoneType"),
        ({"reference": [[1.0, 2.0]]}, "got list"),
        ({"reference": np.array([[None]])}, "got an array of object"),
        ({"reference": np.ones(3)}, r"shape \(n, d\).*\(3,\)"),
        ({"reference": np.ones((0, 3))}, r"shape \(n, d\).*\(0, 3\)"),
        ({"reference": np.full((30, 4), np.nan)}, "NaN"),
        ({"candidates": {}}, "at least one candidate"),
        ({"candidates": ["new.npy"]}, "candidates must map names to vectors or files.*got list"),
        ({"candidates": "new.npy"}, "candidates must map names to vectors or files.*got str"),
        ({"candidates": {"old": "new.npy"}}, "distinct names"),
        ({"candidate_queries": {"nwe": "new.npy"}}, "'nwe', which is no candidate: new"),
        ({"candidate_queries": {"new": "new.npy"}}, "has no queries but"),
        ({"qrels": "none.tsv"}, "none.tsv does not exist"),
        ({"items": "none.csv"}, "none.csv does not exist"),
        ({"k": 0}, "k must be at least 1, got 0"),
        ({"k": 30}, "k must be between 1 and 29"),
        ({"k": "5"}, "k must be a whole number, got '5'"),
        ({"k": 5.0}, "k must be a whole number, got 5.0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"similarity": "l3"}, "similarity must be one of cosine, inner_product, l2, got 'l3'"),
        ({"zero_vectors": "drop"}, "zero_vectors must be one of error, leave_out, got 'drop'"),
        ({"device": "foo"}, "device must be"),
        ({"options": 3}, "options must be one of .*NeighborShiftOptions.*, got int"),
        ({"name": "../x"}, "name must be a plain name"),
        ({"out": "old.npy"}, "old.npy is a file"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_and_leaves_nothing(here, given, sentence):
    arguments = {"reference": "old.npy", "candidates": {"new": "new.npy"}, "k": 3} | given
    before = sorted(here.iterdir())
    with pytest.raises(InputError, match=sentence) as refused:
        embdrift.run(**arguments)
    assert "\n" not in str(refused.value)
    assert sorted(here.iterdir()) == before


def test_a_set_that_was_read_with_a_metric_that_is_none():
    odd = replace(embdrift.read("old.npy"), similarity="l2")
    assert embdrift.run(replace(odd, similarity=embdrift.Similarity.l2), {"new": "new.npy"}, k=3).record["k"] == 3
    with pytest.raises(InputError, match=r"the similarity of old\.npy must be one of"):
        embdrift.run(replace(odd, similarity="l3"), {"new": "new.npy"}, k=3)


def test_a_finished_run_is_not_overwritten():
    embdrift.run("old.npy", {"new": "new.npy"}, k=3, out="mine")
    with pytest.raises(InputError, match="already holds a finished run"):
        embdrift.run("old.npy", {"new": "new.npy"}, k=4, out="mine")


@pytest.mark.parametrize("folder", ["none", "old.npy", "."])
def test_what_is_no_run_folder_cannot_be_opened(folder):
    with pytest.raises(InputError):
        embdrift.open_run(folder)


def test_a_report_that_cannot_be_written_leaves_a_whole_run(monkeypatch):
    def full(folder):
        raise StorageError("could not write plots/a.svg: No space left on device")

    monkeypatch.setattr("embdrift.api.running.report", full)
    with pytest.raises(StorageError, match=r"the run in mine is whole.*No space left.*`embdrift report mine`"):
        embdrift.run("old.npy", {"new": "new.npy"}, k=3, out="mine")
    assert embdrift.open_run("mine").record["k"] == 3


def test_exact_search_from_the_package():
    corpus = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    assert embdrift.exact_search(corpus, 2).positions.tolist() == [[1, 2], [0, 2], [1, 0]]
