"""The search settings of a sweep, each with its answers under every build seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embdrift.index import Build, Point, State
from embdrift.metrics.interval import known_mean
from embdrift.metrics.recall import RecallSpread, recall_spread
from embdrift.studies.ann_recall.sweep import ScoredSearch, TrialResult
from embdrift.studies.ann_recall.trials import Condition, Trial
from embdrift.types import Array, Floats

_SHARES = ("mean", "p1", "p5", "below_half", "below_four_fifths", "robustness")


@dataclass(frozen=True)
class IndexKey:
    """The key of an index's answers.

    Args:
        condition: fresh or stale
        version: name of the version whose vectors the index holds
        index: name of the build
        k: neighbors searched for
    """

    condition: Condition
    version: str
    index: str
    k: int


@dataclass(frozen=True, eq=False)
class SearchSetting:
    """One search setting of one index at one k, over all build seeds.

    Args:
        key: the index
        build: the build
        point: the search settings
        recall: shape (seeds, q)
        tie_aware: shape (seeds, q)
        distances: distance computations per query, mean over seeds
        batch: shape (seeds, 3), queries per second in a batch: median, slowest, fastest
        single: shape (seeds, 3), the same one at a time
    """

    key: IndexKey
    build: Build
    point: Point
    recall: Floats
    tie_aware: Floats
    distances: float
    batch: Floats
    single: Floats

    @property
    def words(self) -> str:
        """The setting as tables show it."""
        return words(self.point)

    @property
    def per_query(self) -> Floats:
        """Recall per query, the mean over seeds, shape (q,)."""
        return np.asarray(self.recall.mean(axis=0))

    def spread(self, threshold: float, among: Array | None = None) -> RecallSpread:
        """The spread of recall over queries within one index: the figures of each build seed, averaged.

        Not the spread of the means over seeds: who deploys an index has one of them, whose tail is longer.

        Args:
            threshold: recall that is good enough for one query
            among: bool, shape (q,), the queries that count; all where None
        """
        chosen = self.recall if among is None else self.recall[:, among]
        spreads = [recall_spread(values, threshold=threshold) for values in chosen]
        means = {name: float(np.mean([getattr(spread, name) for spread in spreads])) for name in _SHARES}
        return RecallSpread(**means, n=min(spread.n for spread in spreads))

    def mean(self, among: Array | None = None) -> float:
        """Mean recall over some queries, of all seeds; NaN where none is defined."""
        return known_mean(self.per_query if among is None else self.per_query[among])

    @property
    def milliseconds(self) -> float:
        """Time per query in a batch, by the median over repetitions and seeds."""
        return 1000 / float(np.median(self.batch[:, 0]))


def words(point: Point) -> str:
    """Search settings as tables show them."""
    return ", ".join(f"{name} {value}" for name, value in point.items())


def key_of(trial: Trial, k: int) -> IndexKey:
    """The key of a trial's answers at k; the same for all its build seeds."""
    return IndexKey(trial.condition, trial.filled_with.name, trial.build.name, k)


class SearchSettings:
    """All search settings of a sweep, looked up by index and k.

    Args:
        swept: the results of all trials
    """

    def __init__(self, swept: Sequence[TrialResult]) -> None:
        gathered: dict[tuple[IndexKey, str], list[tuple[Trial, ScoredSearch]]] = {}
        for trial, search in _answered(swept):
            key = key_of(trial, search.facts.k)
            gathered.setdefault((key, words(search.facts.point)), []).append((trial, search))
        self._by_key: dict[IndexKey, list[SearchSetting]] = {}
        for (key, _), found in gathered.items():
            self._by_key.setdefault(key, []).append(_over_seeds(key, found))

    def of(self, key: IndexKey) -> list[SearchSetting]:
        """The settings of an index at one k, in the order of its grid; none where it could not be built."""
        return self._by_key.get(key, [])

    def at(self, condition: Condition, version: str, like: SearchSetting) -> SearchSetting | None:
        """The same setting of the same index on another version; None where it could not be built."""
        settings = self.of(replace(like.key, condition=condition, version=version))
        return next((setting for setting in settings if setting.words == like.words), None)

    def all(self) -> list[SearchSetting]:
        """Every setting."""
        return [setting for settings in self._by_key.values() for setting in settings]


def _answered(swept: Sequence[TrialResult]) -> Iterator[tuple[Trial, ScoredSearch]]:
    """Every search that was not left out, with its trial."""
    for result in swept:
        if result.state is State.done:
            yield from ((result.trial, search) for search in result.searches if search.recall is not None)


def _over_seeds(key: IndexKey, found: list[tuple[Trial, ScoredSearch]]) -> SearchSetting:
    facts = [search.facts for _, search in found]
    return SearchSetting(
        key=key,
        build=found[0][0].build,
        point=facts[0].point,
        recall=np.array([search.recall for _, search in found]),
        tie_aware=np.array([search.tie_aware for _, search in found]),
        distances=float(np.mean([one.distances for one in facts])),
        batch=np.array([one.batch for one in facts]),
        single=np.array([one.single for one in facts]),
    )


def why_unanswered(swept: Sequence[TrialResult], key: IndexKey) -> str:
    """The reason why an index has no answer at k: not built, or no setting could be searched; empty if it has one."""
    results = [result for result in swept if key_of(result.trial, key.k) == key]
    searches = [search for result in results for search in result.searches if search.facts.k == key.k]
    if any(search.recall is not None for search in searches):
        return ""
    not_built = [result.note for result in results if result.state is not State.done]
    left_out = [search.facts.note for search in searches]
    return next((note for note in (*not_built[-1:], *left_out[:1]) if note), "")
