"""Small vectors and jobs that the tests of indexes share."""

import numpy as np

from embdrift.data.synthetic import clustered, rotated, with_duplicates
from embdrift.index import IndexChoice, index_rows, no_index, registered
from embdrift.types import Similarity


def rows(vectors, similarity=Similarity.cosine):
    return np.concatenate(list(index_rows(vectors, np.arange(len(vectors)), similarity)))


def small(n=600, d=16, seed=1):
    return clustered(n, d, seed=seed)


def turned(n=600, d=16):
    return rotated(small(n, d), 3)


def doubled(n=600, d=16):
    return with_duplicates(small(n, d), 0.2, 4)


def small_choice(**more) -> IndexChoice:
    """Every type, small enough for 600 vectors of 16 dimensions."""
    kinds = registered()
    choice = no_index()
    probes = [1, 2, 8]
    given = {
        "flat": {},
        "scalar": {},
        "ivf_flat": {"nlist": [8], "nprobe": probes},
        "ivf_sq": {"nlist": [8], "nprobe": probes},
        "ivf_pq": {"nlist": [8], "pieces": [8], "bits": [4], "nprobe": probes},
        "pq_fastscan": {"pieces": [8], "k_factor": [1, 4]},
        "hnsw_flat": {"m": [8], "ef_construction": [40], "ef_search": [16, 64]},
        "hnsw_sq": {"m": [8], "ef_construction": [40], "ef_search": [16]},
        "factory": {"strings": ["PCA8,IVF8,Flat"], "search": {"nprobe": [2]}},
    } | more
    for name, values in given.items():
        if values is not None:
            setattr(choice, name, kinds[name](**values))
    return choice


def build_of(name, **more):
    """One build by its name."""
    found = {build.name: build for build in small_choice(**more).builds()}
    return found[name]


NAMES = [build.name for build in small_choice().builds()]
