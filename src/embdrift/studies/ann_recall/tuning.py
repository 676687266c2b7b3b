"""Operating points: tuned on one half of the queries of the reference, reported on the other, in every version.

A setting chosen because it did well does a little worse on other queries. Were the reference reported on the queries
that it was tuned on and a candidate on any, that would pass for drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.studies.ann_recall.settings import Setting
from embdrift.studies.engine.sampling import sample
from embdrift.types import Array


@dataclass(frozen=True, eq=False)
class Halves:
    """Which queries settings are tuned on, and which they are reported on; bool, shape (q,)."""

    tuning: Array
    reporting: Array


def halves(ids: Array, seed: int) -> Halves:
    """Split the queries by their ids, so that neither the order of rows nor the version matters."""
    tuning = np.zeros(len(ids), np.bool_)
    tuning[sample(ids, len(ids) // 2, seed + 1)] = True
    return Halves(tuning, ~tuning)


@dataclass(frozen=True, eq=False)
class Tuned:
    """What tuning an index on the reference came to.

    Args:
        index: the build's name
        k: neighbours
        setting: the cheapest that reaches the target on the tuning half; None where none does
        best: recall of the best setting on the tuning half, NaN where there is none at all
    """

    index: str
    k: int
    setting: Setting | None
    best: float


def tune(settings: Sequence[Setting], target: float, split: Halves, *, index: str, k: int) -> Tuned:
    """The cheapest setting that reaches a target recall on the tuning half.

    Cheapest by distance computations, which do not depend on what else the machine does; by time where faiss does not
    count them.

    Args:
        settings: of one index on the reference, at one k
        target: mean recall to reach
        split: which queries count
        index: the build's name
        k: neighbours
    """
    means = [setting.mean(split.tuning) for setting in settings]
    reached = [setting for setting, mean in zip(settings, means, strict=True) if mean >= target]
    best = max((mean for mean in means if not np.isnan(mean)), default=float("nan"))
    return Tuned(index, k, min(reached, key=cost_of(settings), default=None), best)


def cost_of(settings: Sequence[Setting]) -> "Cost":
    """How to compare the cost of these settings."""
    return Cost(counted=all(not np.isnan(setting.distances) for setting in settings))


@dataclass(frozen=True)
class Cost:
    """Cost of a setting: distance computations where they are counted, else milliseconds."""

    counted: bool

    def __call__(self, setting: Setting) -> float:
        """The cost, lower is better."""
        return setting.distances if self.counted else setting.milliseconds
