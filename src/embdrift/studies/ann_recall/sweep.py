"""Running the trials of a sweep one after the other, and scoring their answers against exact search."""

from dataclasses import dataclass, replace

import numpy as np

from embdrift.index import BuildFacts, Outcome, SearchFacts, State, run_job
from embdrift.metrics.recall import recall, tie_tolerance
from embdrift.progress import Progress
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.sweep_cache import SweepCache
from embdrift.studies.ann_recall.trials import Trial
from embdrift.types import Floats


@dataclass(frozen=True, eq=False)
class ScoredSearch:
    """One search setting of one index, scored.

    Args:
        facts: the setting and its cost
        recall: shape (q,), by id; None where the setting was left out
        tie_aware: shape (q,), with near ties counted as ties
    """

    facts: SearchFacts
    recall: Floats | None = None
    tie_aware: Floats | None = None


@dataclass(frozen=True, eq=False)
class TrialResult:
    """The scored answers of a trial.

    Args:
        trial: the index
        state: done, timed out, failed, undefined
        note: the reason, or a warning
        built: the cost of building it
        searches: one per search setting and k
        is_kept: whether answers and times are those of an earlier run
    """

    trial: Trial
    state: State
    note: str
    built: BuildFacts
    searches: tuple[ScoredSearch, ...]
    is_kept: bool = False


def sweep(
    trials: list[Trial], ks: list[int], options: AnnOptions, cache: SweepCache, progress: Progress
) -> list[TrialResult]:
    """Run every trial that no earlier run has finished, and score all.

    Raises:
        StorageError: when answers cannot be kept; those of finished trials are
    """
    done = [bool(trial.impossible) or cache.has(trial, ks) for trial in trials]
    progress.start("building and searching indexes", len(trials), sum(done))
    refused: dict[tuple[str, str, str], Outcome] = {}
    swept = []
    for trial, before in zip(trials, done, strict=True):
        scored = _scored(trial, _outcome(trial, ks, options, cache, refused), options)
        swept.append(replace(scored, is_kept=before and not trial.impossible))
        if not before:
            progress.advance(1)
    progress.finish()
    return swept


def _outcome(
    trial: Trial, ks: list[int], options: AnnOptions, cache: SweepCache, refused: dict[tuple[str, str, str], Outcome]
) -> Outcome:
    """The outcome of a trial, from an earlier run or from a process of its own.

    Args:
        trial: the index
        ks: numbers of neighbors
        options: how to measure
        cache: of earlier outcomes
        refused: outcomes of indexes that failed, which are not tried again with another seed; filled here
    """
    if trial.impossible:
        return Outcome(State.undefined, trial.impossible)
    kept = cache.outcome(trial, ks)
    if kept is not None:
        return kept
    index = trial.build.name, trial.trained_on.key, trial.filled_with.key
    if index in refused:
        return refused[index]
    outcome = run_job(cache.job(trial, ks), time_limit_seconds=options.time_limit_seconds)
    cache.keep(trial, ks, outcome)
    cache.prune()
    if outcome.state is State.failed:
        refused[index] = outcome
    return outcome


def _scored(trial: Trial, outcome: Outcome, options: AnnOptions) -> TrialResult:
    held, searches = trial.filled_with, []
    for facts, found in zip(outcome.searches, outcome.found, strict=True):
        if found is None:
            searches.append(ScoredSearch(facts))
            continue
        positions = held.file_rows(found)
        tolerance = tie_tolerance(held.truth, facts.k, similarity=held.similarity, share=options.tie_share)
        exact = recall(held.truth, positions, facts.k)
        tie_aware = np.where(np.isnan(exact), np.nan, recall(held.truth, positions, facts.k, tolerance=tolerance))
        searches.append(ScoredSearch(facts, exact, tie_aware))
    note = outcome.note or _few_training_vectors(trial)
    return TrialResult(trial, outcome.state, note, outcome.built, tuple(searches))


def _few_training_vectors(trial: Trial) -> str:
    """A warning where there are fewer vectors per centroid than faiss asks for."""
    lists, n = trial.build.lists, trial.trained_on.n
    few = bool(lists) and n < 39 * lists
    return f"{n / lists:.0f} vectors per list are fewer than the 39 that k-means wants" if few else ""
