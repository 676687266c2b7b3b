"""Exact neighbour tables kept by content, shared by all studies and runs, and finished where an earlier run stopped."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from embdrift.cache.growing import GrowingTable
from embdrift.cache.keys import table_key
from embdrift.errors import InputError
from embdrift.files import cache_folder, storing
from embdrift.progress import Progress, Silent
from embdrift.search import SearchTask, exact_blocks
from embdrift.types import Array, Neighbors

DEFAULT_LIMIT_BYTES = 50 * 10**9
"""Kept tables may take so much room before the least recently used ones go."""

_SMALL_BYTES = 2**16


@dataclass(frozen=True)
class KeptTable:
    """One finished table in the cache: its folder, size in bytes, rows, depth and when it was last used."""

    folder: Path
    size_bytes: int
    rows: int
    depth: int
    last_used: float


class TableCache:
    """Serves exact neighbour tables, computing only what no earlier run has.

    Args:
        folder: where tables are kept; None for `neighbors` in embdrift's cache folder
        limit_bytes: room for them; None for `$EMBDRIFT_CACHE_LIMIT_GB`, else 50 GB
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int | None = None) -> None:
        self.folder = folder or cache_folder() / "neighbors"
        self.limit_bytes = _limit() if limit_bytes is None else limit_bytes

    def neighbors(
        self,
        task: SearchTask,
        *,
        corpus_fingerprint: str,
        query_fingerprint: str,
        device: str = "auto",
        label: str = "exact search",
        progress: Progress | None = None,
    ) -> Neighbors:
        """The neighbour table of a task, at least as deep as asked, memory-mapped.

        Raises:
            InputError: when the vectors cannot be searched
            StorageError: when the table cannot be written; finished blocks are kept
        """
        progress = progress or Silent()
        key = table_key(task, corpus_fingerprint, query_fingerprint)
        with storing(self.folder):
            (self.folder / key).mkdir(parents=True, exist_ok=True)
        with self._locked(key, label, progress):
            found = self._deep_enough(key, task.k)
            if found is None:
                found = self._compute(key, task, device, label, progress)
                self.prune(self.limit_bytes, keep=found)
            with storing(found):
                os.utime(found / "table.json")
            return _open(found)

    def has(self, task: SearchTask, *, corpus_fingerprint: str, query_fingerprint: str) -> bool:
        """Whether a task's table needs no computing."""
        return self._deep_enough(table_key(task, corpus_fingerprint, query_fingerprint), task.k) is not None

    def kept(self) -> list[KeptTable]:
        """Finished tables, the most recently used first."""
        tables = [_kept(path.parent) for path in self.folder.glob("*/depth-*/table.json") if _is_final(path.parent)]
        return sorted(tables, key=lambda table: table.last_used, reverse=True)

    def prune(self, limit_bytes: int, *, keep: Path | None = None) -> list[KeptTable]:
        """Remove the least recently used tables until the rest fit; a table that another run is making stays.

        Args:
            limit_bytes: room for what stays
            keep: a table that stays in any case
        Returns:
            what was removed
        """
        removed, total = [], 0
        for table in self.kept():
            total += table.size_bytes
            if total > limit_bytes and table.folder != keep and self._remove(table):
                removed.append(table)
                total -= table.size_bytes
        return removed

    def _remove(self, table: KeptTable) -> bool:
        try:
            with FileLock(self._lock_path(table.folder.parent.name), timeout=0), storing(table.folder):
                shutil.rmtree(table.folder)
        except Timeout:
            return False
        return True

    def _lock_path(self, key: str) -> Path:
        return self.folder / f"{key}.lock"

    @contextmanager
    def _locked(self, key: str, label: str, progress: Progress) -> Iterator[None]:
        lock = FileLock(self._lock_path(key))
        with storing(self._lock_path(key)):
            try:
                lock.acquire(timeout=0)
            except Timeout:
                progress.start(f"{label}: waiting for another run that makes the same table", 1)
                lock.acquire()
                progress.finish()
        try:
            yield
        finally:
            lock.release()

    def _deep_enough(self, key: str, k: int) -> Path | None:
        folders = [path.parent for path in (self.folder / key).glob("depth-*/table.json") if _is_final(path.parent)]
        deep = [folder for folder in folders if _depth(folder) >= k]
        return min(deep, key=_depth, default=None)

    def _compute(self, key: str, task: SearchTask, device: str, label: str, progress: Progress) -> Path:
        final = self.folder / key / f"depth-{task.k}"
        table = GrowingTable(final.with_name(f"{final.name}.partial"), task)
        try:
            progress.start(label, len(task.rows), table.rows)
            if table.rows < len(task.rows) or not len(task.rows):
                for part in exact_blocks(task, device=device, start=table.rows):
                    table.append(part)
                    progress.advance(part.q)
            progress.finish()
            table.finish(final)
        finally:
            table.close()
        return final


def _is_final(folder: Path) -> bool:
    return not folder.name.endswith(".partial")


def _depth(folder: Path) -> int:
    return int(folder.name.removeprefix("depth-"))


def _kept(folder: Path) -> KeptTable:
    facts = json.loads((folder / "table.json").read_text())
    size = sum(path.stat().st_size for path in folder.iterdir())
    return KeptTable(folder, size, facts["rows"], facts["depth"], (folder / "table.json").stat().st_mtime)


def _open(folder: Path) -> Neighbors:
    def column(name: str) -> Array:
        path = folder / f"{name}.npy"
        # An empty array cannot be mapped, and a small one is not worth it.
        loaded: Array = np.load(path, mmap_mode="r" if path.stat().st_size > _SMALL_BYTES else None)
        return loaded

    facts = json.loads((folder / "table.json").read_text())
    return Neighbors(
        positions=column("positions"),
        scores=column("scores"),
        tied_beyond=column("tied"),
        tie_starts=column("tie_starts"),
        tie_positions=column("tie_positions"),
        n_corpus=facts["n_corpus"],
    )


def _limit() -> int:
    given = os.environ.get("EMBDRIFT_CACHE_LIMIT_GB")
    if given is None:
        return DEFAULT_LIMIT_BYTES
    try:
        return int(float(given) * 10**9)
    except ValueError as error:
        raise InputError(f"EMBDRIFT_CACHE_LIMIT_GB must be a number of gigabytes, got {given!r}") from error
