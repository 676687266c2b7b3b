"""A gate: rules on the figures of a run, checked once when made."""

import math
from dataclasses import dataclass
from enum import Enum

from embdrift.errors import InputError


class Better(Enum):
    """Which way a figure should lie from its limits.

    * lower: at or below them
    * higher: at or above them
    * target: no further than them from `target`, on either side
    """

    lower = "lower"
    higher = "higher"
    target = "target"


class Relative(Enum):
    """What a figure is compared as.

    * none: as it is
    * reference: minus the reference's own; the run's paired change of it where there is one
    * reference_ratio: divided by the reference's own, minus 1
    * chance: minus what chance would give, the column `chance` of summary.csv
    * floor: minus what noise alone gives
    """

    none = "none"
    reference = "reference"
    reference_ratio = "reference_ratio"
    chance = "chance"
    floor = "floor"


class Straddling(Enum):
    """What it means that the interval of a sampled figure lies on both sides of the limit that fails.

    * inconclusive: it cannot be told; more queries would
    * pass: only what is certainly beyond a limit counts against the candidate
    """

    inconclusive = "inconclusive"
    pass_ = "pass"


@dataclass(frozen=True)
class Rule:
    """One rule: where one figure of a run should lie.

    Args:
        figure: its name in column `metric` of summary.csv
        better: which way it should lie from its limits
        warn: limit beyond which it warns; None for no warning
        fail: limit beyond which it fails; None where it only warns
        study: only rows of this study; None for any
        scope: only rows of this scope; None for any
        k: only rows at so many neighbours; None for the run's headline k
        cohort: "" for all together, "*" for every cohort, "column=*" for every cohort of a column, "column=value"
        relative_to: what it is compared as
        target: where the figure should be, with `better: target`
        required: whether it is inconclusive, and not merely not measured, that the figure is missing or undefined
        least_n: figures that rest on fewer items or queries say nothing
        straddling: what an interval on both sides of the limit that fails means

    Raises:
        InputError: when it has no limit, limits that are not numbers, or one that warns beyond the one that fails
    """

    figure: str
    better: Better
    warn: float | None = None
    fail: float | None = None
    study: str | None = None
    scope: str | None = None
    k: int | None = None
    cohort: str = ""
    relative_to: Relative = Relative.none
    target: float = 0.0
    required: bool = False
    least_n: int = 0
    straddling: Straddling = Straddling.inconclusive

    def __post_init__(self) -> None:
        limits = [one for one in (self.warn, self.fail) if one is not None]
        if not limits:
            raise InputError(f"{self.figure} needs a limit: warn, fail or both")
        if not all(math.isfinite(one) for one in (*limits, self.target)):
            raise InputError(f"{self.figure} needs finite limits, got warn {self.warn}, fail {self.fail}")
        if self.better is Better.target and min(limits) < 0:
            raise InputError(f"{self.figure} is held to a target, so its limits are distances of 0 or more")
        if self.warn is not None and self.fail is not None and self._beyond(self.warn, self.fail):
            side = "below" if self.better is Better.higher else "above"
            raise InputError(f"{self.figure} would warn at {self.warn:g}, {side} where it fails, {self.fail:g}")

    def _beyond(self, value: float, limit: float) -> bool:
        return value < limit if self.better is Better.higher else value > limit


@dataclass(frozen=True)
class Gate:
    """Rules that a candidate is held to.

    Args:
        name: the preset's name, or the file that it was read from
        rules: at least one
    """

    name: str
    rules: tuple[Rule, ...]
