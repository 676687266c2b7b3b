"""How often each test alarms where nothing changed: a test at level 0.05 may do so in about one run of twenty."""

import numpy as np
import pandas as pd
import torch

from embdrift.api import load_version
from embdrift.data.synthetic import clustered, jittered
from embdrift.progress import Progress, Silent
from embdrift.selftest.noticing import LEVEL, is_test, measure_name
from embdrift.selftest.world import ENCODED_TWICE
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
        seeds: 0, 1, 2, … so many
        progress: told of finished seeds
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
