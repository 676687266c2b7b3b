"""Every preset finds what a plain script with faiss finds, to the last neighbor: same seed, one build thread."""

from dataclasses import fields
from functools import cache

import numpy as np
import pytest
import torch
from index_data import doubled, rows, small
from plain_faiss import plain_recalls

from embdrift.config.composing import compose_run, start_hydra
from embdrift.config.names import group_names
from embdrift.index import Job, State
from embdrift.index.worker import work
from embdrift.metrics.recall import recall
from embdrift.search import exact_search
from embdrift.types import Similarity

N, D, Q, KS, SEED = 400, 64, 30, (1, 10), 5
LISTS = 16
"""The presets' indexes with so many lists, since 400 vectors cannot train thousands; all else is as they say."""
PRESETS = [name for name in group_names("index") if name != "gpu"]


def alike(n, d):
    """Vectors with a large common part: all cosines are near 0.9, as in the narrow cone of some encoders."""
    return small(n, d) + 3 * torch.nn.functional.normalize(small(1, d, seed=9), dim=1)


SETS = {
    "clustered": (small, Similarity.cosine),
    "anisotropic": (alike, Similarity.l2),
    "duplicates": (doubled, Similarity.inner_product),
}


def preset_builds(name):
    start_hydra()
    choice = compose_run(["study=ann_recall", f"index@study.index={name}"]).study.index
    for kind in (getattr(choice, one.name) for one in fields(choice)):
        if hasattr(kind, "nlist"):
            kind.nlist = sorted({min(lists, LISTS) for lists in kind.nlist})
    return list(choice.builds())


@cache
def data(which):
    make, similarity = SETS[which]
    vectors = rows(make(N, D), similarity)
    return vectors, similarity, exact_search(torch.from_numpy(vectors), 40, similarity=similarity, rows=np.arange(Q))


@pytest.fixture
def job_of(tmp_path):
    def make(build, vectors, similarity):
        for name, values in (("vectors", vectors), ("queries", vectors[:Q]), ("own", np.arange(Q))):
            np.save(tmp_path / f"{name}.npy", values)
        paths = {"trained_on": "vectors", "filled_with": "vectors", "queries": "queries", "own": "own"}
        return Job(
            build=build,
            seed=SEED,
            similarity=similarity,
            ks=KS,
            repeats=1,
            single_queries=1,
            build_threads=1,
            search_threads=1,
            device="cpu",
            kept_index=str(tmp_path / "kept"),
            keep=False,
            **{key: str(tmp_path / f"{name}.npy") for key, name in paths.items()},
        )

    return make


def test_the_presets_cover_corpora_from_ten_thousand_to_ten_million():
    assert set(PRESETS) == {"10k", "100k", "1m", "10m"}


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("name", PRESETS)
def test_the_recall_of_a_preset_is_that_of_a_plain_script(name, which, job_of):
    vectors, similarity, truth = data(which)
    for build in preset_builds(name):
        outcome = work(job_of(build, vectors, similarity))
        assert outcome.state is State.done, outcome.note
        ours = {
            (tuple(sorted(facts.point.items())), facts.k): float(recall(truth, found, facts.k).mean())
            for facts, found in zip(outcome.searches, outcome.found, strict=True)
            if found is not None
        }
        plain = plain_recalls(build, vectors, vectors[:Q], similarity=similarity, ks=KS, seed=SEED, own=np.arange(Q))
        assert ours == pytest.approx(plain, abs=1e-6), build.name
