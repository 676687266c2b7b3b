"""Building an index: trained and filled, or refilled with other vectors; and its costs besides time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from embdrift.index.faiss_module import load_faiss
from embdrift.index.kind import Build, IndexKind, Keeps, Point, parts_of, registered
from embdrift.types import Array, Positions, Similarity

BLOCK_ROWS = 8192


def index_rows(vectors: torch.Tensor, rows: Positions, similarity: Similarity) -> Iterator[Array]:
    """Some rows in float32, a block at a time, so that inner products are cosines where the similarity is cosine.

    Args:
        vectors: shape (n, d), any type that embdrift keeps
        rows: shape (m,), the rows to take, in this order
        similarity: how they will be compared
    """
    for start in range(0, len(rows), BLOCK_ROWS):
        block = vectors[torch.from_numpy(rows[start : start + BLOCK_ROWS])].to(torch.float64).numpy()
        if similarity is Similarity.cosine:
            # Lengths in float64: a float32 sum would turn equal directions into unequal vectors.
            block = block / np.sqrt((block**2).sum(axis=1, keepdims=True))
        yield np.ascontiguousarray(block, np.float32)


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


def reset_counters() -> None:
    """Forget the distance computations counted so far."""
    faiss = load_faiss()
    faiss.cvar.indexIVF_stats.reset()
    faiss.cvar.hnsw_stats.reset()


def distances_per_query(built: Built, *, searches: int, queries: int, k: int, point: Point) -> float:
    """Distance computations per query since `reset_counters`, those to centroids and of a second look included.

    Counted by faiss for inverted lists and graphs; an exhaustive search computes one per vector. NaN where neither is
    so, and on GPUs.

    Args:
        built: the index
        searches: how often they were searched since then
        queries: how many they are
        k: neighbors asked for
        point: the search settings
    """
    faiss = load_faiss()
    if built.gpu is not None:
        return float("nan")
    parts = list(parts_of(built.index))
    counted = (faiss.cvar.indexIVF_stats.ndis + faiss.cvar.hnsw_stats.ndis) / (queries * searches)
    looks = point.get("k_factor", point.get("k_factor_rf", 1))
    second_look = k * looks * any(hasattr(part, "refine_index") for part in parts)
    if any(hasattr(part, "nprobe") for part in parts):
        return float(counted + sum(_centroids(part) for part in parts) + second_look)
    if any(hasattr(part, "hnsw") for part in parts):
        return float(counted + second_look)
    exhaustive = any(isinstance(part, faiss.IndexFlatCodes | faiss.IndexFastScan) for part in parts)
    return float(built.index.ntotal + second_look) if exhaustive else float("nan")


def _centroids(part: Any) -> int:
    """Centroids that every query is compared with; those of a graph of centroids are counted by faiss."""
    faiss = load_faiss()
    coarse: Any = getattr(part, "quantizer", None)
    if coarse is None or not isinstance(faiss.downcast_index(coarse), faiss.IndexFlat):
        return 0
    return int(coarse.ntotal)


def list_imbalance(built: Built) -> float:
    """How uneven inverted lists are: 1 is even, 2 doubles the work of a search; NaN where there are no lists.

    faiss's imbalance factor: lists · Σ size² / (Σ size)².
    """
    for part in parts_of(to_cpu(built.index, built.gpu)):
        if hasattr(part, "invlists"):
            return float(part.invlists.imbalance_factor())
    return float("nan")


def serialized_bytes(built: Built) -> int:
    """Size of the index when written to a file, in bytes."""
    faiss = load_faiss()
    return int(faiss.serialize_index(to_cpu(built.index, built.gpu)).nbytes)
