"""How one metric is named, defined and shown."""

from dataclasses import dataclass
from enum import Enum

from embdrift.report.wording import number, percent


class Better(Enum):
    """Which direction is better, where there is one."""

    higher = "higher is closer to the reference"
    lower = "lower is closer to the reference"
    quality = "higher is better"
    neither = "neither direction is better by itself"


class Topic(Enum):
    """What a metric is computed from."""

    neighbors = "Neighbours"
    hubness = "Hubness"
    vectors = "Vectors"
    distribution = "Distribution and geometry"
    judgements = "Judged quality"
    golden = "Golden pairs"
    freshness = "Freshness and removal"
    precision = "Precision"
    numbers = "Numbers that should be equal"
    cost = "Cost"


@dataclass(frozen=True)
class MetricText:
    """How one metric is named, defined and shown.

    Args:
        name: the name in `summary.csv`
        label: the name for people; `{k}` stands for the number of neighbours
        formula: the definition in words
        better: which direction is better
        topic: what it is computed from
        limits: the least and greatest value that an axis shows; None where there is no bound
        as_share: True where the value is a share that people read in per cent
    """

    name: str
    label: str
    formula: str
    better: Better
    topic: Topic
    limits: tuple[float | None, float | None] = (0.0, 1.0)
    as_share: bool = False

    def label_at(self, k: int | None) -> str:
        """The label for a number of neighbours; without one where the metric has none."""
        return self.label.format(k=k) if k is not None else self.label.replace("@{k}", "").replace("{k}", "k")

    def worded(self, value: float) -> str:
        """The value as sentences print it."""
        return percent(value) if self.as_share else number(value)
