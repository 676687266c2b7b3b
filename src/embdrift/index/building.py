"""Making an index: trained, filled, or refilled with other vectors than it was trained on."""

import time
from dataclasses import dataclass
from typing import Any

from embdrift.index.faiss_module import load_faiss
from embdrift.index.kind import Build, IndexKind, Keeps, parts_of
from embdrift.index.registry import registered
from embdrift.types import Array, Similarity


@dataclass(frozen=True, eq=False)
class Built:
    """An index that can be searched.

    Args:
        index: faiss's object
        kind: its type
        gpu: the GPU that it lies on, None for the CPU
        seconds: what training and filling took; for a refilled one, refilling
    """

    index: Any
    kind: type[IndexKind]
    gpu: int | None
    seconds: float


def kind_of(build: Build) -> type[IndexKind]:
    """The type of a build."""
    return registered()[build.kind]


def new_index(build: Build, *, d: int, similarity: Similarity, seed: int, gpu: int | None = None) -> Any:
    """An empty, untrained index with its seeds set; on a GPU where one is given and faiss has the type there."""
    kind = kind_of(build)
    index = kind.make(build, d=d, similarity=similarity, gpu=gpu)
    set_seed(index, seed)
    if build.gpu and gpu is not None and build.factory:
        index = to_gpu(index, gpu)
        set_seed(index, seed)  # the copy has settings of its own
    return index


def set_seed(index: Any, seed: int) -> None:
    """Seed k-means, codebooks and the layers of graphs, as far as faiss lets them be set."""
    faiss = load_faiss()
    for part in parts_of(index):
        if hasattr(part, "cp"):
            part.cp.seed = seed
        if hasattr(part, "pq"):
            part.pq.cp.seed = seed
        if hasattr(part, "hnsw"):
            part.hnsw.rng = faiss.RandomGenerator(seed)


def to_gpu(index: Any, gpu: int) -> Any:
    """A copy on a GPU. Written from faiss's documentation and source: it has not run on hardware yet."""
    faiss = load_faiss()
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), gpu, index)


def to_cpu(index: Any, gpu: int | None) -> Any:
    """The index itself, or its copy on the CPU where it lies on a GPU."""
    return index if gpu is None else load_faiss().index_gpu_to_cpu(index)


def fresh(build: Build, vectors: Array, *, similarity: Similarity, seed: int, gpu: int | None = None) -> Built:
    """An index trained on vectors and filled with them.

    Args:
        build: what to build
        vectors: float32, shape (n, d), as `index_rows` gives them
        similarity: how they are compared
        seed: of everything random in it
        gpu: number of a GPU, None for the CPU
    Raises:
        InputError: when the vectors are too few
    """
    kind = kind_of(build)
    n, d = vectors.shape
    kind.check(build, n=n, d=d, similarity=similarity)
    started = time.perf_counter()
    index = new_index(build, d=d, similarity=similarity, seed=seed, gpu=gpu)
    index.train(vectors)
    index.add(vectors)
    return Built(index, kind, gpu if build.gpu else None, time.perf_counter() - started)


def stale(build: Build, old: Built, vectors: Array) -> Built:
    """The old index with other vectors put into what was trained on the old ones.

    Args:
        build: what it is
        old: trained and filled; it is changed
        vectors: float32, shape (n, d); as many and in the same order of items where a graph is kept
    """
    started = time.perf_counter()
    if build.keeps is not Keeps.nothing:
        old.kind.refill(old.index, vectors, build.keeps)
    return Built(old.index, old.kind, old.gpu, time.perf_counter() - started)
