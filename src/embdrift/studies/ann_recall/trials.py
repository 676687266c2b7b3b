"""The trials of a sweep: an index, trained on one version and filled with one, under one build seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from embdrift.index import Build, Keeps
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepare import PreparedVersion


class Condition(StrEnum):
    """The condition under which an index is searched; tables call it `question`.

    * fresh: trained on the version that it holds
    * stale: trained on the reference, filled with a candidate
    * transfer: fresh on a candidate, at the search setting that was tuned on the reference
    * reseeded: the reference again under other build seeds
    """

    fresh = "fresh"
    stale = "stale"
    transfer = "transfer"
    reseeded = "reseeded"


@dataclass(frozen=True, eq=False)
class Trial:
    """One index that a sweep builds and searches.

    Args:
        build: the index
        seed: its build seed
        trained_on: the version it is trained on
        filled_with: the version whose vectors it holds, and whose queries search it
        impossible: why it cannot be built, empty where it can
    """

    build: Build
    seed: int
    trained_on: PreparedVersion
    filled_with: PreparedVersion
    impossible: str = ""

    @property
    def condition(self) -> Condition:
        """Fresh or stale."""
        return Condition.fresh if self.trained_on is self.filled_with else Condition.stale


def trials_of(
    options: AnnOptions, reference: PreparedVersion, candidates: Sequence[PreparedVersion]
) -> Iterator[Trial]:
    """All trials, those of the reference first, since stale ones start from its indexes."""
    builds = list(options.index.builds())
    for version in (reference, *candidates):
        for build in builds:
            for seed in seeds_of(build, options):
                yield Trial(build, seed, version, version)
    for candidate in candidates if options.stale else ():
        for build in builds:
            if build.keeps is not Keeps.nothing:
                impossible = why_not_stale(build, reference, candidate)
                for seed in seeds_of(build, options)[: 1 if impossible else None]:
                    yield Trial(build, seed, reference, candidate, impossible)


def seeds_of(build: Build, options: AnnOptions) -> list[int]:
    """The seeds to build with: one where nothing is drawn at random."""
    return options.seeds if build.random else options.seeds[:1]


def why_not_stale(build: Build, reference: PreparedVersion, candidate: PreparedVersion) -> str:
    """Why an index of the reference cannot hold the candidate's vectors; empty where it can."""
    if reference.d != candidate.d:
        return f"an index trained on {reference.d} dimensions cannot hold vectors of {candidate.d}"
    if reference.similarity is not candidate.similarity:
        similarities = f"{reference.similarity.value} before, {candidate.similarity.value} now"
        return f"the versions are compared by different similarities, {similarities}"
    if build.keeps is Keeps.graph and not np.array_equal(reference.ids.astype(str), candidate.ids.astype(str)):
        return "a graph of the reference can only be kept where both versions hold the same items"
    return ""
