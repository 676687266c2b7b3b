"""The cells of a sweep: which index, trained on which version, holding which version, under which seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.index import Build, Keeps
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepared import Prepared

FRESH, STALE = "fresh", "stale"


@dataclass(frozen=True, eq=False)
class Cell:
    """One index that a sweep builds and searches.

    Args:
        build: the index
        seed: its build seed
        trained: the version it is trained on
        holds: the version whose vectors it holds, and whose queries search it
        impossible: why it cannot be, empty where it can
    """

    build: Build
    seed: int
    trained: Prepared
    holds: Prepared
    impossible: str = ""

    @property
    def question(self) -> str:
        """What it is measured for: fresh or stale."""
        return FRESH if self.trained is self.holds else STALE


def cells_of(options: AnnOptions, reference: Prepared, candidates: Sequence[Prepared]) -> Iterator[Cell]:
    """All cells, those of the reference first, since stale ones start from its indexes."""
    builds = list(options.index.builds())
    for version in (reference, *candidates):
        for build in builds:
            for seed in seeds_of(build, options):
                yield Cell(build, seed, version, version)
    for candidate in candidates if options.stale else ():
        for build in builds:
            if build.keeps is not Keeps.nothing:
                impossible = why_not_stale(build, reference, candidate)
                for seed in seeds_of(build, options)[: 1 if impossible else None]:
                    yield Cell(build, seed, reference, candidate, impossible)


def seeds_of(build: Build, options: AnnOptions) -> list[int]:
    """The seeds to build with: one where nothing is drawn at random."""
    return options.seeds if build.random else options.seeds[:1]


def why_not_stale(build: Build, reference: Prepared, candidate: Prepared) -> str:
    """Why an index of the reference cannot hold the candidate's vectors; empty where it can."""
    if reference.d != candidate.d:
        return f"an index trained on {reference.d} dimensions cannot hold vectors of {candidate.d}"
    if reference.metric is not candidate.metric:
        metrics = f"{reference.metric.value} before, {candidate.metric.value} now"
        return f"the versions are compared by different metrics, {metrics}"
    if build.keeps is Keeps.graph and not np.array_equal(reference.ids.astype(str), candidate.ids.astype(str)):
        return "a graph of the reference can only be kept where both versions hold the same items"
    return ""
