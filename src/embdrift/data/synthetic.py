"""Vectors with a drift that is known, for tests, benchmarks and checks of this installation.

Every function is seeded and gives the same values again. The transforms take and return tensors of shape (n, d) and
change nothing in place.
"""

from collections.abc import Callable

import numpy as np
import torch

from embdrift.data.blocks import row_blocks
from embdrift.errors import InputError
from embdrift.types import Floats, Positions

BLOCK_ROWS = 16384
"""Fixed, since sums of floats depend on how the rows are cut into blocks."""

SPECTRUM = -0.5
"""Power by which the spread falls from one direction to the next, about as in sentence encoders."""

COMMON = 0.3
"""Length of the part that all vectors share: encoders fill a cone, not a sphere."""


def clustered(n: int, d: int, *, seed: int, clusters: int | None = None, spread: float = 0.6) -> torch.Tensor:
    """Unit vectors in clusters, uneven in their directions as those of encoders are: float32, shape (n, d).

    Args:
        n: number of vectors, at least 1
        d: dimension, at least 1
        seed: gives the same vectors again
        clusters: number of clusters; about the square root of n where None is given
        spread: distance of the vectors from the centre of their cluster, against that of the centres from each other
    """
    if min(n, d) < 1:
        raise InputError(f"clustered vectors need n >= 1 and d >= 1, got n={n}, d={d}")
    random = np.random.default_rng(seed)
    scale = np.arange(1, d + 1) ** SPECTRUM
    scale /= np.sqrt((scale**2).sum())
    count = clusters if clusters is not None else max(1, round(n**0.5))
    centres = random.standard_normal((count, d)) * scale
    centres[:, 0] += COMMON
    members = random.integers(0, count, size=n)
    whole = np.empty((n, d), np.float32)
    for start in range(0, n, BLOCK_ROWS):
        rows = members[start : start + BLOCK_ROWS]
        block = centres[rows] + spread * scale * random.standard_normal((len(rows), d))
        whole[start : start + BLOCK_ROWS] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return torch.from_numpy(whole)


def rotated(vectors: torch.Tensor, seed: int) -> torch.Tensor:
    """The vectors turned by one random rotation: every inner product, distance and neighbor stays (but for rounding).

    The rotation is uniform over the orthogonal group: the Q of a Gaussian matrix with the signs of R's diagonal
    (Mezzadri, How to generate random matrices from the classical compact groups, 2007).
    """
    d = int(vectors.shape[1])
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
    turn = torch.from_numpy(q * np.sign(np.diag(r)))
    return _by_blocks(vectors, lambda block: block @ turn)


def with_duplicates(vectors: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """The vectors with a share of the rows overwritten by copies of the others."""
    n = len(vectors)
    overwritten, kept = _split(n, share, seed)
    if not len(kept):
        raise InputError(f"a share of duplicates must leave a row to copy, got {share} of {n} rows")
    sources = np.random.default_rng(seed + 1).choice(kept, size=len(overwritten))
    result = vectors.clone()
    result[torch.from_numpy(overwritten)] = vectors[torch.from_numpy(sources)]
    return result


def jittered(vectors: torch.Tensor, cosine: float, seed: int) -> torch.Tensor:
    """The vectors moved in a random direction, so far that each has this cosine with itself; lengths stay."""
    if not -1 <= cosine <= 1:
        raise InputError(f"a cosine must be between -1 and 1, got {cosine}")
    if vectors.shape[1] < 2:
        raise InputError(f"vectors of dimension {vectors.shape[1]} cannot be moved sideways; 2 are needed")
    random = np.random.default_rng(seed)

    def move(block: torch.Tensor) -> torch.Tensor:
        wide = block.numpy()
        lengths = np.linalg.norm(wide, axis=1, keepdims=True)
        units = wide / np.where(lengths > 0, lengths, 1)
        moved = lengths * (cosine * units + np.sqrt(1 - cosine**2) * _unit_across(units, random))
        return torch.from_numpy(moved)

    return _by_blocks(vectors, move)


def dealt(vectors: torch.Tensor, seed: int) -> torch.Tensor:
    """The same vectors handed to other rows: none stays where it was (where there is more than one)."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    source = np.empty_like(order)
    source[order] = np.roll(order, 1)  # one cycle through all rows
    return vectors[torch.from_numpy(source)]


def mixed(a: torch.Tensor, b: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """The vectors `a` with a share of the rows taken from `b`, as in an index that is half re-embedded."""
    if a.shape != b.shape or a.dtype != b.dtype:
        raise InputError(f"mixed sets must be alike, got {tuple(a.shape)} {a.dtype} and {tuple(b.shape)} {b.dtype}")
    taken = torch.from_numpy(_split(len(a), share, seed)[0])
    result = a.clone()
    result[taken] = b[taken]
    return result


def _by_blocks(vectors: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The vectors with `change` applied in float64, a block of rows at a time."""
    result = torch.empty(vectors.shape, dtype=vectors.dtype)
    for start, block in row_blocks(vectors, BLOCK_ROWS):
        result[start : start + len(block)] = change(block.to(torch.float64))
    return result


def _split(n: int, share: float, seed: int) -> tuple[Positions, Positions]:
    """A random share of the rows, and the other rows."""
    if not 0 <= share <= 1:
        raise InputError(f"a share must be between 0 and 1, got {share}")
    order = np.random.default_rng(seed).permutation(n).astype(np.int64)
    cut = round(share * n)
    return np.sort(order[:cut]), np.sort(order[cut:])


def _unit_across(units: Floats, random: np.random.Generator) -> Floats:
    """A random unit vector at right angles to each row."""
    noise = random.standard_normal(units.shape)
    noise -= (noise * units).sum(axis=1, keepdims=True) * units
    across: Floats = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return across
