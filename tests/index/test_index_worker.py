"""What one process does: it builds and searches as a plain script with faiss and NumPy would."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from index_data import NAMES, build_of, doubled, rows, small, small_choice, turned
from plain_faiss import plain_recalls

from embdrift.index import IndexJob, State, run_job
from embdrift.index.job import read_job, read_outcome, write_job, write_outcome
from embdrift.index.worker import work
from embdrift.metrics.recall import recall
from embdrift.search import exact_search
from embdrift.types import Similarity

KS = (1, 10)
SETS = {
    "clustered": (small, Similarity.cosine),
    "turned, L2": (turned, Similarity.l2),
    "duplicates": (doubled, Similarity.inner_product),
}


@pytest.fixture
def job_of(tmp_path):
    def make(build, vectors, *, similarity=Similarity.cosine, filled=None, own=True, **more):
        paths = {name: str(tmp_path / f"{name}.npy") for name in ("old", "new", "queries", "own")}
        np.save(paths["old"], vectors)
        filled_with = paths["old"]
        if filled is not None:
            filled_with = paths["new"]
            np.save(paths["new"], filled)
        np.save(paths["queries"], (vectors if filled is None else filled)[:100])
        np.save(paths["own"], np.arange(100))
        given = {"build": build, "seed": 7, "similarity": similarity, "ks": KS, "repeats": 1, "single_queries": 2}
        given |= {"trained_on": paths["old"], "filled_with": filled_with, "queries": paths["queries"]}
        given |= {"own": paths["own"] if own else None, "build_threads": 1, "search_threads": 1, "device": "cpu"}
        given |= {"kept_index": str(tmp_path / "kept"), "keep": False}
        return IndexJob(**given | more)

    return make


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("name", NAMES)
def test_recall_is_that_of_a_plain_script(name, which, job_of):
    make, similarity = SETS[which]
    vectors, build = rows(make(), similarity), build_of(name)
    outcome = work(job_of(build, vectors, similarity=similarity))
    assert outcome.state is State.done, outcome.note
    truth = exact_search(torch.from_numpy(vectors), 60, similarity=similarity, rows=np.arange(100))
    plain = plain_recalls(build, vectors, vectors[:100], similarity=similarity, ks=KS, seed=7, own=np.arange(100))
    for facts, found in zip(outcome.searches, outcome.found, strict=True):
        ours = float(recall(truth, found, facts.k).mean())
        assert ours == pytest.approx(plain[tuple(sorted(facts.point.items())), facts.k], abs=1e-6)


def test_a_job_and_an_outcome_survive_their_files(job_of, tmp_path):
    job = job_of(build_of("IVF8,Flat"), rows(small()))
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job
    outcome = work(job)
    write_outcome(tmp_path / "outcome.npz", outcome)
    again = read_outcome(tmp_path / "outcome.npz")
    assert again.searches == outcome.searches or np.isnan([one.distances for one in again.searches]).any()
    assert all(np.array_equal(a, b) for a, b in zip(again.found, outcome.found, strict=True))
    assert again.built == outcome.built or np.isnan(again.built.imbalance)


def test_a_kept_index_answers_as_the_one_that_was_built(job_of):
    job = job_of(build_of("IVF8,PQ8x4np"), rows(small()), keep=True)
    first, second = work(job), work(job)
    assert Path(job.kept_index, "index.faiss").exists()
    assert all(np.array_equal(a, b) for a, b in zip(first.found, second.found, strict=True))
    assert first.built == second.built


def test_a_stale_index_from_a_kept_one_is_that_from_a_new_one(job_of):
    build = build_of("HNSW8,SQ8 efc40")
    stale_new = work(job_of(build, rows(small()), filled=rows(turned())))
    work(job_of(build, rows(small()), keep=True))
    stale_kept = work(job_of(build, rows(small()), filled=rows(turned()), keep=True))
    assert stale_new.found[0] is not None
    assert all(np.array_equal(a, b) for a, b in zip(stale_new.found, stale_kept.found, strict=True))


def test_work_is_counted(job_of):
    vectors = rows(small())
    every = {name: work(job_of(build_of(name), vectors)) for name in ("Flat", "IVF8,Flat", "HNSW8,Flat efc40")}
    assert every["Flat"].searches[0].distances == 600
    probed = {one.point["nprobe"]: one.distances for one in every["IVF8,Flat"].searches if one.k == 1}
    assert 8 < probed[1] < probed[2] < probed[8] == 608
    assert 16 < every["HNSW8,Flat efc40"].searches[0].distances < 600


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (build_of("LSH", factory={"strings": ["LSH"]}), "faiss cannot use LSH here: it needs metric == METRIC_L2"),
        (build_of("IVF8,Flat,x", factory={"strings": ["IVF8,Flat,x"]}), "faiss cannot use IVF8,Flat,x here"),
        (
            build_of("IVF8,PQ7np", ivf_pq={"nlist": [8], "pieces": [7], "refine": False}),
            "multiple of the number of subq",
        ),
        (build_of("IVF900,Flat", ivf_flat={"nlist": [900]}), "needs at least 900 vectors"),
        (build_of("HNSW1,Flat efc40", hnsw_flat={"m": [1], "ef_construction": [40]}), "m of HNSW1,Flat efc40 must be"),
        (
            build_of("HNSW8,SQ8 efc0", hnsw_sq={"m": [8], "ef_construction": [0]}),
            "ef_construction of HNSW8,SQ8 efc0 must be at least 1, got 0",
        ),
        (build_of("IVF0,Flat", ivf_flat={"nlist": [0]}), "nlist of IVF0,Flat must be at least 1, got 0"),
        (
            build_of("IVF8,PQ8x0np", ivf_pq={"nlist": [8], "pieces": [8], "bits": [0], "refine": False}),
            "bits of IVF8,PQ8x0np must be at least 1, got 0",
        ),
        (build_of("HNSW8,Flat efc40", hnsw_flat={"m": [8], "ef_construction": [40], "ef_search": []}), "has no search"),
        (build_of("CAGRA32 from 128", cagra={}), "needs faiss with cuVS"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(build, sentence, job_of):
    outcome = work(job_of(build, rows(small())))
    assert outcome.state is State.failed
    assert sentence in outcome.note
    assert "\n" not in outcome.note


def test_settings_out_of_range_are_left_out_with_a_reason_and_the_others_searched(job_of):
    vectors = rows(small())
    build = build_of("HNSW8,Flat efc40", hnsw_flat={"m": [8], "ef_construction": [40], "ef_search": [4]})
    notes = {one.k: one.note for one in work(job_of(build, vectors)).searches}
    assert notes[1] == ""
    assert "ef_search of HNSW8,Flat efc40 must be at least the 11 items that a search returns, got 4" in notes[10]
    build = build_of("IVF8,Flat", ivf_flat={"nlist": [8], "nprobe": [0, 16, 4]})
    outcome = work(job_of(build, vectors))
    assert [one.note for one in outcome.searches if one.k == 1] == [
        "nprobe of IVF8,Flat must be at least 1, got 0",
        "nprobe must be between 1 and the 8 lists of IVF8,Flat, got 16",
        "",
    ]
    assert [found is None for found in outcome.found] == [True] * 4 + [False] * 2


def test_more_than_fits_into_memory_is_one_sentence(job_of, monkeypatch):
    monkeypatch.setattr("embdrift.index.memory.available_bytes", lambda: 1000)
    outcome = work(job_of(build_of("Flat"), rows(small())))
    assert outcome.state is State.failed
    assert "of memory and 0.0 GiB are free" in outcome.note


def test_a_process_of_its_own_answers(job_of):
    job = job_of(build_of("IVF8,Flat"), rows(small()))
    outcome = run_job(job, time_limit_seconds=120)
    assert outcome.state is State.done, outcome.note
    assert all(np.array_equal(a, b) for a, b in zip(outcome.found, work(job).found, strict=True))


def test_a_process_that_takes_too_long_is_ended(job_of):
    outcome = run_job(job_of(build_of("Flat"), rows(small())), time_limit_seconds=0.05)
    assert outcome.state is State.timed_out
    assert "longer than the limit of 0.05 s" in outcome.note


def test_a_process_that_breaks_is_one_sentence(job_of):
    job = job_of(build_of("Flat"), rows(small()))
    Path(job.queries).unlink()
    outcome = run_job(job, time_limit_seconds=120)
    assert outcome.state is State.failed
    assert "stopped with an error" in outcome.note
    assert "queries.npy" in outcome.note


def test_a_process_ends_with_the_one_that_started_it(job_of, tmp_path):
    write_job(tmp_path / "job.json", job_of(build_of("Flat"), rows(small())))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    command = [sys.executable, "-m", "embdrift.index", str(tmp_path / "job.json"), str(tmp_path / "outcome.npz")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, timeout=120, check=False)
    assert done.returncode == 3
    assert not (tmp_path / "outcome.npz").exists()


def test_every_type_of_the_small_choice_has_a_name_of_its_own():
    assert len(set(NAMES)) == len(list(small_choice().builds()))
