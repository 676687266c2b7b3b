"""What it costs to reach the target recall on each version: distance computations and time, between settings too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.studies.ann_recall.settings import Setting, words

REACHED, ABOVE, UNREACHABLE = "reached", "reached by the cheapest setting", "unreachable"


@dataclass(frozen=True)
class EqualRecall:
    """The cost of a target recall.

    Args:
        state: reached, unreachable, or that even the cheapest setting is above the target
        search: the first setting that reaches it
        distances: distance computations per query; NaN where unreachable or not counted
        milliseconds: time per query in a batch
        best: the highest recall of any setting
    """

    state: str
    search: str
    distances: float
    milliseconds: float
    best: float


def equal_recall(settings: Sequence[Setting], target: float) -> EqualRecall:
    """The cost at which an index reaches a target.

    Grids are coarse: the next setting may cost twice as much. So cost is interpolated between the two settings around
    the target, its logarithm being linear in recall; where even the cheapest setting is above, the cost is that one's.

    Args:
        settings: of one index on one version at one k
        target: mean recall over all queries
    """
    recalls = [setting.mean() for setting in settings]
    best = max((one for one in recalls if not np.isnan(one)), default=float("nan"))
    nan = float("nan")
    if not settings or not best >= target:
        return EqualRecall(UNREACHABLE, "", nan, nan, best)
    by_time = sorted(settings, key=lambda setting: setting.milliseconds)
    distances = nan
    if not any(np.isnan(setting.distances) for setting in settings):
        by_work = sorted(settings, key=lambda setting: setting.distances)
        distances, above, search = _interpolated(by_work, target, lambda setting: setting.distances)
        milliseconds, _, _ = _interpolated(by_time, target, lambda setting: setting.milliseconds)
    else:
        milliseconds, above, search = _interpolated(by_time, target, lambda setting: setting.milliseconds)
    return EqualRecall(ABOVE if above else REACHED, search, distances, milliseconds, best)


def _interpolated(
    settings: Sequence[Setting], target: float, cost: Callable[[Setting], float]
) -> tuple[float, bool, str]:
    """Cost at the target along settings from cheap to dear, whether the first is above it, and which reaches it."""
    below: Setting | None = None
    for setting in settings:
        recall = setting.mean()
        if recall >= target:
            if below is None:
                return cost(setting), recall > target, words(setting.point)
            share = (target - below.mean()) / (recall - below.mean())
            log = (1 - share) * np.log(cost(below)) + share * np.log(cost(setting))
            return float(np.exp(log)), False, words(setting.point)
        if below is None or recall > below.mean():
            below = setting
    raise AssertionError("the target is reached by one of them")
