"""What an index costs besides time: distance computations, bytes, uneven lists."""

from typing import Any

from embdrift.index.building import Built, to_cpu
from embdrift.index.faiss_module import load_faiss
from embdrift.index.kind import Point, parts_of


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
        k: neighbours asked for
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
