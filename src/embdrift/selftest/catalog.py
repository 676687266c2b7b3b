"""The faults that the self-test plants, each at several strengths, and how each is planted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.data.synthetic import jittered
from embdrift.numerics import StorageFormat
from embdrift.selftest.faults import (
    collapsed,
    corrupted,
    offset,
    partly_rotated,
    permuted,
    replaced,
    scaled,
    scrambled_within,
    some_rows,
    stored,
    truncated,
    with_zeros,
    without,
)
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


SAME = "same"


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and how to plant it.

    Args:
        name: a few words
        means: what has happened, for a reader
        plant: `plant(world, amount, seed)`
        amounts: strength in words -> amount
        by_cohort: whether cohorts are known, so that everything is measured for each of them too, which takes longer
    """

    name: str
    means: str
    plant: Plant
    amounts: Mapping[str, float]
    by_cohort: bool = False


@dataclass(frozen=True)
class Case:
    """One fault at one strength, and whether cohorts are known."""

    fault: str
    strength: str
    plant: Callable[[World, int], Planted]
    by_cohort: bool = False

    @property
    def name(self) -> str:
        """What the case is called as a version."""
        return f"{self.fault}, {self.strength}"


def all_cases() -> list[Case]:
    """Every fault at every strength, in the order of the expected table."""
    return [
        Case(fault.name, strength, _bound(fault.plant, amount), fault.by_cohort)
        for fault in FAULTS
        for strength, amount in fault.amounts.items()
    ]


def _bound(plant: Plant, amount: float) -> Callable[[World, int], Planted]:
    return lambda world, seed: plant(world, amount, seed)


_SHARES = {"1 % of the items": 0.01, "20 % of the items": 0.2}

FAULTS = (
    Fault(SAME, "a second encoding, as far from the truth as the reference", same, {"nothing changed": 0.0}, True),
    Fault(
        "jitter", "every vector moves by itself, as under another model of the same family", jitter,
        {f"cosine {cosine:g}": cosine for cosine in (0.9999, 0.99, 0.9, 0.5)},
    ),
    Fault(
        "offset", "one vector is added to all", everywhere(lambda v, w, a, s: offset(v, a * w.length, s)),
        {f"{share:.0%} of the length".replace("%", " %"): share for share in (0.02, 0.1, 0.2)},
    ),
    Fault(
        "rotation", "the space is turned, as by a training that starts anew",
        everywhere(lambda v, _, a, s: partly_rotated(v, a, s)),
        {"half of the dimensions": 0.5, "all dimensions": 1.0},
    ),
    Fault(
        "scale", "all vectors become longer or shorter", everywhere(lambda v, _, a, __: scaled(v, a)),
        {f"× {factor:g}": factor for factor in (1.02, 2.0, 0.5)},
    ),
    Fault(
        "norm collapse", "vectors shrink to a hundredth of their length",
        in_corpus(lambda w, a, s: collapsed(w.corpus, a, s)), _SHARES | {"all items": 1.0},
    ),
    Fault(
        "permuted rows", "vectors go to wrong items",
        in_corpus(lambda w, a, s: permuted(w.corpus, a, s)),
        {"1 % of the items": 0.01, "10 % of the items": 0.1, "all items": 1.0},
    ),
    Fault(
        "scramble within clusters", "vectors go to wrong items of the same neighborhood",
        in_corpus(lambda w, a, s: scrambled_within(w.corpus, w.groups, a, s)),
        {"20 % of the items": 0.2, "all items": 1.0},
    ),
    Fault(
        "mixed versions", "part of the corpus is from another version, whose space is turned", in_corpus(mixed),
        {"5 % of the items": 0.05, "20 % of the items": 0.2, "50 % of the items": 0.5},
    ),
    Fault(
        "cohort changed", "one cohort in five is encoded otherwise", in_corpus(cohort_moved),
        {"cosine 0.9": 0.9, "cosine 0.5": 0.5}, True,
    ),
    Fault(
        "cohort of another version", "one cohort in five is from another version, whose space is turned",
        in_corpus(cohort_other), {"one of five": 0.0}, True,
    ),
    Fault(
        "truncated dimensions", "only the first dimensions are kept", everywhere(lambda v, _, a, __: truncated(v, a)),
        {"90 % kept": 0.9, "50 % kept": 0.5, "25 % kept": 0.25},
    ),
    Fault("float16", "numbers are stored in half precision", stored_as(StorageFormat.float16), {"every number": 0.0}),
    Fault(
        "int8", "numbers are stored in a byte, with a scale per dimension",
        stored_as(StorageFormat.int8_dimension_affine), {"every number": 0.0},
    ),
    Fault(
        "corrupted bytes", "runs of 64 bytes are overwritten with noise",
        in_corpus(lambda w, a, s: corrupted(w.corpus, a, s)), _SHARES,
    ),
    Fault(
        "corrupted to NaN", "damaged bytes make a number that is none",
        in_corpus(lambda w, a, s: corrupted(w.corpus, a, s, finite=False)), {"1 % of the items": 0.01},
    ),
    Fault(
        "null vectors", "vectors are all zero, as failed requests leave them",
        in_corpus(lambda w, a, s: with_zeros(w.corpus, a, s)), _SHARES,
    ),
    Fault(
        "stale items", "vectors are of an earlier text", in_corpus(stale),
        {"5 % of the items": 0.05, "30 % of the items": 0.3},
    ),
    Fault("missing items", "items are not in the index", missing, _SHARES),
)  # fmt: skip
