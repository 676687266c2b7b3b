"""The input and the result of every study, whichever tables it compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from embdrift.data import GoldenPairs, ItemList, Items, Qrels, VectorReport
from embdrift.errors import InputError
from embdrift.types import Array, EmbeddingSet, Positions


class QuerySet(StrEnum):
    """The vectors that search: the corpus items themselves, or the queries. Tables write it in the column `scope`."""

    corpus = "corpus"
    queries = "queries"


LEAST_DEPTH = 100
"""Neighbors kept per item even where few are asked for: they make the curve over k."""


def search_depth(k: int) -> int:
    """Neighbors searched per item for a headline k: three times as many, to see how far neighbors move."""
    return max(3 * k, LEAST_DEPTH)


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedSet(EmbeddingSet):
    """An embedding set that has been inspected and can be searched.

    Args:
        report: the findings of the inspection
        left_out: excluded rows, ascending
    """

    report: VectorReport
    left_out: Positions

    @classmethod
    def of(cls, vectors: EmbeddingSet, report: VectorReport, left_out: Positions) -> "CheckedSet":
        """The successor of an embedding set.

        Args:
            vectors: the embedding set
            report: the findings of its inspection
            left_out: excluded rows, ascending
        """
        known = {one.name: getattr(vectors, one.name) for one in fields(EmbeddingSet)}
        return cls(**known, report=report, left_out=left_out)

    @property
    def taking_part(self) -> Positions:
        """Rows that are not excluded, ascending."""
        keep = np.ones(self.n, np.bool_)
        keep[self.left_out] = False
        return np.flatnonzero(keep)

    @cached_property
    def ordered_rows(self) -> Positions:
        """Rows that are not excluded, in canonical order: by ascending id."""
        order = np.argsort(self.ids, kind="stable").astype(np.int64)
        return order[~np.isin(order, self.left_out)]

    @property
    def ordered_ids(self) -> Array:
        """Ids of `ordered_rows`."""
        return self.ids[self.ordered_rows]

    @cached_property
    def numbering(self) -> Positions:
        """The place of each row in canonical order, shape (n,); -1 for excluded rows."""
        numbers = np.full(self.n, -1)
        numbers[self.ordered_rows] = np.arange(len(self.ordered_rows))
        return numbers


@dataclass(frozen=True, eq=False)
class Version:
    """One version of the encoder: its corpus and, where there are any, its queries."""

    corpus: CheckedSet
    queries: CheckedSet | None = None

    @property
    def name(self) -> str:
        """The version's name in tables and plots."""
        return self.corpus.name

    @property
    def query_sets(self) -> tuple[QuerySet, ...]:
        """The vectors that can search."""
        return (QuerySet.corpus,) if self.queries is None else (QuerySet.corpus, QuerySet.queries)

    def searching(self, query_set: QuerySet) -> CheckedSet:
        """The vectors that search; the version has queries where these are meant."""
        if query_set is QuerySet.corpus:
            return self.corpus
        assert self.queries is not None
        return self.queries


@dataclass(frozen=True)
class CommonOptions:
    """Settings shared by all studies.

    Args:
        k: the headline number of neighbors
        seed: of samples, noise and training
        device: where to search: auto, cpu, cuda or cuda:N
        texts: whether results may hold texts

    Raises:
        InputError: when k is below 1
    """

    k: int = 10
    seed: int = 0
    device: str = "auto"
    texts: bool = True

    def __post_init__(self) -> None:
        if self.k < 1:
            raise InputError(f"k must be at least 1, got {self.k}")


@dataclass(frozen=True, eq=False)
class StudyInput:
    """Versions that have been read and checked, and what is known about their items.

    Args:
        reference: the version that is in use
        candidates: versions that might replace it; some studies need none
        again: a second encoding of the reference, which sets the noise floor, where there is one
        items: cohorts and texts of the corpus items
        qrels: which items answer which query
        common: settings shared by all studies
        golden: pairs that people called alike or not
        listed: which items an index should hold, how old they are, and which were removed

    Raises:
        InputError: when the reference and the candidates do not have distinct names
    """

    reference: Version
    candidates: tuple[Version, ...] = ()
    again: Version | None = None
    items: Items | None = None
    qrels: Qrels | None = None
    common: CommonOptions = field(default_factory=CommonOptions)
    golden: GoldenPairs | None = None
    listed: ItemList | None = None

    def __post_init__(self) -> None:
        names = [version.name for version in self.compared]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"versions must have distinct names, got {name!r} {names.count(name)} times")

    @property
    def compared(self) -> tuple[Version, ...]:
        """The reference, then the candidates."""
        return (self.reference, *self.candidates)

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, the reference first and its second encoding last."""
        return (*self.compared, *([self.again] if self.again else []))

    @property
    def has_queries(self) -> bool:
        """Whether queries are compared as well as the corpus."""
        return self.reference.queries is not None


@dataclass(frozen=True, eq=False)
class StudyResult:
    """The findings of a study, ready to be written.

    Args:
        summary: one row per figure, see `results/README.md`
        per_query: one row per item or query and candidate; may be empty
        tables: further tables by name
        notes: remarks for the reader
        facts: further entries of the run's record
    """

    summary: pd.DataFrame
    per_query: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def require_searchable(version: Version, k: int) -> None:
    """Check that a version has k neighbors to find, before the first long computation.

    Raises:
        InputError: when k is out of range, or queries and corpus differ in dimension
    """
    corpus, queries, n = version.corpus, version.queries, len(version.corpus.taking_part)
    if n < 2:
        raise InputError(f"{corpus.label} has {n} usable vectors, and neighbors need at least 2")
    if not 1 <= k <= n - 1:
        raise InputError(f"k must be between 1 and {n - 1} for the {n} items of {corpus.label}, got {k}")
    if queries is not None and queries.d != corpus.d:
        raise InputError(
            "queries and corpus of a version must have the same number of dimensions, got"
            f" {queries.d} in {queries.label} and {corpus.d} in {corpus.label}"
        )
