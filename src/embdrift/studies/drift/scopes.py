"""All versions in one scope, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from embdrift.studies.drift.sides import Side, side_of
from embdrift.studies.engine.matching import Labels
from embdrift.studies.engine.study import QuerySet, StudyInput, Version
from embdrift.types import Floats

Top1 = Mapping[tuple[str, str], Floats]
"""(version's name, scope) -> similarity of each item to the nearest, in canonical order."""


@dataclass(frozen=True, eq=False)
class Scope:
    """All versions in one scope.

    Args:
        name: who searches
        reference: the version in use
        candidates: the others
        again: a second encoding of the reference, where there is one
    """

    name: QuerySet
    reference: Side
    candidates: tuple[Side, ...]
    again: Side | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The reference first, without its second encoding."""
        return (self.reference, *self.candidates)


def scopes_of_versions(given: StudyInput, top1: Top1 | None = None) -> list[Scope]:
    """Every version in every scope that all versions have, with their similarities where there are any."""
    labels = Labels(given.items, texts=False)
    versions = (given.reference, *given.candidates)
    names = [name for name in QuerySet if all(name in version.query_sets for version in versions)]

    def side(version: Version, scope: QuerySet) -> Side:
        return side_of(version, scope, labels, None if top1 is None else top1.get((version.name, scope)))

    scopes = []
    for name in names:
        again = given.again if given.again and name in given.again.query_sets else None
        candidates = tuple(side(version, name) for version in given.candidates)
        scopes.append(
            Scope(name, side(given.reference, name), candidates, None if again is None else side(again, name))
        )
    return scopes
