"""The conclusions from a sweep: operating points, comparisons, costs, decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from embdrift.index import Build, Keeps
from embdrift.studies.ann_recall.compare import SEARCHED_AS, RecallComparison, SweepAnswers, compare_points
from embdrift.studies.ann_recall.decide import IndexDecision, decide
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepare import PreparedVersion, QuerySample
from embdrift.studies.ann_recall.settings import IndexKey, SearchSetting, SearchSettings, why_unanswered
from embdrift.studies.ann_recall.sweep import TrialResult
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import Halves, OperatingPoint, TargetCost, halves, target_cost, tune


@dataclass(frozen=True, eq=False)
class Analysis:
    """The conclusions from a sweep.

    Args:
        swept: the result of every trial
        settings: their answers, seeds put together
        queries: the queries that searched
        split: halves of the queries
        prepared: the versions, the reference first
        ks: numbers of neighbors
        points: operating points
        compared: tuned indexes across versions
        costs: of the target recall
        decided: a decision on each tuned index
    """

    swept: Sequence[TrialResult]
    settings: SearchSettings
    queries: QuerySample
    split: Halves
    prepared: Sequence[PreparedVersion]
    ks: Sequence[int]
    points: Sequence[OperatingPoint]
    compared: Sequence[RecallComparison]
    costs: Mapping[IndexKey, TargetCost]
    decided: Sequence[IndexDecision]

    @property
    def reference(self) -> str:
        """Name of the version in use."""
        return self.prepared[0].name

    @property
    def candidates(self) -> list[str]:
        """Names of the candidates."""
        return [version.name for version in self.prepared[1:]]

    def why_unanswered(self, point: OperatingPoint) -> str:
        """The reason why an index has no answer on the reference; empty where it has one."""
        return why_unanswered(self.swept, IndexKey(Condition.fresh, self.reference, point.index, point.k))

    def at_points(self) -> Iterator[tuple[Condition, OperatingPoint, SearchSetting]]:
        """Every tuned index on the reference (fresh), and on each candidate (transfer, stale), with its answers."""
        for point in self.points:
            if point.setting is None:
                continue
            yield Condition.fresh, point, point.setting
            for candidate in self.candidates:
                for condition, searched_as in SEARCHED_AS:
                    found = self.settings.at(searched_as, candidate, point.setting)
                    if found is not None:
                        yield condition, point, found


def analyze(
    swept: Sequence[TrialResult],
    queries: QuerySample,
    prepared: Sequence[PreparedVersion],
    ks: Sequence[int],
    options: AnnOptions,
    *,
    seed: int,
) -> Analysis:
    """Tune on the reference, compare everywhere, find the cost of the target, decide.

    Args:
        swept: the result of every trial
        queries: the queries that searched
        prepared: the versions, the reference first
        ks: numbers of neighbors
        options: target, tolerance, resamples
        seed: of the halves and of resamples
    """
    answers = SweepAnswers(swept, SearchSettings(swept), halves(queries.ids, seed), options, seed)
    points = _points(answers, prepared[0].name, ks)
    found = Analysis(
        swept=swept,
        settings=answers.settings,
        queries=queries,
        split=answers.split,
        prepared=prepared,
        ks=ks,
        points=points,
        compared=compare_points(answers, points, [version.name for version in prepared[1:]]),
        costs=_costs(answers, prepared, ks),
        decided=(),
    )
    return replace(found, decided=_decisions(found))


def _builds(swept: Sequence[TrialResult]) -> dict[str, Build]:
    return {result.trial.build.name: result.trial.build for result in swept}


def _points(answers: SweepAnswers, reference: str, ks: Sequence[int]) -> list[OperatingPoint]:
    keys = [IndexKey(Condition.fresh, reference, index, k) for k in ks for index in _builds(answers.swept)]
    target = answers.options.target_recall
    return [tune(answers.settings.of(key), target, answers.split, index=key.index, k=key.k) for key in keys]


def _costs(answers: SweepAnswers, prepared: Sequence[PreparedVersion], ks: Sequence[int]) -> dict[IndexKey, TargetCost]:
    """The cost of the target for every index; stale ones only where any setting was searched."""
    keys = [
        IndexKey(condition, version.name, index, k)
        for k in ks
        for index in _builds(answers.swept)
        for version in prepared
        for condition in (Condition.fresh, Condition.stale)
    ]
    found = {key: answers.settings.of(key) for key in keys}
    target = answers.options.target_recall
    return {
        key: target_cost(settings, target)
        for key, settings in found.items()
        if settings or key.condition is Condition.fresh
    }


def _decisions(found: Analysis) -> list[IndexDecision]:
    builds = _builds(found.swept)
    return [
        decide(
            point,
            candidate,
            found.compared,
            found.costs[IndexKey(Condition.fresh, candidate, point.index, point.k)],
            has_trained_parts=builds[point.index].keeps is not Keeps.nothing,
            why=found.why_unanswered(point),
        )
        for candidate in found.candidates
        for point in found.points
    ]
