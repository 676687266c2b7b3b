"""Recall of a faiss index as anybody would measure it in a plain script: faiss and NumPy, one thread."""

import numpy as np

from embdrift.index import load_faiss
from embdrift.types import Similarity


def plain_recalls(build, vectors, queries, *, similarity, ks, seed, own=None):
    """Mean recall by search setting and k: {(point as a sorted tuple, k): recall}; too few candidates are left out."""
    index, inner = plain_index(build, vectors, similarity, seed)
    exact = exact_scores(queries, vectors, similarity)
    if own is not None:
        exact[np.arange(len(queries)), own] = -np.inf
    found = {}
    for point in build.grid:
        for k in ks:
            depth = k + (own is not None)
            if point.get("ef_search", depth) < depth or point.get("nprobe", 1) > getattr(inner, "nlist", 1):
                continue
            for name, value in point.items():
                where = {"nprobe": (inner, "nprobe"), "k_factor": (index, "k_factor")}
                target, attribute = where.get(name, (getattr(inner, "hnsw", None), "efSearch"))
                setattr(target, attribute, value)
            _, positions = index.search(queries, depth)
            shares = []
            for query, row in enumerate(positions.tolist()):
                me = None if own is None else own[query]
                kept = [one for one in row if one not in (me, -1)][:k]
                shares.append(share(exact[query], np.array(kept, int), k))
            found[tuple(sorted(point.items())), k] = float(np.mean(shares))
    return found


def plain_index(build, vectors, similarity, seed):
    """faiss's own index, trained and filled, and what it wraps."""
    faiss = load_faiss()
    faiss.omp_set_num_threads(1)
    measure = faiss.METRIC_L2 if similarity is Similarity.l2 else faiss.METRIC_INNER_PRODUCT
    index = faiss.index_factory(vectors.shape[1], build.factory, measure)
    inner = faiss.downcast_index(index)
    for name in ("index", "base_index"):
        if hasattr(inner, name):
            inner = faiss.downcast_index(getattr(inner, name))
    if "IVF" in build.factory:
        inner.cp.seed = seed
    if "PQ" in build.factory:
        inner.pq.cp.seed = seed
    if "HNSW" in build.factory:
        inner.hnsw.rng = faiss.RandomGenerator(seed)
        inner.hnsw.efConstruction = build.settings["ef_construction"]
    index.train(vectors)
    index.add(vectors)
    return index, inner


def exact_scores(queries, vectors, similarity):
    """Every query against every vector in float64, higher is closer; shape (q, n)."""
    old, new = queries.astype(np.float64), vectors.astype(np.float64)
    if similarity is not Similarity.l2:
        return old @ new.T
    return np.array([-((one - new) ** 2).sum(1) for one in old])


def share(scores, found, k):
    """Share of the k best found; those that score as much as the k-th compete for the places that are left."""
    level = np.sort(scores)[-k]
    higher = scores > level + 1e-12
    best = np.isin(np.flatnonzero(higher), found).sum()
    tied = np.isin(np.flatnonzero(np.abs(scores - level) <= 1e-12), found).sum()
    return (best + min(tied, k - higher.sum())) / k
