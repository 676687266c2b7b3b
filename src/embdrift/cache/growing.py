"""A neighbor table that grows on disk block by block and resumes after a crash.

Rows are appended to plain files and made durable before `progress.json` says that they are there; what a crash left
beyond that is cut off again. (Writing through a memory map would be shorter, but a full disk then kills the process.)
"""

import io
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from embdrift.cache.stored import TableFacts, open_table, write_facts
from embdrift.files import storing, whole_file
from embdrift.search import SearchTask
from embdrift.types import Neighbors

_PROGRESS = "progress.json"
# How many items tie in all is known at the end only, so their positions grow without a header.
_TIES = "ties.raw"


@dataclass(frozen=True)
class _Column:
    """A file that grows: some first bytes, then rows of one size."""

    path: Path
    head: bytes
    row_bytes: int

    def holds(self, rows: int) -> bool:
        """Whether the file holds at least this many rows."""
        if not self.path.exists() or self.path.stat().st_size < len(self.head) + rows * self.row_bytes:
            return False
        with self.path.open("rb") as file:
            return file.read(len(self.head)) == self.head

    def open_after(self, rows: int) -> IO[bytes]:
        """The file, open for writing after this many rows and cut off there."""
        if not rows:
            self.path.write_bytes(self.head)
        file = self.path.open("rb+")
        file.seek(len(self.head) + rows * self.row_bytes)
        file.truncate()
        return file


class GrowingTable:
    """Appends blocks of neighbors to a folder, then turns it into a finished table.

    Args:
        folder: where the unfinished table lives
        task: the search it holds
    """

    def __init__(self, folder: Path, task: SearchTask) -> None:
        self._folder = folder
        self._task = task
        self._files: dict[str, IO[bytes]] = {}
        with storing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._rows, self._ties = self._finished()
            self._whole = self._is_whole()
            if not self._whole:
                try:
                    self._open()
                except BaseException:
                    self.close()
                    raise

    @property
    def rows(self) -> int:
        """Rows that are safely on disk."""
        return len(self._task.rows) if self._whole else self._rows

    def append(self, part: Neighbors) -> None:
        """Add the next block and make it durable.

        Raises:
            StorageError: when it cannot be written; earlier blocks stay
        """
        values = {
            "positions": part.positions,
            "scores": part.scores,
            "tied": part.tied_beyond,
            "tie_starts": self._ties + part.tie_starts[1:],
            "ties": part.tie_positions,
        }
        rows, ties = self._rows + part.q, self._ties + len(part.tie_positions)
        with storing(self._folder):
            for name, file in self._files.items():
                file.write(np.ascontiguousarray(values[name]).tobytes())
                _make_durable(file)
            with whole_file(self._folder / _PROGRESS) as path:
                path.write_text(json.dumps({"rows": rows, "ties": ties}))
        self._rows, self._ties = rows, ties

    def finish(self, final: Path) -> None:
        """Complete the table and move it to its final place at once."""
        with storing(final):
            self.close()
            if not self._whole:
                ties = np.fromfile(self._folder / _TIES, self._task.position_type)
                with whole_file(self._folder / "tie_positions.npy") as path, path.open("wb") as file:
                    np.save(file, ties)
                write_facts(self._folder, TableFacts(self._task.k, self._task.n_corpus, self._rows))
            for leftover in (_TIES, _PROGRESS):
                (self._folder / leftover).unlink(missing_ok=True)
            if final.exists():
                shutil.rmtree(final)
            self._folder.rename(final)

    def close(self) -> None:
        """Let go of the files of an unfinished table; what is on disk stays for the next run."""
        for file in self._files.values():
            # After a failed write, closing tries to write the rest once more.
            with suppress(OSError):
                file.close()

    def _columns(self, rows: int, ties: int) -> dict[str, tuple[_Column, int]]:
        """The growing files, each with how much of it is finished."""
        q, k, position = len(self._task.rows), self._task.k, np.dtype(self._task.position_type)

        def column(name: str, dtype: np.dtype[np.generic], shape: tuple[int, ...], first: bytes = b"") -> _Column:
            row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
            return _Column(self._folder / f"{name}.npy", _header(dtype, shape) + first, row_bytes)

        whole, floating = np.dtype(np.int64), np.dtype(np.float64)
        return {
            "positions": (column("positions", position, (q, k)), rows),
            "scores": (column("scores", floating, (q, k)), rows),
            "tied": (column("tied", whole, (q,)), rows),
            "tie_starts": (column("tie_starts", whole, (q + 1,), np.zeros(1, np.int64).tobytes()), rows),
            "ties": (_Column(self._folder / _TIES, b"", position.itemsize), ties),
        }

    def _finished(self) -> tuple[int, int]:
        """Rows, and items tied with their last ones, that `progress.json` promises and that the files hold."""
        try:
            given = json.loads((self._folder / _PROGRESS).read_text())
            rows, ties = int(given["rows"]), int(given["ties"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0, 0
        possible = 0 <= rows <= len(self._task.rows) and ties >= 0
        if possible and all(column.holds(done) for column, done in self._columns(rows, ties).values()):
            return rows, ties
        return 0, 0

    def _is_whole(self) -> bool:
        """Whether an earlier run wrote the whole table and only did not come to move it."""
        table = open_table(self._folder)
        return table is not None and table.positions.shape == (len(self._task.rows), self._task.k)

    def _open(self) -> None:
        if not self._rows:
            # It must not speak for rows that are about to be written over.
            (self._folder / _PROGRESS).unlink(missing_ok=True)
        for name, (column, done) in self._columns(self._rows, self._ties).items():
            self._files[name] = column.open_after(done)


def _header(dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def _make_durable(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
