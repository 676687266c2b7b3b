"""Operating points, and the cost of the target recall.

An operating point is tuned on one half of the reference's queries and reported on the other half, in every version. A
setting chosen because it did well does a little worse on other queries: were the reference reported on the queries that
it was tuned on and a candidate on any, that would pass for drift.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from embdrift.studies.ann_recall.settings import SearchSetting
from embdrift.studies.engine.matching import sample
from embdrift.types import Array

Cost = Callable[[SearchSetting], float]
"""The cost of a setting; lower is better."""


@dataclass(frozen=True, eq=False)
class Halves:
    """The queries that settings are tuned on, and those that they are reported on; bool, shape (q,)."""

    tuning: Array
    reporting: Array


def halves(ids: Array, seed: int) -> Halves:
    """Split the queries by their ids, so that neither the order of rows nor the version matters."""
    tuning = np.zeros(len(ids), np.bool_)
    tuning[sample(ids, len(ids) // 2, seed + 1)] = True
    return Halves(tuning, ~tuning)


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """The operating point of an index, tuned on the reference.

    Args:
        index: the build's name
        k: neighbors
        setting: the cheapest that reaches the target on the tuning half; None where none does
        best: recall of the best setting on the tuning half, NaN where there is none at all
    """

    index: str
    k: int
    setting: SearchSetting | None
    best: float

    @property
    def words(self) -> str:
        """The setting as tables show it; empty where there is none."""
        return "" if self.setting is None else self.setting.words


def tune(settings: Sequence[SearchSetting], target: float, split: Halves, *, index: str, k: int) -> OperatingPoint:
    """The cheapest setting that reaches a target recall on the tuning half.

    Cheapest by distance computations, which do not depend on what else the machine does; by time where faiss does not
    count them.

    Args:
        settings: of one index on the reference, at one k
        target: mean recall to reach
        split: halves of the queries
        index: the build's name
        k: neighbors
    """
    means = [setting.mean(split.tuning) for setting in settings]
    reached = [setting for setting, mean in zip(settings, means, strict=True) if mean >= target]
    best = max((mean for mean in means if not np.isnan(mean)), default=float("nan"))
    return OperatingPoint(index, k, min(reached, key=_distances if _counted(settings) else _time, default=None), best)


def _counted(settings: Sequence[SearchSetting]) -> bool:
    """Whether faiss counts the distance computations of all settings."""
    return not any(np.isnan(setting.distances) for setting in settings)


def _distances(setting: SearchSetting) -> float:
    return setting.distances


def _time(setting: SearchSetting) -> float:
    return setting.milliseconds


class TargetState(StrEnum):
    """Whether an index reaches the target recall, as tables show it."""

    reached = "reached"
    above = "reached by the cheapest setting"
    unreachable = "unreachable"


@dataclass(frozen=True)
class TargetCost:
    """The cost of the target recall on one version.

    Args:
        state: reached, unreachable, or that even the cheapest setting is above the target
        search: the first setting that reaches it
        distances: distance computations per query; NaN where unreachable or not counted
        milliseconds: time per query in a batch
        best: the highest recall of any setting
    """

    state: TargetState
    search: str
    distances: float
    milliseconds: float
    best: float


def target_cost(settings: Sequence[SearchSetting], target: float) -> TargetCost:
    """The cost at which an index reaches a target.

    Grids are coarse: the next setting may cost twice as much. So cost is interpolated between the two settings around
    the target, its logarithm being linear in recall; where even the cheapest setting is above, the cost is that one's.

    Args:
        settings: of one index on one version at one k
        target: mean recall over all queries
    """
    recalls = [setting.mean() for setting in settings]
    nan = float("nan")
    best = max((recall for recall in recalls if not np.isnan(recall)), default=nan)
    if not settings or not best >= target:
        return TargetCost(TargetState.unreachable, "", nan, nan, best)
    time = _interpolated(settings, target, _time)
    work = _interpolated(settings, target, _distances) if _counted(settings) else None
    by = work or time
    return TargetCost(by.state, by.search, work.cost if work else nan, time.cost, best)


@dataclass(frozen=True)
class _Interpolated:
    """The cost at the target along settings from cheap to expensive, and the setting that reaches it."""

    cost: float
    state: TargetState
    search: str


def _interpolated(settings: Sequence[SearchSetting], target: float, cost: Cost) -> _Interpolated:
    below: SearchSetting | None = None
    for setting in sorted(settings, key=cost):
        recall = setting.mean()
        if recall >= target:
            if below is None:
                state = TargetState.above if recall > target else TargetState.reached
                return _Interpolated(cost(setting), state, setting.words)
            share = (target - below.mean()) / (recall - below.mean())
            log = (1 - share) * np.log(cost(below)) + share * np.log(cost(setting))
            return _Interpolated(float(np.exp(log)), TargetState.reached, setting.words)
        if below is None or recall > below.mean():
            below = setting
    raise AssertionError("the target is reached by one of them")
