"""How each fault is planted in a world."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.data.synthetic import jittered
from embdrift.numerics import StorageFormat
from embdrift.selftest.faults import replaced, some_rows, stored, without
from embdrift.selftest.world import COHORTS, World
from embdrift.types import Array, Positions

STALE_COSINE = 0.6
"""Cosine of an item's vector with that of its earlier text."""


@dataclass(frozen=True, eq=False)
class Planted:
    """A version with a fault in it.

    Args:
        corpus: shape (m, d')
        queries: shape (q, d')
        rows: shape (m,), which item of the world each row is
    """

    corpus: torch.Tensor
    queries: torch.Tensor
    rows: Positions


Plant = Callable[[World, float, int], Planted]


def everywhere(change: Callable[[torch.Tensor, World, float, int], torch.Tensor]) -> Plant:
    """A fault of the encoder: items and queries go through it alike."""

    def plant(world: World, amount: float, seed: int) -> Planted:
        asked = change(world.queries, world, amount, seed)
        return Planted(change(world.corpus, world, amount, seed), asked, np.arange(world.n))

    return plant


def in_corpus(change: Callable[[World, float, int], torch.Tensor]) -> Plant:
    """A fault of the index: queries are encoded as before."""

    def plant(world: World, amount: float, seed: int) -> Planted:
        return Planted(change(world, amount, seed), world.queries, np.arange(world.n))

    return plant


def same(world: World, _: float, seed: int) -> Planted:
    """Another encoding of everything, exchangeable with the one at hand."""
    corpus, queries = world.encoded_again(seed)
    return Planted(corpus, queries, np.arange(world.n))


def jitter(world: World, cosine: float, seed: int) -> Planted:
    """Every vector moved in a direction of its own."""
    # Queries and items err independently of each other, so they must not share random numbers.
    moved, asked = jittered(world.corpus, cosine, seed), jittered(world.queries, cosine, seed + 1)
    return Planted(moved, asked, np.arange(world.n))


def missing(world: World, share: float, seed: int) -> Planted:
    """A share of the items left out."""
    kept = without(world.n, some_rows(world.n, share, seed))
    return Planted(world.corpus[torch.from_numpy(kept)], world.queries, kept)


def mixed(world: World, share: float, seed: int) -> torch.Tensor:
    """A share of the items in the other version."""
    return replaced(world.corpus, world.other, some_rows(world.n, share, seed))


def _cohort_rows(world: World, seed: int) -> Positions:
    names: Array = np.unique(world.cohorts)
    return np.flatnonzero(world.cohorts == names[seed % COHORTS % len(names)])


def cohort_moved(world: World, cosine: float, seed: int) -> torch.Tensor:
    """The items of one cohort moved in directions of their own."""
    return replaced(world.corpus, jittered(world.corpus, cosine, seed), _cohort_rows(world, seed))


def cohort_other(world: World, _: float, seed: int) -> torch.Tensor:
    """The items of one cohort in the other version."""
    return replaced(world.corpus, world.other, _cohort_rows(world, seed))


def stale(world: World, share: float, seed: int) -> torch.Tensor:
    """A share of the items as an earlier text would put them."""
    earlier = jittered(world.corpus, STALE_COSINE, seed)
    return replaced(world.corpus, earlier, some_rows(world.n, share, seed))


def stored_as(storage: StorageFormat) -> Plant:
    """Every vector stored in a format and read back."""
    return everywhere(lambda vectors, _world, _amount, _seed: stored(vectors, storage))
