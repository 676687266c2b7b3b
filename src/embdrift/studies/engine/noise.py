"""Copies of vectors with a known, meaningless change: what noise does is the yardstick for what a new version does."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.data.memory_maps import gather
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Positions

_BLOCK = 8192


def moved_by_a_rounding(vectors: torch.Tensor, rows: Positions, seed: int) -> torch.Tensor:
    """Each component moved to the next float32 number, up or down by the fall of a coin.

    Float64 components are rounded to float32 first; those that float32 cannot hold become infinite. The i-th of `rows`
    always gets the same coins, so that the copy does not depend on the order of rows in a file.

    Args:
        vectors: shape (n, d), floating point
        rows: shape (r,), the rows to copy, in shared order
        seed: of the coins
    Returns:
        float32, shape (r, d)
    """
    coins = np.random.Generator(np.random.Philox(seed))

    def blocks() -> Iterator[Array]:
        for start in range(0, len(rows), _BLOCK):
            with np.errstate(over="ignore", under="ignore"):
                exact = wide_rows(vectors, rows[start : start + _BLOCK]).astype(np.float32)
                up = coins.integers(0, 2, size=exact.shape, dtype=np.int8).astype(np.bool_)
                yield np.nextafter(exact, np.where(up, np.float32(np.inf), np.float32(-np.inf)))

    return torch.from_numpy(gather(blocks(), (len(rows), int(vectors.shape[1])), np.dtype(np.float32)))


def isotropic_noise(vectors: torch.Tensor, rows: Positions, cosines: Floats, seed: int) -> torch.Tensor:
    """Each vector turned in a random direction so far that it has a given cosine with itself; its length stays.

    Args:
        vectors: shape (n, d)
        rows: shape (r,), the rows to copy, in shared order
        cosines: shape (r,), cosine of each copy with its original; NaN leaves the vector as it is
        seed: of the directions
    Returns:
        float64 where the vectors are, else float32, shape (r, d)
    """
    dtype = np.dtype(np.float64 if vectors.dtype == torch.float64 else np.float32)
    random = np.random.Generator(np.random.Philox(seed))

    def blocks() -> Iterator[Array]:
        for start in range(0, len(rows), _BLOCK):
            original = wide_rows(vectors, rows[start : start + _BLOCK]).astype(np.float64)
            length = np.linalg.norm(original, axis=1, keepdims=True)
            unit = original / np.where(length > 0, length, 1.0)
            aside = random.standard_normal(unit.shape)
            aside -= (aside * unit).sum(axis=1, keepdims=True) * unit
            size = np.linalg.norm(aside, axis=1, keepdims=True)
            aside /= np.where(size > 0, size, 1.0)  # there is no aside in one dimension
            cosine = np.clip(np.nan_to_num(cosines[start : start + _BLOCK, None], nan=1.0), -1.0, 1.0)
            yield (length * (cosine * unit + np.sqrt(1 - cosine**2) * aside)).astype(dtype)

    return torch.from_numpy(gather(blocks(), (len(rows), int(vectors.shape[1])), dtype))
