"""faiss's GPU indexes against float64 search: they skip themselves where faiss sees no GPU."""

import numpy as np
import pytest
import torch
from index_data import build_of, rows, small

from embdrift.index import IndexJob, State, capabilities
from embdrift.index.worker import work
from embdrift.metrics.recall import recall
from embdrift.search import exact_search
from embdrift.types import Similarity

pytestmark = pytest.mark.skipif(not capabilities().gpus, reason="faiss sees no GPU")

N, Q, K = 3000, 100, 10
LISTS = {"nlist": [8], "nprobe": [8]}
LEAST = {
    "Flat": (build_of("Flat"), 0.9999),
    "IVF8,Flat": (build_of("IVF8,Flat", ivf_flat=LISTS), 0.9999),
    "IVF8,SQfp16": (build_of("IVF8,SQfp16", ivf_sq=LISTS), 0.98),
    "IVF8,SQ8": (build_of("IVF8,SQ8", ivf_sq=LISTS), 0.9),
    "IVF8,PQ8np": (build_of("IVF8,PQ8np", ivf_pq=LISTS | {"pieces": [8], "refine": False}), 0.4),
}


def on_gpu(folder, build, vectors, similarity):
    for name, values in (("vectors", vectors), ("queries", vectors[:Q]), ("own", np.arange(Q))):
        np.save(folder / f"{name}.npy", values)
    paths = {"trained_on": "vectors", "filled_with": "vectors", "queries": "queries", "own": "own"}
    job = IndexJob(
        build=build,
        seed=0,
        similarity=similarity,
        ks=(K,),
        repeats=2,
        single_queries=5,
        build_threads=1,
        search_threads=1,
        device="cuda",
        kept_index=str(folder / "kept"),
        keep=False,
        **{key: str(folder / f"{name}.npy") for key, name in paths.items()},
    )
    outcome = work(job)
    assert outcome.state is State.done, outcome.note
    return outcome


def mean_recall(outcome, vectors, similarity):
    truth = exact_search(torch.from_numpy(vectors), 60, similarity=similarity, rows=np.arange(Q))
    return float(recall(truth, outcome.found[-1], K).mean())


@pytest.mark.parametrize("similarity", list(Similarity))
@pytest.mark.parametrize("name", LEAST)
def test_a_gpu_index_finds_what_float64_search_finds(name, similarity, tmp_path):
    build, least = LEAST[name]
    vectors = rows(small(N, 32), similarity)
    outcome = on_gpu(tmp_path, build, vectors, similarity)
    assert outcome.built.ran_on == "cuda:0"
    assert mean_recall(outcome, vectors, similarity) >= least
    assert outcome.searches[-1].batch[0] > 0


@pytest.mark.skipif(not capabilities().cagra, reason="this faiss has no CAGRA")
def test_cagra_finds_most_of_what_float64_search_finds(tmp_path):
    vectors = rows(small(N, 32), Similarity.l2)
    outcome = on_gpu(tmp_path, build_of("CAGRA32 from 128", cagra={"itopk_size": [256]}), vectors, Similarity.l2)
    assert outcome.built.ran_on == "cuda:0"
    assert mean_recall(outcome, vectors, Similarity.l2) >= 0.95
