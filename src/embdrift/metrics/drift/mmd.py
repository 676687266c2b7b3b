"""Maximum mean discrepancy: how far apart two distributions are as wholes, in any direction and at any scale."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.metrics.drift.permutation import permutation_p, random_halves, random_signs
from embdrift.metrics.drift.random_features import Fourier, fourier
from embdrift.metrics.drift.reading import BLOCK_ROWS, Rows
from embdrift.types import Floats

BLOCKS = 2048
"""Blocks of rows per side that permutations shuffle, at most: one row a block for smaller sets."""

MOST_BLOCKS = 4 * BLOCKS
"""Blocks of a side that is much larger than the other."""

LEAST = 1e-12
"""Squared discrepancies below this are float32 rounding of the features, and no difference."""


@dataclass(frozen=True)
class Mmd:
    """An estimate of the squared maximum mean discrepancy, and how far it can be trusted.

    Args:
        value: unbiased estimate of the squared discrepancy, so a little below 0 at times
        sampling_error: standard error from the rows, by leaving out one block at a time
        feature_error: standard error from the random features
        p: of the permutation test of equal distributions
        rows: rows of each side that the estimate rests on
        block: rows that are shuffled together
        bandwidth: of the Gaussian kernel
    """

    value: float
    sampling_error: float
    feature_error: float
    p: float
    rows: tuple[int, int]
    block: int
    bandwidth: float

    @property
    def error(self) -> float:
        """Both standard errors together."""
        return math.hypot(self.sampling_error, self.feature_error)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Features added up block by block.

    Args:
        sums: shape (blocks, 2 f)
        squares: shape (blocks, f), squared length of each row's features per frequency
        block: rows in each block
    """

    sums: Floats
    squares: Floats
    block: int

    @property
    def rows(self) -> int:
        return len(self.sums) * self.block


