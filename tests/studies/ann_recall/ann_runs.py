"""Small ANN-recall studies that several tests look at: every cell runs in this process instead of one of its own."""

import numpy as np
import torch

from embdrift.api.loading import check_set
from embdrift.cache import TableCache
from embdrift.index import no_index, registered
from embdrift.index.worker import work
from embdrift.progress import Silent
from embdrift.studies.ann_recall import AnnOptions
from embdrift.studies.ann_recall.study import ann_recall
from embdrift.studies.engine.study import CommonOptions, StudyInput, Version
from embdrift.types import EmbeddingSet, Similarity


def version(name, vectors, queries=None, *, similarity=Similarity.cosine, ids=None):
    def checked(part, names):
        known = np.arange(len(part)) if names is None else np.array(names)
        return check_set(EmbeddingSet(name, part, known, has_ids=names is not None, similarity=similarity))

    return Version(checked(vectors, ids), None if queries is None else checked(queries, None))


def small_options(**more):
    kinds = registered()
    chosen = no_index()
    chosen.flat = kinds["flat"]()
    chosen.hnsw_flat = kinds["hnsw_flat"](m=[8], ef_construction=[40], ef_search=[16, 64])
    chosen.ivf_flat = kinds["ivf_flat"](nlist=[32], nprobe=[1, 2, 4, 8])
    chosen.scalar = kinds["scalar"]()
    given = {
        "index": chosen, "ks": [1, 10], "seeds": [0, 1], "query_sample": 200, "repeats": 1, "single_queries": 1,
        "resamples": 4000, "kept_gb": 0.0,
    }  # fmt: skip
    return AnnOptions(**given | more)


def run(monkeypatch, folder, reference, candidates=(), *, k=10, options=None, jobs=None, worker=work, **given):
    """The result of a study whose cells `worker` does here; `jobs` collects what it was asked to build."""

    def here(job, *, time_limit_seconds):
        outcome = worker(job)
        if jobs is not None:
            jobs.append(job)
        return outcome

    monkeypatch.setenv("EMBDRIFT_CACHE", str(folder))
    monkeypatch.setattr("embdrift.studies.ann_recall.sweep.run_job", here)
    study = StudyInput(reference, tuple(candidates), common=CommonOptions(k=k, device="cpu"), **given)
    return ann_recall(study, options or small_options(), cache=TableCache(), progress=Silent())


def shuffled(vectors, seed):
    """The rows in another order, and the ids that they then have."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    return vectors[torch.from_numpy(order)], order
