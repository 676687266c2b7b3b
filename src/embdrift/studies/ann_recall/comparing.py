"""Tuned indexes on the reference and on each candidate: does the operating point survive, and do the trained parts?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from embdrift.index import Keeps, State
from embdrift.metrics import Paired, holm, paired_bootstrap
from embdrift.studies.ann_recall.cells import FRESH, STALE
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.settings import Setting, Settings, known_mean, words
from embdrift.studies.ann_recall.sweeping import Swept
from embdrift.studies.ann_recall.tuning import Halves, Tuned

# Not "null": pandas would read that back as a missing value.
TRANSFER, RESEEDED = "transfer", "reseeded"
KEPT, LOST, UNSURE, UNDEFINED = "kept", "lost", "inconclusive", "undefined"


@dataclass(frozen=True, eq=False)
class Comparison:
    """One tuned index, on the reference and elsewhere, over the reporting half.

    Args:
        question: transfer (trained anew on the candidate), stale (trained on the reference), or reseeded (other seeds)
        candidate: the version
        tuned: the operating point
        recall_reference: mean recall on the reference
        recall: mean recall there
        change: paired difference over queries
        p_holm: p after Holm's correction over all transfers and stale indexes of the run
        reseed: the greatest difference between two build seeds on the reference; NaN with one seed
        verdict: kept, lost, inconclusive, or undefined
        note: why it is undefined
    """

    question: str
    candidate: str
    tuned: Tuned
    recall_reference: float
    recall: float
    change: Paired
    reseed: float
    verdict: str
    p_holm: float = float("nan")
    note: str = ""


class Reasons:
    """Why indexes have no answers: they could not be built, or no search setting could be searched at some k."""

    def __init__(self, swept: Sequence[Swept]) -> None:
        self._not_built: dict[tuple[str, str, str], str] = {}
        self._left_out: dict[tuple[str, str, str, int], str] = {}
        self._searched: set[tuple[str, str, str, int]] = set()
        for one in swept:
            place = one.cell.question, one.cell.holds.name, one.cell.build.name
            if one.state is not State.done:
                self._not_built[place] = one.note
            for searched in one.searches:
                if searched.recall is None:
                    self._left_out.setdefault((*place, searched.facts.k), searched.facts.note)
                else:
                    self._searched.add((*place, searched.facts.k))

    def why(self, question: str, version: str, index: str, k: int) -> str:
        """The reason why an index has no answer at k; empty where there is none."""
        place = question, version, index
        if (*place, k) in self._searched:
            return ""
        return self._not_built.get(place) or self._left_out.get((*place, k), "")


@dataclass(frozen=True, eq=False)
class Comparer:
    """Holds tuned indexes against the same ones elsewhere.

    Args:
        settings: every answer of the sweep
        split: which queries were tuned on, and which are reported
        options: tolerance and resamples
        seed: of the resamples
        reasons: why some indexes have no answers
    """

    settings: Settings
    split: Halves
    options: AnnOptions
    seed: int
    reasons: Reasons

    def all(self, tuned: Sequence[Tuned], candidates: Sequence[str]) -> list[Comparison]:
        """Every tuned index against its re-seeding, and on every candidate, fresh and stale, with Holm's correction."""
        found: list[Comparison] = []
        for one in tuned:
            if one.setting is not None:
                found += self._reseeded(one, one.setting)
                for candidate in candidates:
                    found += self._on(one, one.setting, candidate)
        family = [place for place, one in enumerate(found) if one.question != RESEEDED]
        for place, p in zip(family, holm([found[place].change.p for place in family]), strict=True):
            found[place] = replace(found[place], p_holm=p)
        return found

    def _on(self, tuned: Tuned, setting: Setting, candidate: str) -> Iterator[Comparison]:
        grows_old = self.options.stale and setting.build.keeps is not Keeps.nothing
        asked = [(TRANSFER, FRESH), *([(STALE, STALE)] if grows_old else [])]
        for question, cells in asked:
            other = self.settings.at(cells, candidate, setting)
            if other is None:
                yield self._undefined(question, tuned, setting, candidate)
            else:
                yield self._compared(question, tuned, setting, other)

    def _compared(self, question: str, tuned: Tuned, setting: Setting, other: Setting) -> Comparison:
        old, new = (one.per_query[self.split.reporting] for one in (setting, other))
        change = paired_bootstrap(new - old, resamples=self.options.resamples, seed=self.seed)
        reseed = reseed_spread(setting, self.split)
        verdict = _verdict(change, self._margin(reseed))
        return Comparison(
            question, other.place.version, tuned, known_mean(old), known_mean(new), change, reseed, verdict
        )

    def _undefined(self, question: str, tuned: Tuned, setting: Setting, candidate: str) -> Comparison:
        nan = float("nan")
        note = self.reasons.why(FRESH if question == TRANSFER else STALE, candidate, tuned.index, tuned.k)
        reference = setting.mean(self.split.reporting)
        nothing = Paired(nan, nan, nan, nan, 0)
        return Comparison(question, candidate, tuned, reference, nan, nothing, nan, UNDEFINED, note=note)

    def _reseeded(self, tuned: Tuned, setting: Setting) -> Iterator[Comparison]:
        """The reference against itself: the later half of its seeds against the earlier; nothing with one seed."""
        values = setting.recall[:, self.split.reporting]
        if len(values) > 1:
            old, new = values[: len(values) // 2].mean(axis=0), values[len(values) // 2 :].mean(axis=0)
            change = paired_bootstrap(new - old, resamples=self.options.resamples, seed=self.seed)
            reseed = reseed_spread(setting, self.split)
            verdict = _verdict(change, self._margin(reseed))
            means = known_mean(old), known_mean(new)
            yield Comparison(RESEEDED, setting.place.version, tuned, *means, change, reseed, verdict)

    def _margin(self, reseed: float) -> float:
        return max(self.options.tolerance, 0.0 if np.isnan(reseed) else reseed)


def _verdict(change: Paired, margin: float) -> str:
    """Whether a loss of more than the margin can be ruled out, is shown, or neither."""
    if np.isnan(change.low):
        return UNDEFINED
    if change.low >= -margin:
        return KEPT
    return LOST if change.high < -margin else UNSURE


def reseed_spread(setting: Setting, split: Halves) -> float:
    """The greatest difference in mean recall between two build seeds; 0 where nothing is random, NaN with one seed."""
    if not setting.build.random:
        return 0.0
    means = [known_mean(one[split.reporting]) for one in setting.recall]
    return max((abs(a - b) for a, b in combinations(means, 2)), default=float("nan"))


def search_words(tuned: Tuned) -> str:
    """The operating point in words; empty where there is none."""
    return "" if tuned.setting is None else words(tuned.setting.point)
