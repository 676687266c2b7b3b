"""What stops a run of the study at its start, before any file is opened, and what a kill leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from ann_runs import run, version

import embdrift
import embdrift.index.faiss_module as faiss_module
from embdrift.cli.main import main
from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.index import load_faiss
from embdrift.studies import AnnOptions

RUN = ["run", "ann_recall", "--reference", "nothere.npy"]


@pytest.fixture
def fresh_load(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    load_faiss.cache_clear()
    yield
    load_faiss.cache_clear()


def test_two_packages_of_faiss_are_noticed_before_any_file_is_opened(monkeypatch, fresh_load, capsys):
    both = {"faiss-cpu": "1.15.1", "faiss-gpu": "1.15.1"}
    monkeypatch.setattr(faiss_module, "faiss_packages", lambda: both)
    assert main(RUN) == 2
    said = capsys.readouterr().err
    assert "pip uninstall -y faiss-cpu faiss-gpu" in said
    assert "pip install faiss-gpu==1.15.1" in said
    assert said.count("\n") == 1


def test_a_missing_faiss_names_the_extra_before_any_file_is_opened(monkeypatch, fresh_load, capsys):
    monkeypatch.setattr(faiss_module, "faiss_packages", dict)
    monkeypatch.setitem(sys.modules, "faiss", None)
    assert main(RUN) == 2
    said = capsys.readouterr().err
    assert "install `embdrift[cpu]`, or `embdrift[gpu]` where there is an NVIDIA GPU" in said
    assert said.count("\n") == 1


def test_a_setting_out_of_range_is_noticed_before_any_file_is_opened(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*RUN, "study.target_recall=2"]) == 2
    assert "target_recall must be between" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"choose a preset such as index@study\.index=10k"):
        embdrift.run("nothere.npy", {}, options=AnnOptions())


def test_a_whole_file_of_ann_benchmarks_is_corpus_queries_and_ground_truth(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    vectors = clustered(340, 16, seed=1).numpy()
    corpus, queries = vectors[:300], vectors[300:]
    nearest = np.argsort(-(queries @ corpus.T), axis=1)[:, :10]
    nearest[3, 4] = nearest[3, 0]
    with h5py.File("set.hdf5", "w") as file:
        file["train"], file["test"], file["neighbors"] = corpus, queries, nearest
        file["distances"] = 1 - np.take_along_axis(queries @ corpus.T, nearest, 1)
    arguments = ["run", "ann_recall", "--reference", "set.hdf5", "--reference-queries", "set.hdf5", "--out", "run"]
    only_flat = [f"study.index.{name}=null" for name in ("hnsw_flat", "ivf_flat", "ivf_sq", "ivf_pq", "scalar")]
    assert main([*arguments, *only_flat, "study.ks=[10]", "study.ground_truth=set.hdf5"]) == 0
    assert "39 of 40 queries have the neighbors that exact search finds at k = 10" in Path("run/report.md").read_text()
    listed = pd.read_csv("run/tables/ground_truth.csv")
    assert listed[["query", "rank", "note"]].to_numpy().tolist() == [[3, 5, "given twice"]]


KILLED = """
import os, signal, sys
import pytest
sys.path.insert(0, sys.argv[1])
from ann_runs import run, version
from embdrift.data.synthetic import clustered
from embdrift.index.worker import work
left = [3]
def dies(job):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return work(job)
run(pytest.MonkeyPatch(), sys.argv[2], version("old", clustered(900, 24, seed=1)), worker=dies)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_sweep_killed_with_signal_9_goes_on_at_the_next_cell(monkeypatch, tmp_path):
    here = str(Path(__file__).parent)
    paths = os.pathsep.join([here, str(Path(embdrift.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, here, str(tmp_path / "killed")],
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert list((tmp_path / "killed" / "ann").glob("vectors-*"))
    old, jobs = version("old", clustered(900, 24, seed=1)), []
    again = run(monkeypatch, tmp_path / "killed", old, jobs=jobs)
    whole = run(monkeypatch, tmp_path / "whole", old)
    assert len(jobs) == len(whole.tables["cells"]) - 3
    assert any("Answers and times of 3 of 6 builds are those of an earlier run" in note for note in again.notes)
    columns = ["index", "search", "k", "recall", "recall_tie_aware", "distances"]
    assert again.tables["curve"][columns].equals(whole.tables["curve"][columns])
    assert not list((tmp_path / "killed" / "ann").glob("vectors-*"))
