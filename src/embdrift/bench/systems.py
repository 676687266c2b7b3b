"""The systems that are measured: each gives the k nearest other items of every item, by cosine of unit vectors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.search import Certificate, certified_search, search_task
from embdrift.types import Array, Positions

_BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Found:
    """What a system found.

    Args:
        positions: shape (n, k or k + 1); a system that lists the item itself lists one more
        certificate: how ours was proven; None for peers
    """

    positions: Array
    certificate: Certificate | None = None

    def others(self, rows: Positions, k: int) -> Positions:
        """The k nearest of some rows without the row itself, shape (b, k)."""
        chosen = self.positions[rows]
        if chosen.shape[1] == k:
            return np.asarray(chosen, np.int64)
        # Where copies crowd the item itself out, the last one goes instead.
        last = np.where((chosen == rows[:, None]).any(axis=1), -1, k)
        drop = (chosen == rows[:, None]) | (np.arange(k + 1) == last[:, None])
        return np.asarray(chosen[~drop].reshape(len(rows), k), np.int64)


System = Callable[[torch.Tensor, int], Found]


def ours(vectors: torch.Tensor, k: int) -> Found:
    """Our exact search."""
    table, certificate = certified_search(search_task(vectors, k), device="cpu")
    return Found(table.positions, certificate)


def faiss_knn(vectors: torch.Tensor, k: int) -> Found:
    """`faiss.knn` in float32."""
    from embdrift.index.faiss_module import load_faiss

    faiss = load_faiss()
    faiss.omp_set_num_threads(torch.get_num_threads())
    values = vectors.numpy()
    return Found(faiss.knn(values, values, k + 1, metric=faiss.METRIC_INNER_PRODUCT)[1])


def torch_topk(vectors: torch.Tensor, k: int) -> Found:
    """A float32 product and `topk`, a block of rows at a time."""
    blocks = (vectors[start : start + _BLOCK] for start in range(0, len(vectors), _BLOCK))
    parts = [(rows @ vectors.T).topk(k + 1, dim=1).indices for rows in blocks]
    return Found(torch.cat(parts).numpy())


def sklearn_brute(vectors: torch.Tensor, k: int) -> Found:
    """scikit-learn's brute force: Euclidean, which orders unit vectors as the cosine does.

    Raises:
        InputError: when scikit-learn is not installed
    """
    try:
        from sklearn.neighbors import NearestNeighbors
    except ModuleNotFoundError as error:
        raise InputError("peer sklearn needs scikit-learn, which is not installed; leave it out of --peers") from error
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute", n_jobs=-1).fit(vectors.numpy())
    return Found(search.kneighbors(vectors.numpy(), return_distance=False))


PEERS: dict[str, System] = {"faiss": faiss_knn, "torch": torch_topk, "sklearn": sklearn_brute}
"""Other systems by the name that `--peers` takes."""
