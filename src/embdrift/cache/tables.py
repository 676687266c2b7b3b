"""Exact neighbor tables cached by content, shared by all studies and runs, and resumed where an earlier run stopped."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from embdrift.cache.growing import GrowingTable
from embdrift.cache.stored import FACTS, open_table, read_facts
from embdrift.errors import InputError, StorageError
from embdrift.files import cache_folder, storing
from embdrift.progress import Progress, Silent
from embdrift.search import SCORE_DEFINITION, SearchTask, exact_blocks
from embdrift.types import TIE_LIMIT, Array, Neighbors


def table_key(task: SearchTask, corpus_fingerprint: str, query_fingerprint: str) -> str:
    """Name of the neighbor table of a task, whatever its depth.

    Args:
        task: the search
        corpus_fingerprint: content hash of the corpus's vectors, with type and shape
        query_fingerprint: the same for the queries
    """
    parts = {
        "definition": SCORE_DEFINITION,
        "tie_limit": TIE_LIMIT,
        "corpus": corpus_fingerprint,
        "queries": query_fingerprint,
        "metric": task.similarity.value,
        "rows": _digest(task.rows),
        "own": _digest(task.own),
        "left_out": _digest(task.left_out),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _digest(positions: Array) -> str:
    return hashlib.sha256(positions.astype("<i8").tobytes()).hexdigest()


DEFAULT_LIMIT_BYTES = 50 * 10**9
"""Kept tables may take so much room before the least recently used ones go."""

_TABLE = re.compile(r"depth-\d+(\.partial)?")


@dataclass(frozen=True)
class KeptTable:
    """One table in the cache: its folder, size in bytes, rows, depth and when it was last used.

    `rows` is 0 for a table that is damaged or was never finished.
    """

    folder: Path
    size_bytes: int
    rows: int
    depth: int
    last_used: float


class TableCache:
    """Serves exact neighbor tables, computing only what no earlier run has.

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
        """The neighbor table of a task, at least as deep as asked, memory-mapped.

        Raises:
            InputError: when the vectors cannot be searched
            StorageError: when the table cannot be written; finished blocks are kept
        """
        progress = progress or Silent()
        key = table_key(task, corpus_fingerprint, query_fingerprint)
        with storing(self.folder):
            (self.folder / key).mkdir(parents=True, exist_ok=True)
        with self._locked(key, label, progress):
            found = self._deep_enough(key, task)
            if found is None:
                found = self._compute(key, task, device, label, progress)
                self.prune(self.limit_bytes, keep=found)
            table = open_table(found)
            if table is None:
                raise StorageError(f"{found} cannot be read back; check the disk, remove that folder and run again")
            with storing(found):
                os.utime(found / FACTS)
            return replace(table, fingerprint=corpus_fingerprint)

    def has(self, task: SearchTask, *, corpus_fingerprint: str, query_fingerprint: str) -> bool:
        """Whether a task's table needs no computing."""
        return self._deep_enough(table_key(task, corpus_fingerprint, query_fingerprint), task) is not None

    def kept(self) -> list[KeptTable]:
        """Finished tables, the most recently used first."""
        return [table for table in self._all() if (table.folder / FACTS).exists() and _is_final(table.folder)]

    def prune(self, limit_bytes: int, *, keep: Path | None = None) -> list[KeptTable]:
        """Remove the least recently used tables until the rest fit; a table that another run is making stays.

        Tables that a killed run left unfinished count like the others.

        Args:
            limit_bytes: room for what stays
            keep: a table that stays in any case
        Returns:
            what was removed
        """
        tables = self._all()
        removed, total = [], sum(table.size_bytes for table in tables)
        for table in reversed(tables):
            if total > limit_bytes and table.folder != keep and self._remove(table):
                removed.append(table)
                total -= table.size_bytes
        return removed

    def _all(self) -> list[KeptTable]:
        tables = [_kept(folder) for folder in self.folder.glob("*/depth-*") if _TABLE.fullmatch(folder.name)]
        return sorted(tables, key=lambda table: table.last_used, reverse=True)

    def _remove(self, table: KeptTable) -> bool:
        try:
            with FileLock(self._lock_path(table.folder.parent.name), timeout=0):
                # Without it the rest is no table, whatever stops the removal.
                (table.folder / FACTS).unlink(missing_ok=True)
                shutil.rmtree(table.folder)
        except Timeout:
            return False
        except FileNotFoundError:
            # Another run removed it first.
            return True
        except OSError as error:
            raise StorageError(
                f"could not remove {table.folder}: {error.strerror or error}; remove it by hand"
            ) from error
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

    def _deep_enough(self, key: str, task: SearchTask) -> Path | None:
        """The shallowest whole table that serves the task."""
        folders = [folder for folder in (self.folder / key).glob("depth-*") if _is_final(folder)]
        for folder in sorted(folders, key=_depth):
            if _depth(folder) >= task.k:
                table = open_table(folder)
                if table is not None and table.q == len(task.rows) and table.depth >= task.k:
                    return folder
        return None

    def _compute(self, key: str, task: SearchTask, device: str, label: str, progress: Progress) -> Path:
        final = self.folder / key / f"depth-{task.k}"
        table = GrowingTable(final.with_name(f"{final.name}.partial"), task)
        try:
            n = len(task.corpus)
            progress.start(f"{label}, pairs", len(task.rows) * n, table.rows * n)
            if table.rows < len(task.rows) or not len(task.rows):
                for part in exact_blocks(task, device=device, start=table.rows):
                    table.append(part)
                    progress.advance(part.q * n)
            progress.finish()
            table.finish(final)
        finally:
            table.close()
        return final


def _is_final(folder: Path) -> bool:
    return bool(_TABLE.fullmatch(folder.name)) and not folder.name.endswith(".partial")


def _depth(folder: Path) -> int:
    return int(folder.name.removeprefix("depth-").removesuffix(".partial"))


def _kept(folder: Path) -> KeptTable:
    facts = read_facts(folder) if _is_final(folder) else None
    sizes, times = [0], [0.0]
    for path in (folder, *folder.glob("*")):
        # A run that is making the table may rename its files at any moment.
        with suppress(FileNotFoundError):
            status = path.stat()
            sizes.append(0 if path == folder else status.st_size)
            times.append(status.st_mtime)
    return KeptTable(folder, sum(sizes), facts.rows if facts else 0, _depth(folder), max(times))


def _limit() -> int:
    given = os.environ.get("EMBDRIFT_CACHE_LIMIT_GB")
    if given is None:
        return DEFAULT_LIMIT_BYTES
    with suppress(ValueError, OverflowError):
        limit = int(float(given) * 10**9)
        if limit >= 0:
            return limit
    raise InputError(f"EMBDRIFT_CACHE_LIMIT_GB must be a number of gigabytes such as 50, got {given!r}")
