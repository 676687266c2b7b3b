"""Vectors as an index takes them: float32, and of unit length under cosine."""

from collections.abc import Iterator

import numpy as np
import torch

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
