"""The vectors of each version that are measured: in canonical order, with cohorts, duplicates and shared documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from embdrift.data.blocks import block_rows, row_blocks
from embdrift.data.fingerprints import RowHashes, duplicate_of, row_bytes
from embdrift.metrics.drift import Rows, row_norms
from embdrift.studies.engine.matching import Labels
from embdrift.studies.engine.study import CheckedSet, QuerySet, StudyInput, Version
from embdrift.types import Array, Floats, Positions, Similarity


@dataclass(frozen=True, eq=False)
class VersionVectors:
    """The valid items or queries of one version, in canonical order.

    Args:
        version: whose
        scope: who searches
        ids: shape (m,)
        rows: shape (m,), rows of the vectors
        norms: shape (m,), Euclidean lengths
        top1: shape (m,), cosine to the nearest other item or best result; NaN where it was not searched, None where
            nothing was
        cohorts: column -> shape (m,), the cohort of each item as text, empty where it has none
        zeros: number of excluded zero vectors
        zero_cohorts: column -> shape (zeros,), their cohorts
    """

    version: Version
    scope: QuerySet
    ids: Array
    rows: Positions
    norms: Floats
    top1: Floats | None = None
    cohorts: dict[str, Array] = field(default_factory=dict)
    zeros: int = 0
    zero_cohorts: dict[str, Array] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the version."""
        return self.version.name

    @property
    def checked(self) -> CheckedSet:
        """The vectors with what was found in them."""
        return self.version.searching(self.scope)

    @property
    def m(self) -> int:
        """Number of valid items."""
        return len(self.ids)

    @property
    def vectors(self) -> Rows:
        """The vectors as they are searched: of length 1 under cosine."""
        one = self.checked
        return Rows(one.vectors, self.rows, self.norms if one.similarity is Similarity.cosine else None)

    @property
    def directions(self) -> Rows:
        """The vectors of length 1, whatever the metric; for sides without zero vectors."""
        return Rows(self.checked.vectors, self.rows, self.norms)

    def take(self, where: Positions, *, zeros: int = 0) -> "VersionVectors":
        """Some of the items, with the given number of excluded zero vectors, without cohorts."""
        top1 = None if self.top1 is None else self.top1[where]
        ids, rows, norms = self.ids[where], self.rows[where], self.norms[where]
        return VersionVectors(self.version, self.scope, ids, rows, norms, top1, zeros=zeros)

    def parts(self) -> Iterator[tuple[str, "VersionVectors"]]:
        """Every cohort by its name, `column=value`."""
        for column in dict.fromkeys((*self.cohorts, *self.zero_cohorts)):
            labels = self.cohorts.get(column, np.full(self.m, "", object))
            lost = self.zero_cohorts.get(column, np.full(self.zeros, "", object))
            for cohort in sorted({one for one in (*labels.tolist(), *lost.tolist()) if one}):
                inside = np.flatnonzero(labels == cohort)
                yield f"{column}={cohort}", self.take(inside, zeros=int((lost == cohort).sum()))


def vectors_of(version: Version, scope: QuerySet, labels: Labels, top1: Floats | None) -> VersionVectors:
    """One version in one scope.

    Args:
        version: which has queries where the scope asks for them
        scope: who searches
        labels: cohorts of items; queries have none, even under equal ids
        top1: similarity to the nearest item, in canonical order
    """
    checked = version.searching(scope)
    ids, rows = checked.ordered_ids, checked.ordered_rows
    lost = checked.ids[checked.left_out]
    cohorts, zero_cohorts = (labels.cohorts(one) if scope is QuerySet.corpus else {} for one in (ids, lost))
    norms = row_norms(checked.vectors, rows)
    return VersionVectors(version, scope, ids, rows, norms, top1, cohorts, len(lost), zero_cohorts)


