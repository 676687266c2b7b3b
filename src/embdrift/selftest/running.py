"""The whole self-test: every fault at every strength and seed, and the false alarms where nothing changed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from embdrift.api import load_version
from embdrift.data.synthetic import clustered, jittered
from embdrift.errors import InputError
from embdrift.gates import Gate
from embdrift.progress import Progress, Silent
from embdrift.selftest.catalog import FAULTS, SAME, Case, Planted, all_cases, same
from embdrift.selftest.gathering import SelfTest, gathered
from embdrift.selftest.harness import K, outcomes
from embdrift.selftest.noticing import LEVEL, is_test, measure_name
from embdrift.selftest.world import ENCODED_TWICE, LEAST_ITEMS, World, sampled_world, synthetic_world
from embdrift.studies import CommonOptions, DriftOptions, StudyInput, Version
from embdrift.studies.drift.distribution import distribution_rows
from embdrift.types import Array, EmbeddingSet

ITEMS, DIMENSIONS = 300, 16
PAIRED, UNPAIRED = "paired: equal independent noise on both sides", "unpaired: two random halves"


def alarms_of_tests(seeds: int, *, progress: Progress | None = None) -> pd.DataFrame:
    """Count the alarms of every test over vectors in which nothing changed.

    Paired tests see two encodings of the same items, equally far from the truth; unpaired ones see two random halves of
    one set. The vectors are made up and small, and every seed has its own.

    Args:
        seeds: number of seeds; the seeds are 0, 1, 2, …
        progress: receives progress updates, in seeds
    Returns:
        columns design, test, alarms, runs; the share of single dimensions counts as an alarm where it is above 0
    """
    progress = progress or Silent()
    progress.start("false alarms of the tests", seeds)
    rows: list[tuple[str, str, float, bool]] = []
    for seed in range(seeds):
        for design, versions in (
            (PAIRED, _encoded_twice(seed)),
            (UNPAIRED, _halves(seed)),
        ):
            rows += [(design, *one) for one in _alarms(*versions, seed)]
        progress.advance(1)
    progress.finish()
    frame = pd.DataFrame(rows, columns=["design", "test", "value", "alarm"]).dropna(subset=["value"])
    counted = frame.groupby(["design", "test"], sort=False)["alarm"].agg(alarms="sum", runs="count")
    return counted.reset_index().astype({"alarms": int, "runs": int})


def _alarms(reference: Version, candidate: Version, seed: int) -> list[tuple[str, float, bool]]:
    given = StudyInput(reference, (candidate,), common=CommonOptions(seed=seed, device="cpu"))
    found = []
    for row in distribution_rows(given, DriftOptions(neighbors=False)):
        name = measure_name(row.metric, row.scope)
        if is_test(name):
            found.append((name, row.value, row.value <= LEVEL))
        elif row.metric == "ks_rejected_share":
            found.append((f"{name} > 0", row.value, row.value > 0))
    return found


def _encoded_twice(seed: int) -> tuple[Version, Version]:
    truth = clustered(ITEMS, DIMENSIONS, seed=seed)
    first, second = (jittered(truth, ENCODED_TWICE, 2 * seed + side) for side in (1, 2))
    ids = np.arange(ITEMS)
    return _version("reference", first, ids), _version("again", second, ids)


def _halves(seed: int) -> tuple[Version, Version]:
    both = clustered(2 * ITEMS, DIMENSIONS, seed=seed)
    order = np.random.default_rng(seed).permutation(2 * ITEMS)
    first, second = order[:ITEMS], order[ITEMS:]
    return (
        _version("one half", both[torch.from_numpy(first)], first),
        _version("other half", both[torch.from_numpy(second)], second),
    )


def _version(name: str, vectors: torch.Tensor, ids: Array) -> Version:
    return load_version(EmbeddingSet(name, vectors, ids))


@dataclass(frozen=True)
class SelfTestSettings:
    """How large a self-test is.

    Args:
        items: number of made-up vectors, or the most that are taken of those given
        dimensions: of made-up vectors
        queries: planted near items
        seeds: worlds in which every fault is planted
        same: further runs of each world in which nothing changed; half of them set the measures' limits, on the other
            half false alarms are counted
        calibration: seeds of the count of every test's false alarms; 0 for no count
        faults: names of the faults to plant; none for all

    Raises:
        InputError: when a number is out of range, or there is no such fault
    """

    items: int = 2000
    dimensions: int = 64
    queries: int = 200
    seeds: int = 3
    same: int = 10
    calibration: int = 100
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        least = {"items": LEAST_ITEMS, "dimensions": 2, "queries": 10, "seeds": 1, "same": 0, "calibration": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(f"{name} of a self-test must be at least {low}, got {getattr(self, name)}")
        known = [fault.name for fault in FAULTS]
        unknown = [name for name in self.faults if name not in known]
        if unknown:
            raise InputError(f"faults must be among {', '.join(known)}, got {unknown[0]!r}")

    @property
    def cases(self) -> list[Case]:
        """What is planted in every world: the faults, then the runs in which nothing changed."""
        chosen = [case for case in all_cases() if not self.faults or case.fault in self.faults]
        return chosen + [Case(SAME, f"repeat {number + 1}", _again) for number in range(self.same)]


def _again(world: World, seed: int) -> Planted:
    return same(world, 0.0, seed)


def self_test(
    gate: Gate,
    settings: SelfTestSettings | None = None,
    *,
    vectors: torch.Tensor | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> SelfTest:
    """Plant known faults and see which measures and which axes and verdicts notice them.

    Args:
        gate: what judges
        settings: sizes; None for the usual
        vectors: shape (n, d), what faults are planted in; None for made-up ones
        source: what messages call them; None for no name
        progress: receives progress updates, in runs
    Raises:
        InputError: when there are too few vectors, or one holds a number that is none
        StorageError: when there is no room for neighbor tables
    """
    settings, progress = settings or SelfTestSettings(), progress or Silent()
    source = source or ("made-up vectors" if vectors is None else "the given vectors")
    worlds = [_world(settings, vectors, source, seed) for seed in range(settings.seeds)]
    cases = settings.cases
    progress.start("faults planted and judged", len(worlds) * len(cases))
    found = [
        one for seed, world in enumerate(worlds) for one in outcomes(world, cases, gate, seed=seed, progress=progress)
    ]
    progress.finish()
    facts = {
        "source": source,
        "items": worlds[0].n,
        "dimensions": int(worlds[0].corpus.shape[1]),
        "queries": len(worlds[0].queries),
        "seeds": settings.seeds,
        "k": K,
        "gate": gate.name,
    }
    alarms = alarms_of_tests(settings.calibration, progress=progress) if settings.calibration else pd.DataFrame()
    return gathered(found, facts, alarms)


def _world(settings: SelfTestSettings, vectors: torch.Tensor | None, source: str, seed: int) -> World:
    if vectors is None:
        return synthetic_world(settings.items, settings.dimensions, queries=settings.queries, seed=seed)
    return sampled_world(vectors, source=source, cap=settings.items, queries=settings.queries, seed=seed)
