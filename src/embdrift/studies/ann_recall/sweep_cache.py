"""The cache of a sweep: answers of finished trials and built indexes, keyed by the content that they came from."""

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from embdrift.files import storing, whole_file
from embdrift.index import Build, Capabilities, Job, Outcome, State
from embdrift.index.job import read_outcome, write_outcome
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.trials import Trial

ANSWERS_BYTES = 5 * 10**9
"""Size limit of the answers; those of one index take a few megabytes."""

FORMAT = 1
"""Changes whenever an index or an answer of the same inputs could come out otherwise."""


class SweepCache:
    """Names jobs after everything that their outcome depends on, and keeps outcomes.

    Args:
        folder: `answers` and `built` are kept below it
        options: how to measure
        found: what faiss supports on this machine
        device: where indexes go
    """

    def __init__(self, folder: Path, options: AnnOptions, found: Capabilities, device: str) -> None:
        self._folder = folder
        self._options = options
        self._faiss = {"faiss": found.version, "options": found.options, "device": device, "gpus": found.gpus}
        self._device = device

    def job(self, trial: Trial, ks: list[int]) -> Job:
        """The job of a trial, for a process of its own."""
        options = self._options
        return Job(
            build=trial.build,
            seed=trial.seed,
            similarity=trial.filled_with.similarity,
            trained_on=str(trial.trained_on.vectors),
            filled_with=str(trial.filled_with.vectors),
            queries=str(trial.filled_with.queries),
            own=None if trial.filled_with.own is None else str(trial.filled_with.own),
            ks=tuple(ks),
            repeats=options.repeats,
            single_queries=options.single_queries,
            build_threads=options.build_threads,
            search_threads=options.search_threads,
            device=self._device,
            kept_index=str(self._folder / "built" / self._build_key(trial)),
            keep=options.kept_gb > 0,
        )

    def outcome(self, trial: Trial, ks: list[int]) -> Outcome | None:
        """The outcome of an earlier run; None where there is none, or it gave up sooner than this one would."""
        path = self._answers(trial, ks)
        if not self.has(trial, ks):
            return None
        with storing(path):
            os.utime(path)
        return read_outcome(path)

    def has(self, trial: Trial, ks: list[int]) -> bool:
        """Whether an earlier run has an answer, or waited at least as long as this one would."""
        path = self._answers(trial, ks)
        limit = path.with_suffix(".limit")
        if limit.exists():
            return float(limit.read_text()) >= self._options.time_limit_seconds
        return path.exists()

    def keep(self, trial: Trial, ks: list[int], outcome: Outcome) -> None:
        """Keep an outcome, or that it timed out; a failed trial is tried again next time.

        Raises:
            StorageError: when it cannot be written
        """
        if outcome.state is State.failed:
            return
        path = self._answers(trial, ks)
        limit = path.with_suffix(".limit")
        with whole_file(path) as temporary:
            write_outcome(temporary, outcome)
        if outcome.state is State.timed_out:
            with whole_file(limit) as temporary:
                temporary.write_text(str(self._options.time_limit_seconds))
        else:
            limit.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the least recently used indexes and answers until the rest fit into their size limits.

        Raises:
            StorageError: when something cannot be removed
        """
        _prune((self._folder / "built").glob("*"), self._options.kept_gb * 10**9)
        _prune((self._folder / "answers").glob("*.npz"), ANSWERS_BYTES)

    def _answers(self, trial: Trial, ks: list[int]) -> Path:
        options = self._options
        key = _key(
            self._build_key(trial),
            trial.filled_with.key,
            trial.filled_with.query_key,
            [dict(point) for point in trial.build.grid],
            ks,
            [options.repeats, options.single_queries, options.search_threads],
            # times are those of a machine
            [platform.node(), os.cpu_count()],
        )
        return self._folder / "answers" / f"{key}.npz"

    def _build_key(self, trial: Trial) -> str:
        return _key(
            FORMAT, self._faiss, _content(trial.build), trial.seed, trial.trained_on.key, self._options.build_threads
        )


def _content(build: Build) -> dict[str, object]:
    """The settings that the bytes of an index depend on: not its name, and not how it is searched."""
    kept = asdict(build)
    return {name: kept[name] for name in ("kind", "factory", "settings", "gpu")}


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _prune(entries: Iterable[Path], limit_bytes: float) -> None:
    """Remove files or folders, the least recently used first, until the rest fit."""
    total = 0
    for entry in sorted(entries, key=_last_used, reverse=True):
        parts = list(entry.glob("*")) if entry.is_dir() else [entry]
        total += sum(path.stat().st_size for path in parts)
        if total > limit_bytes:
            with storing(entry):
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()


def _last_used(entry: Path) -> float:
    return max(path.stat().st_mtime for path in (entry, *entry.glob("*")))
