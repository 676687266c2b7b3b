"""What follows from the answers of a sweep: operating points, comparisons, costs, decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embdrift.index import Build, Keeps
from embdrift.studies.ann_recall.cells import FRESH, STALE
from embdrift.studies.ann_recall.comparing import TRANSFER, Comparer, Comparison, Reasons
from embdrift.studies.ann_recall.deciding import Decided, decide
from embdrift.studies.ann_recall.equal_recall import EqualRecall, equal_recall
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepared import Asking, Prepared
from embdrift.studies.ann_recall.settings import Setting, Settings
from embdrift.studies.ann_recall.sweeping import Swept
from embdrift.studies.ann_recall.tuning import Halves, Tuned, halves, tune


@dataclass(frozen=True)
class EqualPlace:
    """Where the cost of the target was found."""

    question: str
    version: str
    index: str
    k: int


@dataclass(frozen=True, eq=False)
class Analysis:
    """What follows from the answers of a sweep.

    Args:
        swept: every cell
        settings: their answers, seeds put together
        asked: who searched
        split: the halves of the queries
        prepared: the versions, the reference first
        ks: numbers of neighbours
        tuned: operating points
        compared: tuned indexes across versions
        equal: cost of the target
        decided: what to do with each tuned index
        reasons: why some indexes have no answers
    """

    swept: Sequence[Swept]
    settings: Settings
    asked: Asking
    split: Halves
    prepared: Sequence[Prepared]
    ks: Sequence[int]
    tuned: Sequence[Tuned]
    compared: Sequence[Comparison]
    equal: dict[EqualPlace, EqualRecall]
    decided: Sequence[Decided]
    reasons: Reasons

    @property
    def reference(self) -> str:
        """Name of the version in use."""
        return self.prepared[0].name

    @property
    def candidates(self) -> list[str]:
        """Names of the candidates."""
        return [version.name for version in self.prepared[1:]]

    def at_tuned(self) -> Iterator[tuple[str, Tuned, Setting]]:
        """Every tuned index on the reference (fresh), and on each candidate (transfer, stale), with its answers."""
        for one in self.tuned:
            if one.setting is None:
                continue
            yield FRESH, one, one.setting
            for candidate in self.candidates:
                for question, cells in ((TRANSFER, FRESH), (STALE, STALE)):
                    found = self.settings.at(cells, candidate, one.setting)
                    if found is not None:
                        yield question, one, found


@dataclass(frozen=True, eq=False)
class Analyst:
    """Draws conclusions from answers.

    Args:
        swept: every cell
        asked: who searched
        prepared: the versions, the reference first
        ks: numbers of neighbours
        options: target, tolerance, resamples
        seed: of the halves and of resamples
    """

    swept: Sequence[Swept]
    asked: Asking
    prepared: Sequence[Prepared]
    ks: Sequence[int]
    options: AnnOptions
    seed: int

    def analysis(self) -> Analysis:
        """Tune on the reference, compare everywhere, price the target, decide."""
        settings, split = Settings(self.swept), halves(self.asked.ids, self.seed)
        tuned = self._tuned(settings, split)
        reasons = Reasons(self.swept)
        comparer = Comparer(settings, split, self.options, self.seed, reasons)
        compared = comparer.all(tuned, [version.name for version in self.prepared[1:]])
        equal = self._equal(settings)
        return Analysis(
            swept=self.swept,
            settings=settings,
            asked=self.asked,
            split=split,
            prepared=self.prepared,
            ks=self.ks,
            tuned=tuned,
            compared=compared,
            equal=equal,
            decided=self._decided(tuned, compared, equal, reasons),
            reasons=reasons,
        )

    @property
    def _builds(self) -> dict[str, Build]:
        return {one.cell.build.name: one.cell.build for one in self.swept}

    def _tuned(self, settings: Settings, split: Halves) -> list[Tuned]:
        reference, target = self.prepared[0].name, self.options.target_recall
        return [
            tune(settings.of(FRESH, reference, index, k), target, split, index=index, k=k)
            for k in self.ks
            for index in self._builds
        ]

    def _equal(self, settings: Settings) -> dict[EqualPlace, EqualRecall]:
        places = [
            EqualPlace(question, version.name, index, k)
            for k in self.ks
            for index in self._builds
            for version in self.prepared
            for question in (FRESH, STALE)
        ]
        found = {place: settings.of(place.question, place.version, place.index, place.k) for place in places}
        target = self.options.target_recall
        return {
            place: equal_recall(there, target) for place, there in found.items() if there or place.question == FRESH
        }

    def _decided(
        self,
        tuned: Sequence[Tuned],
        compared: Sequence[Comparison],
        equal: dict[EqualPlace, EqualRecall],
        reasons: Reasons,
    ) -> list[Decided]:
        builds, reference = self._builds, self.prepared[0].name
        return [
            decide(
                one,
                candidate.name,
                compared,
                equal[EqualPlace(FRESH, candidate.name, one.index, one.k)],
                has_trained_parts=builds[one.index].keeps is not Keeps.nothing,
                why=reasons.why(FRESH, reference, one.index, one.k),
            )
            for candidate in self.prepared[1:]
            for one in tuned
        ]
