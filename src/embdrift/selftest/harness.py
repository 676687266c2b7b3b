"""Plants faults, measures each with the study `drift`, and asks a gate about it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from embdrift.api import load_version
from embdrift.cache import TableCache
from embdrift.data import ItemList, Items, ZeroVectors
from embdrift.errors import InputError
from embdrift.gates import CandidateVerdict, Gate, judge
from embdrift.progress import Progress, Silent
from embdrift.selftest.catalog import Case, Planted
from embdrift.selftest.noticing import figures_of
from embdrift.selftest.world import World
from embdrift.studies import CommonOptions, DriftOptions, StudyInput, StudyResult, Version
from embdrift.studies.drift.study import drift_study
from embdrift.types import EmbeddingSet

REFERENCE = "reference"
K = 10
COHORT = "part"


@dataclass(frozen=True, eq=False)
class CaseOutcome:
    """What came of one case in one world.

    Args:
        case: what was planted
        seed: of the world
        figures: columns measure, value, departure; empty where the version was refused
        verdict: what the gate said; None where the version was refused
        refused: why the version could not be compared; empty where it could
    """

    case: Case
    seed: int
    figures: pd.DataFrame
    verdict: CandidateVerdict | None
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Harness:
    """A sound version, and what measures and judges versions with faults in them.

    Args:
        world: the sound version
        gate: what judges
        seed: of the world; every case gets its own from it
        cache: where neighbor tables are kept
    """

    world: World
    gate: Gate
    seed: int
    cache: TableCache

    def outcome(self, case: Case, place: int) -> CaseOutcome:
        """Plant a case, measure it and judge it.

        Args:
            case: what to plant
            place: its number, which gives it random numbers of its own
        """
        planted = case.plant(self.world, 1000 * (self.seed + 1) + place)
        try:
            found = self._measured(case, _version(case.name, planted))
        except InputError as error:
            return CaseOutcome(
                case, self.seed, pd.DataFrame(columns=["measure", "value", "departure"]), None, str(error)
            )
        record = {"k": K, "reference": REFERENCE, "candidates": [case.name], **found.facts}
        verdict = judge(found.summary, record, {**found.tables, "per_query": found.per_query}, self.gate)
        figures = figures_of(found.summary, candidate=case.name, reference=REFERENCE, k=K)
        return CaseOutcome(case, self.seed, figures, replace(verdict.candidates[0], rules=()))

    def _measured(self, case: Case, candidate: Version) -> StudyResult:
        world, ids = self.world, np.arange(self.world.n).astype(str)
        given = StudyInput(
            reference=_version(REFERENCE, Planted(world.corpus, world.queries, np.arange(world.n))),
            candidates=(candidate,),
            items=_cohorts(world) if case.by_cohort else None,
            qrels=world.qrels,
            listed=ItemList(ids, removed=ids[:0]),
            common=CommonOptions(k=K, seed=self.seed, device="cpu"),
        )
        return drift_study(given, DriftOptions(examples=0), cache=self.cache, progress=Silent())


def outcomes(
    world: World, cases: Sequence[Case], gate: Gate, *, seed: int, progress: Progress | None = None
) -> Iterator[CaseOutcome]:
    """Plant every case in a world, one after the other.

    Args:
        world: the sound version
        cases: what to plant
        gate: what judges
        seed: of the world
        progress: receives progress updates, in cases
    """
    progress = progress or Silent()
    with _scratch_cache() as cache:
        harness = Harness(world, gate, seed, cache)
        for place, case in enumerate(cases):
            yield harness.outcome(case, place)
            progress.advance(1)


def _version(name: str, planted: Planted) -> Version:
    """Vectors as a version that can be compared; vectors of zeros take no part, and the figures count them."""
    return load_version(
        EmbeddingSet(name, planted.corpus, planted.rows),
        EmbeddingSet(name, planted.queries, np.arange(len(planted.queries))),
        zero_vectors=ZeroVectors.leave_out,
    )


def _cohorts(world: World) -> Items:
    ids = pd.Index(np.arange(world.n).astype(str).astype(object), name="id")
    return Items(pd.DataFrame({COHORT: world.cohorts}, index=ids), (COHORT,), None)


@contextmanager
def _scratch_cache() -> Iterator[TableCache]:
    """Tables of planted faults are of no use to anyone later."""
    with TemporaryDirectory(prefix="embdrift-selftest-") as folder:
        yield TableCache(Path(folder))