def mmd(
    reference: Rows,
    candidate: Rows,
    *,
    paired: bool,
    frequencies: int = 256,
    permutations: int = 199,
    seed: int = 0,
    device: torch.device | None = None,
) -> Mmd:
    """Squared maximum mean discrepancy under a Gaussian kernel, over all rows, with a permutation p-value.

    Unbiased estimate of Gretton and others, "A Kernel Two-Sample Test", JMLR 13, 2012, lemma 6 (for pairs the
    U-statistic of their equation 4, which leaves each pair's own kernel out), with the kernel replaced by random
    Fourier features. The null is made by swapping the members of pairs where both sets hold the same documents, and by
    dealing rows to the two sides afresh where they do not. Large sets are shuffled in blocks of consecutive rows. Of a
    side thousands of times as large as the other, evenly spaced rows stand for all: the error is that of the smaller.

    Args:
        reference: at least two rows
        candidate: at least two rows of the same dimension; row i of both is one document where they are paired
        paired: whether both hold the same documents
        frequencies: random Fourier frequencies
        permutations: shuffles
        seed: of frequencies and shuffles
        device: where features are computed; the CPU where None
    """
    device = device or torch.device("cpu")
    features = fourier(reference, candidate, count=frequencies, seed=seed, device=device)
    random = np.random.Generator(np.random.Philox(seed + 1))
    block = -(-max(reference.m, candidate.m) // BLOCKS)
    block = min(block, reference.m // 2, candidate.m // 2) or 1
    reference, candidate = (_thinned(one, MOST_BLOCKS * block) for one in (reference, candidate))
    if paired:
        return _paired(_differences(reference, candidate, features, block), features, permutations, random)
    sides = (_sums(reference, features, block), _sums(candidate, features, block))
    return _unpaired(*sides, features, permutations, random)


def _thinned(given: Rows, most: int) -> Rows:
    return given if given.m <= most else given.take(np.linspace(0, given.m - 1, most).astype(np.int64))


def _paired(found: _Sums, features: Fourier, permutations: int, random: np.random.Generator) -> Mmd:
    n, total, squares = found.rows, found.sums.sum(axis=0), found.squares.sum(axis=0)
    pairs = n * (n - 1)

    def estimate(sums: Floats, own: Floats | float, count: int) -> Floats:
        return np.asarray(((sums**2).sum(axis=-1) - own) / (count * (count - 1)))

    value = float(estimate(total, squares.sum(), n))
    own, rest = found.squares.sum(axis=1), n - found.block
    without = estimate(total - found.sums, own.sum() - own, rest) if rest > 1 else np.empty(0)
    shuffled = estimate(random_signs(len(own), permutations, random) @ found.sums, own.sum(), n)
    each = (_per_frequency(total**2) - squares) / pairs
    return Mmd(
        value, _jackknife(without), _sum_error(each), permutation_p(value, shuffled, least=LEAST), (n, n), found.block,
        features.bandwidth,
    )  # fmt: skip


def _unpaired(old: _Sums, new: _Sums, features: Fourier, permutations: int, random: np.random.Generator) -> Mmd:
    n, m = old.rows, new.rows
    a, b = old.sums.sum(axis=0), new.sums.sum(axis=0)
    value = float(_two_sample(a, b, n, m).sum())
    enough = min(n, m) - old.block > 1
    without_old = _two_sample(a - old.sums, b, n - old.block, m).sum(axis=-1) if enough else np.empty(0)
    without_new = _two_sample(a, b - new.sums, n, m - new.block).sum(axis=-1) if enough else np.empty(0)
    both = np.concatenate((old.sums, new.sums))
    dealt = random_halves(len(old.sums), len(both), permutations, random) @ both
    shuffled = _two_sample(dealt, (a + b) - dealt, n, m).sum(axis=-1)
    each = _per_frequency(_two_sample(a, b, n, m))
    return Mmd(
        value,
        math.hypot(_jackknife(without_old), _jackknife(without_new)),
        _sum_error(each),
        permutation_p(value, shuffled, least=LEAST),
        (n, m),
        old.block,
        features.bandwidth,
    )


def _two_sample(a: Floats, b: Floats, n: int, m: int) -> Floats:
    """Each feature's part of the unbiased estimate; the squared length of a row's features is 1, shared out evenly."""
    own = 1 / a.shape[-1]
    return np.asarray((a**2 - n * own) / (n * (n - 1)) + (b**2 - m * own) / (m * (m - 1)) - 2 * a * b / (n * m))


def _per_frequency(values: Floats) -> Floats:
    """Cosine and sine of each frequency together, shape (f,)."""
    half = values.shape[-1] // 2
    return np.asarray(values[..., :half] + values[..., half:])


def _sum_error(parts: Floats) -> float:
    """Standard error of the sum of independent draws."""
    return float(np.sqrt(len(parts)) * parts.std(ddof=1))


def _jackknife(without: Floats) -> float:
    """Standard error from estimates that leave out one block each."""
    blocks = len(without)
    return float(np.sqrt((blocks - 1) * without.var())) if blocks > 1 else float("nan")


def _differences(reference: Rows, candidate: Rows, features: Fourier, block: int) -> _Sums:
    """Sums of the differences between the features of the members of each pair."""

    def rows(part: slice) -> torch.Tensor:
        return features.features(candidate.block(part)) - features.features(reference.block(part))

    return _added_up(rows, reference.m, features, block)


def _sums(given: Rows, features: Fourier, block: int) -> _Sums:
    return _added_up(lambda part: features.features(given.block(part)), given.m, features, block)


def _added_up(rows: Callable[[slice], torch.Tensor], m: int, features: Fourier, block: int) -> _Sums:
    """Rows added up in blocks; what does not fill a block at the end is left out, so that all count alike."""
    blocks = m // block
    sums, squares = np.empty((blocks, 2 * features.count)), np.empty((blocks, features.count))
    step = max(1, BLOCK_ROWS // block)
    for first in range(0, blocks, step):
        last = min(first + step, blocks)
        found = rows(slice(first * block, last * block)).reshape(last - first, block, -1)
        sums[first:last] = found.sum(dim=1).cpu().numpy()
        squares[first:last] = _per_frequency((found * found).sum(dim=1).cpu().numpy())
    return _Sums(sums, squares, block)
