"""Time series of a run, and the cap on how many a run may write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

Labels = tuple[tuple[str, str], ...]


class Rank(IntEnum):
    """What is kept first where a run has more series than its cap allows: what an alert rests on, cohorts last."""

    run = 0
    verdict = 1
    rule = 2
    figure = 3
    bound = 4
    histogram = 5
    cohort_unpassed_rule = 6
    cohort_rule = 7
    cohort_figure = 8
    cohort_bound = 9

    @property
    def is_cohort(self) -> bool:
        """Whether it is about a part of the items only."""
        return self >= Rank.cohort_unpassed_rule


@dataclass(frozen=True)
class Buckets:
    """Counts of a histogram.

    Args:
        bounds: upper bounds, rising, the last one infinite
        counts: for each bound, how many values lie at or below it
        total: sum of the values
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Series:
    """A gauge with one value, or a histogram with its buckets.

    Args:
        name: name of the metric
        labels: names and values of its labels, in the order in which they are written
        value: what it measures
        rank: how soon it is left out
    """

    name: str
    labels: Labels
    value: float | Buckets
    rank: Rank = field(compare=False)

    @property
    def size(self) -> int:
        """Time series that it takes: a histogram has one a bucket, one for their sum and one for their count."""
        return len(self.value.bounds) + 2 if isinstance(self.value, Buckets) else 1


@dataclass(frozen=True)
class Kept:
    """What fits under the cap.

    Args:
        series: those that are written
        dropped: for each reason, how many time series were left out
    """

    series: tuple[Series, ...]
    dropped: dict[str, int]


def within_limit(series: Iterable[Series], limit: int) -> Kept:
    """Keep what ranks first until the cap is reached, and count the rest.

    Nothing is kept that ranks behind something left out, so that what is missing is always the least important. Of two
    series with one name and the same labels the first is kept: a scraper refuses the whole file otherwise.

    Args:
        series: all that could be written
        limit: time series at most
    """
    dropped = {"cohort": 0, "other": 0, "duplicate": 0}
    kept: list[Series] = []
    seen: set[tuple[str, Labels]] = set()
    left, full = limit, False
    for one in sorted(series, key=lambda one: one.rank):
        identity = (one.name, tuple(sorted(one.labels)))
        if identity in seen:
            dropped["duplicate"] += one.size
            continue
        full = full or one.size > left
        if full and one.rank > Rank.verdict:
            dropped["cohort" if one.rank.is_cohort else "other"] += one.size
            continue
        kept.append(one)
        seen.add(identity)
        left -= one.size
    return Kept(tuple(kept), dropped)


def labelled(pairs: Sequence[tuple[str, str]]) -> Labels:
    """Labels without those that are empty, which to Prometheus are the same as none."""
    return tuple((name, value) for name, value in pairs if value)
