"""What one process does: it builds and searches as a plain script with faiss and NumPy would."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from index_data import NAMES, build_of, doubled, rows, small, small_choice, turned

from embdrift.index import Job, State, load_faiss, run_job
from embdrift.index.job import read_job, read_outcome, write_job, write_outcome
from embdrift.index.worker import work
from embdrift.types import Metric

KS = (1, 10)
SETS = {
    "clustered": (small, Metric.cosine),
    "turned, L2": (turned, Metric.l2),
    "duplicates": (doubled, Metric.inner_product),
}


@pytest.fixture
def job_of(tmp_path):
    def make(build, vectors, *, metric=Metric.cosine, filled=None, own=True, **more):
        paths = {name: str(tmp_path / f"{name}.npy") for name in ("old", "new", "queries", "own")}
        np.save(paths["old"], vectors)
        filled_with = paths["old"]
        if filled is not None:
            filled_with = paths["new"]
            np.save(paths["new"], filled)
        np.save(paths["queries"], (vectors if filled is None else filled)[:100])
        np.save(paths["own"], np.arange(100))
        given = {"build": build, "seed": 7, "metric": metric, "ks": KS, "repeats": 1, "single_queries": 2}
        given |= {"trained_on": paths["old"], "filled_with": filled_with, "queries": paths["queries"]}
        given |= {"own": paths["own"] if own else None, "build_threads": 1, "search_threads": 1, "device": "cpu"}
        given |= {"kept_index": str(tmp_path / "kept"), "keep": False}
        return Job(**given | more)

    return make


def plain_script(factory, point, settings, vectors, metric, k, seed):
    """The same as anybody would write it: faiss and NumPy, one thread."""
    faiss = load_faiss()
    faiss.omp_set_num_threads(1)
    index = faiss.index_factory(16, factory, faiss.METRIC_L2 if metric is Metric.l2 else faiss.METRIC_INNER_PRODUCT)
    inner = faiss.downcast_index(index)
    for name in ("index", "base_index"):
        if hasattr(inner, name):
            inner = faiss.downcast_index(getattr(inner, name))
    if "IVF" in factory:
        inner.cp.seed = seed
    if "PQ" in factory:
        inner.pq.cp.seed = seed
    if "HNSW" in factory:
        inner.hnsw.rng = faiss.RandomGenerator(seed)
        inner.hnsw.efConstruction = settings["ef_construction"]
    index.train(vectors)
    index.add(vectors)
    for name, value in point.items():
        where = {"nprobe": (inner, "nprobe"), "k_factor": (index, "k_factor")}
        target, attribute = where.get(name, (getattr(inner, "hnsw", None), "efSearch"))
        setattr(target, attribute, value)
    _, positions = index.search(vectors[:100], k + 1)
    kept = [[one for one in row if one != query][:k] for query, row in enumerate(positions.tolist())]
    exact = vectors[:100].astype(np.float64) @ vectors.T.astype(np.float64)
    if metric is Metric.l2:
        exact = -((vectors[:100, None].astype(np.float64) - vectors[None]) ** 2).sum(-1)
    exact[np.arange(100), np.arange(100)] = -np.inf
    return np.mean(
        [share(exact[query], np.array([one for one in row if one >= 0]), k) for query, row in enumerate(kept)]
    )


def share(scores, found, k):
    """Share of the k best found; those that score as much as the k-th compete for the places that are left."""
    level = np.sort(scores)[-k]
    higher = scores > level + 1e-12
    best = np.isin(np.flatnonzero(higher), found).sum()
    tied = np.isin(np.flatnonzero(np.abs(scores - level) <= 1e-12), found).sum()
    return (best + min(tied, k - higher.sum())) / k


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("name", NAMES)
def test_recall_is_that_of_a_plain_script(name, which, job_of):
    from embdrift.metrics.recall import recall
    from embdrift.search import exact_search

    make, metric = SETS[which]
    vectors = rows(make(), metric)
    build = build_of(name)
    outcome = work(job_of(build, vectors, metric=metric))
    assert outcome.state is State.done, outcome.note
    import torch

    tensor = torch.from_numpy(vectors)
    truth = exact_search(tensor, 60, metric=metric, rows=np.arange(100))
    for facts, found in zip(outcome.searches, outcome.found, strict=True):
        ours = float(recall(truth, found, facts.k).mean())
        theirs = plain_script(build.factory, facts.point, build.settings, vectors, metric, facts.k, seed=7)
        assert ours == pytest.approx(theirs, abs=1e-6), (facts.point, facts.k)


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
        (
            build_of("IVF8,Flat", ivf_flat={"nlist": [8], "nprobe": [0]}),
            "nprobe of IVF8,Flat must be at least 1, got 0",
        ),
        (build_of("CAGRA32 from 128", cagra={}), "needs faiss with cuVS"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(build, sentence, job_of):
    outcome = work(job_of(build, rows(small())))
    assert outcome.state is State.failed
    assert sentence in outcome.note
    assert "\n" not in outcome.note


def test_settings_that_say_nothing_new_are_left_out_with_a_reason(job_of):
    vectors = rows(small())
    build = build_of("HNSW8,Flat efc40", hnsw_flat={"m": [8], "ef_construction": [40], "ef_search": [4]})
    notes = {one.k: one.note for one in work(job_of(build, vectors)).searches}
    assert notes[1] == ""
    assert "keeps at least as many candidates as it returns: 11, got 4" in notes[10]
    build = build_of("IVF8,Flat", ivf_flat={"nlist": [8], "nprobe": [16]})
    assert "between 1 and the 8 lists" in work(job_of(build, vectors)).searches[0].note


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
