"""Tuned indexes on the reference and each candidate: whether the operating point and the trained parts still hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np

from embdrift.index import Keeps
from embdrift.metrics import Paired, holm, paired_bootstrap
from embdrift.metrics.interval import known_mean
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.settings import SearchSetting, SearchSettings, why_unanswered
from embdrift.studies.ann_recall.sweep import TrialResult
from embdrift.studies.ann_recall.trials import Condition
from embdrift.studies.ann_recall.tune import Halves, OperatingPoint
from embdrift.studies.engine.rows import NAN
from embdrift.types import Floats

NO_CHANGE = Paired(NAN, NAN, NAN, NAN, 0)
SEARCHED_AS = ((Condition.transfer, Condition.fresh), (Condition.stale, Condition.stale))
"""The conditions of a comparison on a candidate, each with the condition that the sweep searched the index under."""


class RecallVerdict(StrEnum):
    """Whether recall at the operating point holds, as tables show it.

    * kept: a loss of more than the margin can be ruled out
    * lost: such a loss is shown
    * inconclusive: neither
    * undefined: there is no interval
    """

    kept = "kept"
    lost = "lost"
    inconclusive = "inconclusive"
    undefined = "undefined"


@dataclass(frozen=True, eq=False)
class RecallComparison:
    """One tuned index, on the reference and elsewhere, over the reporting half.

    Args:
        condition: transfer, stale or reseeded
        candidate: the version
        point: the operating point
        recall_reference: mean recall on the reference
        recall: mean recall on the candidate
        change: paired difference over queries
        reseed: the greatest difference between two build seeds on the reference; NaN with one seed
        verdict: whether recall holds
        p_holm: p after Holm's correction over all transfers and stale indexes of the run
        note: why it is undefined
    """

    condition: Condition
    candidate: str
    point: OperatingPoint
    recall_reference: float
    recall: float
    change: Paired
    reseed: float
    verdict: RecallVerdict
    p_holm: float = NAN
    note: str = ""


@dataclass(frozen=True, eq=False)
class SweepAnswers:
    """The answers of a sweep, and how they are compared.

    Args:
        swept: the results of all trials
        settings: their answers, seeds put together
        split: halves of the queries
        options: tolerance and resamples
        seed: of the resamples
    """

    swept: Sequence[TrialResult]
    settings: SearchSettings
    split: Halves
    options: AnnOptions
    seed: int


def compare_points(
    answers: SweepAnswers, points: Sequence[OperatingPoint], candidates: Sequence[str]
) -> list[RecallComparison]:
    """Every tuned index against its re-seeding, and on every candidate, fresh and stale, with Holm's correction."""
    found: list[RecallComparison] = []
    for point in points:
        if point.setting is not None:
            found += _reseeded(answers, point, point.setting)
            for candidate in candidates:
                found += _on_candidate(answers, point, point.setting, candidate)
    family = [at for at, one in enumerate(found) if one.condition is not Condition.reseeded]
    for at, p in zip(family, holm([found[at].change.p for at in family]), strict=True):
        found[at] = replace(found[at], p_holm=p)
    return found


def _on_candidate(
    answers: SweepAnswers, point: OperatingPoint, setting: SearchSetting, candidate: str
) -> Iterator[RecallComparison]:
    has_stale = answers.options.stale and setting.build.keeps is not Keeps.nothing
    for condition, searched_as in SEARCHED_AS if has_stale else SEARCHED_AS[:1]:
        found = answers.settings.at(searched_as, candidate, setting)
        if found is not None:
            old, new = (one.per_query[answers.split.reporting] for one in (setting, found))
            yield _compared(answers, point, setting, (condition, candidate), (old, new))
            continue
        why = why_unanswered(answers.swept, replace(setting.key, condition=searched_as, version=candidate))
        reference = setting.mean(answers.split.reporting)
        yield RecallComparison(
            condition, candidate, point, reference, NAN, NO_CHANGE, NAN, RecallVerdict.undefined, note=why
        )


def _reseeded(answers: SweepAnswers, point: OperatingPoint, setting: SearchSetting) -> Iterator[RecallComparison]:
    """The reference against itself: the later half of its seeds against the earlier; nothing with one seed."""
    values = setting.recall[:, answers.split.reporting]
    if len(values) > 1:
        old, new = values[: len(values) // 2].mean(axis=0), values[len(values) // 2 :].mean(axis=0)
        yield _compared(answers, point, setting, (Condition.reseeded, setting.key.version), (old, new))


def _compared(
    answers: SweepAnswers,
    point: OperatingPoint,
    setting: SearchSetting,
    where: tuple[Condition, str],
    recalls: tuple[Floats, Floats],
) -> RecallComparison:
    """A comparison of recall per query.

    Args:
        answers: tolerance, resamples and seed
        point: the operating point
        setting: its setting on the reference
        where: condition and version
        recalls: of the reference and of the other index, each of shape (reporting queries,)
    """
    old, new = recalls
    options = answers.options
    change = paired_bootstrap(new - old, resamples=options.resamples, seed=answers.seed)
    reseed = reseed_spread(setting, answers.split)
    margin = max(options.tolerance, 0.0 if np.isnan(reseed) else reseed)
    means = known_mean(old), known_mean(new)
    return RecallComparison(*where, point, *means, change, reseed, recall_verdict(change, margin))


def recall_verdict(change: Paired, margin: float) -> RecallVerdict:
    """Whether a loss of more than the margin can be ruled out, is shown, or neither."""
    if np.isnan(change.low):
        return RecallVerdict.undefined
    if change.low >= -margin:
        return RecallVerdict.kept
    return RecallVerdict.lost if change.high < -margin else RecallVerdict.inconclusive


def reseed_spread(setting: SearchSetting, split: Halves) -> float:
    """The greatest difference in mean recall between two build seeds; 0 where nothing is random, NaN with one seed."""
    if not setting.build.random:
        return 0.0
    means = [known_mean(one[split.reporting]) for one in setting.recall]
    return max((abs(a - b) for a, b in combinations(means, 2)), default=NAN)
