"""The answers of a sweep, with the build seeds of each search setting put together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embdrift.index import Build, Point, State
from embdrift.metrics.recall import RecallSpread, recall_spread
from embdrift.studies.ann_recall.sweeping import Searched, Swept
from embdrift.types import Array, Floats

_SHARES = ("mean", "p1", "p5", "below_half", "below_four_fifths", "robustness")


@dataclass(frozen=True)
class Place:
    """Which index is meant: fresh or stale, holding which version.

    Args:
        question: fresh or stale
        version: name of the version whose vectors it holds
        index: the build's name
    """

    question: str
    version: str
    index: str


@dataclass(frozen=True, eq=False)
class Setting:
    """One search setting of one index at one k, over all build seeds.

    Args:
        place: which index
        build: the build
        point: the search settings
        k: neighbours searched for
        recall: shape (seeds, q)
        tie_aware: shape (seeds, q)
        distances: distance computations per query, mean over seeds
        batch: shape (seeds, 3), queries per second at once: median, slowest, fastest
        single: shape (seeds, 3), the same one at a time
    """

    place: Place
    build: Build
    point: Point
    k: int
    recall: Floats
    tie_aware: Floats
    distances: float
    batch: Floats
    single: Floats

    @property
    def per_query(self) -> Floats:
        """Recall per query, the mean over seeds, shape (q,)."""
        return np.asarray(self.recall.mean(axis=0))

    def spread(self, threshold: float, among: Array | None = None) -> RecallSpread:
        """How recall is spread over queries within one index: the figures of each build seed, averaged.

        Not the spread of the means over seeds: who deploys an index has one of them, whose tail is longer.

        Args:
            threshold: what counts as good enough for one query
            among: bool, shape (q,), the queries that count; all where None
        """
        chosen = self.recall if among is None else self.recall[:, among]
        every = [recall_spread(one, threshold=threshold) for one in chosen]
        means = {name: float(np.mean([getattr(one, name) for one in every])) for name in _SHARES}
        return RecallSpread(**means, n=min(one.n for one in every))

    def mean(self, among: Array | None = None) -> float:
        """Mean recall over some queries, of all seeds; NaN where none is defined."""
        return known_mean(self.per_query if among is None else self.per_query[among])

    @property
    def milliseconds(self) -> float:
        """Time per query in a batch, by the median over repetitions and seeds."""
        return 1000 / float(np.median(self.batch[:, 0]))


def known_mean(values: Floats) -> float:
    """The mean of the values that are defined; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def words(point: Point) -> str:
    """A search setting as tables show it."""
    return ", ".join(f"{name} {value}" for name, value in point.items())


class Settings:
    """All search settings of a sweep, looked up by index and k."""

    def __init__(self, swept: Sequence[Swept]) -> None:
        gathered: dict[tuple[Place, int, str], list[tuple[Swept, Searched]]] = {}
        for one in swept:
            place = Place(one.cell.question, one.cell.holds.name, one.cell.build.name)
            for searched in one.searches if one.state is State.done else ():
                if searched.recall is not None:
                    key = place, searched.facts.k, words(searched.facts.point)
                    gathered.setdefault(key, []).append((one, searched))
        self._by_place: dict[tuple[Place, int], list[Setting]] = {}
        for (place, k, _), found in gathered.items():
            self._by_place.setdefault((place, k), []).append(_together(place, found))

    def of(self, question: str, version: str, index: str, k: int) -> list[Setting]:
        """The settings of an index at one k, in the order of its grid; none where it could not be built."""
        return self._by_place.get((Place(question, version, index), k), [])

    def at(self, question: str, version: str, like: Setting) -> Setting | None:
        """The same setting of the same index elsewhere; None where it could not be built."""
        for setting in self.of(question, version, like.place.index, like.k):
            if words(setting.point) == words(like.point):
                return setting
        return None

    def all(self) -> list[Setting]:
        """Every setting."""
        return [setting for settings in self._by_place.values() for setting in settings]


def _together(place: Place, found: list[tuple[Swept, Searched]]) -> Setting:
    first = found[0][0].cell.build
    facts = [searched.facts for _, searched in found]
    return Setting(
        place=place,
        build=first,
        point=facts[0].point,
        k=facts[0].k,
        recall=np.array([searched.recall for _, searched in found]),
        tie_aware=np.array([searched.tie_aware for _, searched in found]),
        distances=float(np.mean([one.distances for one in facts])),
        batch=np.array([one.batch for one in facts]),
        single=np.array([one.single for one in facts]),
    )