class Duplicates:
    """Counts vectors that are equal to another one before them.

    Args:
        checked: the vectors with what was found in them
    """

    def __init__(self, checked: CheckedSet) -> None:
        self._checked = checked
        self._first: Positions | None = None

    def duplicated(self, rows: Positions) -> int:
        """The number of some rows that are equal to an earlier one."""
        if self._checked.report.duplicate_vectors == 0:
            return 0
        if len(rows) == self._checked.report.n:
            return self._checked.report.duplicate_vectors
        return len(rows) - len(np.unique(self._firsts()[rows]))

    def _firsts(self) -> Positions:
        if self._first is None:
            vectors = self._checked.vectors
            n, d = vectors.shape
            hashes = RowHashes(n, d * vectors.element_size())
            for start, block in row_blocks(vectors, block_rows(d, 8)):
                hashes.add(start, row_bytes(block))
            self._first = duplicate_of(vectors, hashes.hashes)
        return self._first


@dataclass(frozen=True, eq=False)
class SharedDocuments:
    """The rows of two sides that tests compare.

    Args:
        paired: whether row i of both is one document
        reference: places in the reference side
        candidate: places in the candidate side
        note: which kind of test it is, and what it rests on
    """

    paired: bool
    reference: Positions
    candidate: Positions
    note: str


def documents_of(reference: VersionVectors, candidate: VersionVectors) -> SharedDocuments:
    """Pair two sides by id where at least half of the smaller one is shared; else keep every document on one side only.

    Without ids, rows of files of equal length hold the same documents. Below half, the documents that are shared all
    the same are dealt to the two sides in turn, since a test for independent sets must not see one of them on both.
    """
    partner = _partners(reference, candidate)
    shared = np.flatnonzero(partner >= 0)
    smaller = min(reference.m, candidate.m)
    if smaller and 2 * len(shared) >= smaller:
        return SharedDocuments(True, shared, partner[shared], f"paired test on {len(shared):,} shared items")
    old, new = np.ones(reference.m, np.bool_), np.ones(candidate.m, np.bool_)
    old[shared[1::2]] = False
    new[partner[shared[0::2]]] = False
    kept_old, kept_new = np.flatnonzero(old), np.flatnonzero(new)
    note = f"unpaired test of {len(kept_old):,} against {len(kept_new):,} items"
    return SharedDocuments(False, kept_old, kept_new, note)


def _partners(reference: VersionVectors, candidate: VersionVectors) -> Positions:
    """The candidate's place of each of the reference's documents, -1 where it has none, shape (m,)."""
    old, new = reference.checked, candidate.checked
    comparable = old.has_ids == new.has_ids and (old.has_ids or old.n == new.n)
    if not comparable:
        return np.full(reference.m, -1)
    old_ids, new_ids = _keys(reference.ids, candidate.ids), _keys(candidate.ids, reference.ids)
    return np.asarray(pd.Index(new_ids).get_indexer(pd.Index(old_ids)), np.int64)


def _keys(ids: Array, others: Array) -> Array:
    """Ids that can be looked up: numbers where both sides have numbers, else text."""
    return ids if ids.dtype.kind == others.dtype.kind != "U" else ids.astype(str).astype(object)


Top1 = Mapping[tuple[str, str], Floats]
"""(version's name, scope) -> similarity of each item to the nearest, in canonical order."""


@dataclass(frozen=True, eq=False)
class ComparedVectors:
    """All versions in one scope.

    Args:
        name: who searches
        reference: the version in use
        candidates: the others
        again: a second encoding of the reference, where there is one
    """

    name: QuerySet
    reference: VersionVectors
    candidates: tuple[VersionVectors, ...]
    again: VersionVectors | None = None

    @property
    def sides(self) -> tuple[VersionVectors, ...]:
        """The reference first, without its second encoding."""
        return (self.reference, *self.candidates)


def compared_vectors(given: StudyInput, top1: Top1 | None = None) -> list[ComparedVectors]:
    """Every version in every scope that all versions have, with their similarities where there are any."""
    labels = Labels(given.items, texts=False)
    versions = (given.reference, *given.candidates)
    names = [name for name in QuerySet if all(name in version.query_sets for version in versions)]

    def side(version: Version, scope: QuerySet) -> VersionVectors:
        return vectors_of(version, scope, labels, None if top1 is None else top1.get((version.name, scope)))

    scopes = []
    for name in names:
        again = given.again if given.again and name in given.again.query_sets else None
        candidates = tuple(side(version, name) for version in given.candidates)
        scopes.append(
            ComparedVectors(name, side(given.reference, name), candidates, None if again is None else side(again, name))
        )
    return scopes
