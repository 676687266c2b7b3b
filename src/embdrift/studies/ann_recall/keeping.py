"""What a sweep keeps: answers of finished cells and built indexes, each found again by the content it came from."""

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
from embdrift.studies.ann_recall.cells import Cell
from embdrift.studies.ann_recall.options import AnnOptions

ANSWERS_BYTES = 5 * 10**9
"""Room for answers; those of one index take a few megabytes."""

FORMAT = 1
"""Changes whenever an index or an answer of the same inputs could come out otherwise."""


class Keeping:
    """Names jobs after everything that their outcome depends on, and keeps outcomes.

    Args:
        folder: `answers` and `built` are kept below it
        options: how to measure
        found: what faiss can do here
        device: where indexes go
    """

    def __init__(self, folder: Path, options: AnnOptions, found: Capabilities, device: str) -> None:
        self._folder = folder
        self._options = options
        self._faiss = {"faiss": found.version, "options": found.options, "device": device, "gpus": found.gpus}
        self._device = device

    def job(self, cell: Cell, ks: list[int]) -> Job:
        """What the process of a cell is told."""
        options = self._options
        return Job(
            build=cell.build,
            seed=cell.seed,
            similarity=cell.holds.metric,
            trained_on=str(cell.trained.vectors),
            filled_with=str(cell.holds.vectors),
            queries=str(cell.holds.queries),
            own=None if cell.holds.own is None else str(cell.holds.own),
            ks=tuple(ks),
            repeats=options.repeats,
            single_queries=options.single_queries,
            build_threads=options.build_threads,
            search_threads=options.search_threads,
            device=self._device,
            kept_index=str(self._folder / "built" / self._build_key(cell)),
            keep=options.kept_gb > 0,
        )

    def outcome(self, cell: Cell, ks: list[int]) -> Outcome | None:
        """What an earlier run found; None where it has not, or gave up sooner than this one would."""
        path = self._answers(cell, ks)
        if not self.has(cell, ks):
            return None
        with storing(path):
            os.utime(path)
        return read_outcome(path)

    def has(self, cell: Cell, ks: list[int]) -> bool:
        """Whether an earlier run has answered, or has waited at least as long as this one would."""
        path = self._answers(cell, ks)
        limit = path.with_suffix(".limit")
        if limit.exists():
            return float(limit.read_text()) >= self._options.time_limit_seconds
        return path.exists()

    def keep(self, cell: Cell, ks: list[int], outcome: Outcome) -> None:
        """Keep what was found, or that it took too long; what failed is tried again next time.

        Raises:
            StorageError: when it cannot be written
        """
        if outcome.state is State.failed:
            return
        path = self._answers(cell, ks)
        limit = path.with_suffix(".limit")
        with whole_file(path) as temporary:
            write_outcome(temporary, outcome)
        if outcome.state is State.timed_out:
            with whole_file(limit) as temporary:
                temporary.write_text(str(self._options.time_limit_seconds))
        else:
            limit.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the least recently used indexes and answers until the rest fit into their room.

        Raises:
            StorageError: when something cannot be removed
        """
        _prune((self._folder / "built").glob("*"), self._options.kept_gb * 10**9)
        _prune((self._folder / "answers").glob("*.npz"), ANSWERS_BYTES)

    def _answers(self, cell: Cell, ks: list[int]) -> Path:
        options = self._options
        key = _key(
            self._build_key(cell),
            cell.holds.key,
            cell.holds.query_key,
            [dict(point) for point in cell.build.grid],
            ks,
            [options.repeats, options.single_queries, options.search_threads],
            # times are those of a machine
            [platform.node(), os.cpu_count()],
        )
        return self._folder / "answers" / f"{key}.npz"

    def _build_key(self, cell: Cell) -> str:
        return _key(FORMAT, self._faiss, _content(cell.build), cell.seed, cell.trained.key, self._options.build_threads)


def _content(build: Build) -> dict[str, object]:
    """What the bytes of an index depend on: not its name, and not how it is searched."""
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
