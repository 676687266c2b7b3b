"""Running the cells of a sweep one after the other, and scoring their answers against exact search."""

from dataclasses import dataclass, replace

import numpy as np

from embdrift.index import BuildFacts, Outcome, SearchFacts, State, run_job
from embdrift.metrics.recall import recall, tie_tolerance
from embdrift.progress import Progress
from embdrift.studies.ann_recall.cells import Cell
from embdrift.studies.ann_recall.keeping import Keeping
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.types import Floats


@dataclass(frozen=True, eq=False)
class Searched:
    """One search setting of one index, scored.

    Args:
        facts: the setting and what it cost
        recall: shape (q,), by id; None where it was left out
        tie_aware: shape (q,), with near ties counted as ties
    """

    facts: SearchFacts
    recall: Floats | None = None
    tie_aware: Floats | None = None


@dataclass(frozen=True, eq=False)
class Swept:
    """What became of a cell.

    Args:
        cell: which index
        state: done, timed out, failed, undefined
        note: why, or what else to know
        built: what it cost
        searches: one per search setting and k
        is_kept: whether answers and times are those of an earlier run
    """

    cell: Cell
    state: State
    note: str
    built: BuildFacts
    searches: tuple[Searched, ...]
    is_kept: bool = False


def sweep(cells: list[Cell], ks: list[int], options: AnnOptions, keeping: Keeping, progress: Progress) -> list[Swept]:
    """Run every cell that no earlier run has finished, and score all.

    Raises:
        StorageError: when answers cannot be kept; finished cells are
    """
    runner = Runner(ks, options, keeping)
    done = [bool(cell.impossible) or keeping.has(cell, ks) for cell in cells]
    progress.start("building and searching indexes", len(cells), sum(done))
    swept = []
    for cell, before in zip(cells, done, strict=True):
        scored = _scored(cell, runner.outcome(cell), options)
        swept.append(replace(scored, is_kept=before and not cell.impossible))
        if not before:
            progress.advance(1)
    progress.finish()
    return swept


class Runner:
    """Gets the outcome of cells, from an earlier run or from a process of their own."""

    def __init__(self, ks: list[int], options: AnnOptions, keeping: Keeping) -> None:
        self._ks = ks
        self._options = options
        self._keeping = keeping
        self._refused: dict[tuple[str, str, str], Outcome] = {}

    def outcome(self, cell: Cell) -> Outcome:
        """What became of a cell; what does not fit is not tried again with another seed."""
        if cell.impossible:
            return Outcome(State.undefined, cell.impossible)
        kept = self._keeping.outcome(cell, self._ks)
        if kept is not None:
            return kept
        place = cell.build.name, cell.trained.key, cell.holds.key
        if place in self._refused:
            return self._refused[place]
        outcome = run_job(self._keeping.job(cell, self._ks), time_limit_seconds=self._options.time_limit_seconds)
        self._keeping.keep(cell, self._ks, outcome)
        self._keeping.prune()
        if outcome.state is State.failed:
            self._refused[place] = outcome
        return outcome


def _scored(cell: Cell, outcome: Outcome, options: AnnOptions) -> Swept:
    searches = []
    for facts, found in zip(outcome.searches, outcome.found, strict=True):
        if found is None:
            searches.append(Searched(facts))
            continue
        truth, positions = cell.holds.truth, cell.holds.file_rows(found)
        tolerance = tie_tolerance(truth, facts.k, similarity=cell.holds.metric, share=options.tie_share)
        exact = recall(truth, positions, facts.k)
        tie_aware = np.where(np.isnan(exact), np.nan, recall(truth, positions, facts.k, tolerance=tolerance))
        searches.append(Searched(facts, exact, tie_aware))
    note = outcome.note or _few_training_vectors(cell)
    return Swept(cell, outcome.state, note, outcome.built, tuple(searches))


def _few_training_vectors(cell: Cell) -> str:
    """A warning where there are fewer vectors per centroid than faiss asks for."""
    lists, n = cell.build.lists, cell.trained.n
    return (
        f"{n / lists:.0f} vectors per list are fewer than the 39 that k-means wants" if lists and n < 39 * lists else ""
    )
