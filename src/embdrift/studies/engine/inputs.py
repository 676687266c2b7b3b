"""What a neighbour-shift study is given: versions that have been read and checked, and how to measure them."""

from dataclasses import dataclass, field

import numpy as np

from embdrift.data import Items, Qrels, VectorReport
from embdrift.errors import InputError
from embdrift.types import EmbeddingSet, Positions

LEAST_DEPTH = 100
"""Neighbours kept per item even where few are asked for: they make the curve over k."""


def search_depth(k: int) -> int:
    """Neighbours searched per item where k are asked for: three times as many, to see how far neighbours move."""
    return max(3 * k, LEAST_DEPTH)


@dataclass(frozen=True, eq=False)
class CheckedSet:
    """Vectors that can be searched.

    Args:
        vectors: the embedding set
        report: what was found in it
        left_out: rows that take no part, ascending
    """

    vectors: EmbeddingSet
    report: VectorReport
    left_out: Positions

    @property
    def taking_part(self) -> Positions:
        """Rows that take part, ascending."""
        keep = np.ones(self.vectors.n, np.bool_)
        keep[self.left_out] = False
        return np.flatnonzero(keep)


@dataclass(frozen=True, eq=False)
class Version:
    """One version of the encoder: its corpus and, where there are any, its queries."""

    corpus: CheckedSet
    queries: CheckedSet | None = None

    @property
    def name(self) -> str:
        """What the version is called in tables and plots."""
        return self.corpus.vectors.name


@dataclass(frozen=True)
class ShiftOptions:
    """How a neighbour-shift study measures.

    Args:
        k: the headline number of neighbours
        query_sample: measure so many sampled rows against the whole corpus; None for all
        seed: of samples and of noise
        noise_floor: measure what one float32 rounding does
        examples: most moved items to show per candidate
        texts: whether results may hold texts
        device: where to search
    """

    k: int = 10
    query_sample: int | None = None
    seed: int = 0
    noise_floor: bool = True
    examples: int = 10
    texts: bool = True
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise InputError(f"k must be at least 1, got {self.k}")
        if self.query_sample is not None and self.query_sample < 2:
            raise InputError(f"query_sample must be at least 2, got {self.query_sample}; leave it out to measure all")
        if self.examples < 0:
            raise InputError(f"examples must not be negative, got {self.examples}")

    @property
    def search_depth(self) -> int:
        """Neighbours searched per item."""
        return search_depth(self.k)


@dataclass(frozen=True, eq=False)
class ShiftInput:
    """Everything that a neighbour-shift study compares.

    Args:
        reference: the version that is in use
        candidates: versions that might replace it, with distinct names
        again: a second encoding of the reference, which sets the noise floor, where there is one
        items: cohorts and texts of the corpus items
        qrels: which items answer which query
        options: how to measure
    """

    reference: Version
    candidates: tuple[Version, ...]
    again: Version | None = None
    items: Items | None = None
    qrels: Qrels | None = None
    options: ShiftOptions = field(default_factory=ShiftOptions)

    def __post_init__(self) -> None:
        if not self.candidates:
            raise InputError("there is nothing to compare: give at least one candidate version")
        names = [self.reference.name, *(version.name for version in self.candidates)]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"versions must have distinct names, got {name!r} {names.count(name)} times")
        for version in self.versions:
            _check_version(version, self.options.k)

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, the reference first."""
        return (self.reference, *self.candidates, *([self.again] if self.again else []))

    @property
    def has_queries(self) -> bool:
        """Whether queries are compared as well as the corpus."""
        return self.reference.queries is not None


def _check_version(version: Version, k: int) -> None:
    n = len(version.corpus.taking_part)
    corpus = version.corpus.vectors
    if not k <= n - 1:
        raise InputError(f"k must be between 1 and {n - 1} for the {n} items of {corpus.label}, got {k}")
    if version.queries is not None and version.queries.vectors.d != corpus.d:
        queries = version.queries.vectors
        raise InputError(
            f"queries and corpus of one version must have one dimension, got {queries.d} in {queries.label} and"
            f" {corpus.d} in {corpus.label}"
        )
