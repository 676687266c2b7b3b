"""One version in one scope, in an order that no file's row order changes, with what is known of each item."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from embdrift.metrics.drift import Rows, row_norms
from embdrift.studies.engine.matching import Labels
from embdrift.studies.engine.study import CheckedSet, QuerySet, Version
from embdrift.types import Array, Floats, Positions, Similarity


@dataclass(frozen=True, eq=False)
class Side:
    """The items or queries of one version that take part, in canonical order.

    Args:
        version: whose
        scope: who searches
        ids: shape (m,)
        rows: shape (m,), rows of the vectors
        norms: shape (m,), Euclidean lengths
        top1: shape (m,), cosine to the nearest other item or best result; NaN where it was not searched, None where
            nothing was
        cohorts: column -> shape (m,), the cohort of each item as text, empty where it has none
        zeros: vectors of zeros that take no part
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
        """What the version is called."""
        return self.version.name

    @property
    def checked(self) -> CheckedSet:
        """The vectors with what was found in them."""
        return self.version.searching(self.scope)

    @property
    def m(self) -> int:
        """Number of items that take part."""
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

    def take(self, where: Positions, *, zeros: int = 0) -> "Side":
        """Some of the items and so many of the zeros that take no part, without cohorts."""
        top1 = None if self.top1 is None else self.top1[where]
        ids, rows, norms = self.ids[where], self.rows[where], self.norms[where]
        return Side(self.version, self.scope, ids, rows, norms, top1, zeros=zeros)

    def parts(self) -> Iterator[tuple[str, "Side"]]:
        """Every cohort by its name, `column=value`."""
        for column in dict.fromkeys((*self.cohorts, *self.zero_cohorts)):
            labels = self.cohorts.get(column, np.full(self.m, "", object))
            lost = self.zero_cohorts.get(column, np.full(self.zeros, "", object))
            for cohort in sorted({one for one in (*labels.tolist(), *lost.tolist()) if one}):
                inside = np.flatnonzero(labels == cohort)
                yield f"{column}={cohort}", self.take(inside, zeros=int((lost == cohort).sum()))


def side_of(version: Version, scope: QuerySet, labels: Labels, top1: Floats | None) -> Side:
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
    return Side(version, scope, ids, rows, norms, top1, cohorts, len(lost), zero_cohorts)
