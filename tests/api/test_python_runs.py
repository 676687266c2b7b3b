"""The same from a notebook: run any study on arrays or files, and open what was saved."""

import numpy as np
import pytest
import torch

import embdrift
from embdrift.errors import InputError
from embdrift.studies import PrecisionOptions


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def versions():
    vectors = torch.randn(60, 8, generator=torch.Generator().manual_seed(1))
    ids = np.arange(60)
    moved = vectors + 0.05 * torch.randn(60, 8, generator=torch.Generator().manual_seed(2))
    return embdrift.EmbeddingSet("old", vectors, ids), embdrift.EmbeddingSet("any", moved, ids)


def test_run_compares_arrays_and_saves_a_report(versions):
    old, new = versions
    run = embdrift.run(old, {"new": new, "same": old}, k=5, out="mine")
    overlap = run.summary.query("metric == 'overlap' and k == 5 and cohort == ''").set_index("candidate")["value"]
    assert overlap["same"] == 1
    assert 0.3 < overlap["new"] < 1
    assert run.report.is_file()
    assert set(run.table("curve")["candidate"]) == {"new", "same"}
    assert len(run.per_query) == 120


def test_saved_run_opens_as_it_was(versions):
    old, new = versions
    run = embdrift.run(old, {"new": new}, k=5, out="mine")
    again = embdrift.open_run("mine")
    assert again.record == run.record
    assert again.summary.equals(run.summary)


def test_options_choose_the_study(versions):
    old, new = versions
    run = embdrift.run(old, {"new": new}, k=5, out="mine", options=PrecisionOptions(repeats=1))
    assert run.record["study"] == "precision"
    assert run.report.is_file()


def test_files_are_read_by_name(versions, tmp_path):
    old, new = versions
    np.save(tmp_path / "old.npy", old.vectors.numpy())
    np.save(tmp_path / "new.npy", new.vectors.numpy())
    run = embdrift.run("old.npy", {"new": "new.npy"}, k=3)
    assert run.record["reference"] == "old"
    assert run.folder.parts[0] == "results"


def test_candidate_queries_of_nobody_are_refused(versions):
    old, new = versions
    with pytest.raises(InputError, match="no candidate"):
        embdrift.run(old, {"new": new}, candidate_queries={"other": new})


def test_unknown_table_is_named_with_those_there_are(versions):
    old, new = versions
    run = embdrift.run(old, {"new": new}, k=5, out="mine")
    with pytest.raises(InputError, match="most_moved"):
        run.table("nothing")


def test_unfinished_run_is_not_opened(tmp_path):
    (tmp_path / "tables").mkdir()
    with pytest.raises(InputError, match="not whole"):
        embdrift.open_run(tmp_path)


def test_public_names_are_there():
    assert all(getattr(embdrift, name) is not None for name in embdrift.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = embdrift.nothing
