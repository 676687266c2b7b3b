"""A neighbour table that grows on disk block by block and goes on after a crash where it stopped.

Rows are appended to plain files and made durable before `progress.json` says that they are there; what a crash left
beyond that is cut off again. (Writing through a memory map would be shorter, but a full disk then kills the process.)
"""

import json
import os
import shutil
from pathlib import Path
from typing import IO

import numpy as np

from embdrift.files import storing, whole_file
from embdrift.search import SearchTask
from embdrift.types import Array, Neighbors

_COLUMNS = ("positions", "scores", "tied")


class GrowingTable:
    """Appends blocks of neighbours to a folder, then turns it into a finished table.

    Args:
        folder: where the unfinished table lives
        task: the search it holds
    """

    def __init__(self, folder: Path, task: SearchTask) -> None:
        self._folder = folder
        self._task = task
        q, k = len(task.rows), task.k
        self._shapes = {
            "positions": ((q, k), np.dtype(task.position_type)),
            "scores": ((q, k), np.dtype(np.float64)),
            "tied": ((q,), np.dtype(np.int64)),
        }
        with storing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = self._finished_rows()
            self._files = {name: self._open(name) for name in _COLUMNS}

    @property
    def rows(self) -> int:
        """Rows that are safely on disk."""
        return self._rows

    def append(self, part: Neighbors) -> None:
        """Add the next block and make it durable.

        Raises:
            StorageError: when it cannot be written; earlier blocks stay
        """
        values = {"positions": part.positions, "scores": part.scores, "tied": part.tied_beyond}
        with storing(self._folder):
            for name, file in self._files.items():
                file.write(np.ascontiguousarray(values[name]).tobytes())
                _make_durable(file)
            if len(part.tie_positions):
                with whole_file(self._tie_file(self._rows)) as path, path.open("wb") as file:
                    np.savez(file, counts=np.diff(part.tie_starts), positions=part.tie_positions)
            with whole_file(self._folder / "progress.json") as path:
                path.write_text(json.dumps({"rows": self._rows + part.q}))
        self._rows += part.q

    def finish(self, final: Path) -> None:
        """Complete the table and move it to its final place at once."""
        with storing(final):
            for file in self._files.values():
                file.close()
            counts, positions = self._ties()
            self._save("tie_starts", np.concatenate(([0], np.cumsum(counts))))
            self._save("tie_positions", positions)
            with whole_file(self._folder / "table.json") as path:
                path.write_text(
                    json.dumps({"depth": self._task.k, "n_corpus": self._task.n_corpus, "rows": self._rows})
                )
            for leftover in [*self._folder.glob("ties-*.npz"), self._folder / "progress.json"]:
                leftover.unlink(missing_ok=True)
            if final.exists():
                shutil.rmtree(final)
            self._folder.rename(final)

    def close(self) -> None:
        """Let go of the files of an unfinished table; what is on disk stays for the next run."""
        for file in self._files.values():
            file.close()

    def _finished_rows(self) -> int:
        path = self._folder / "progress.json"
        return int(json.loads(path.read_text())["rows"]) if path.exists() else 0

    def _open(self, name: str) -> IO[bytes]:
        shape, dtype = self._shapes[name]
        path = self._folder / f"{name}.npy"
        if not path.exists() or self._rows == 0:
            with path.open("wb") as file:
                np.lib.format.write_array_header_1_0(
                    file, {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
                )
        file = path.open("rb+")
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        file.seek(self._rows * int(np.prod(shape[1:])) * dtype.itemsize, os.SEEK_CUR)
        file.truncate()
        return file

    def _tie_file(self, first_row: int) -> Path:
        return self._folder / f"ties-{first_row:012d}.npz"

    def _ties(self) -> tuple[Array, Array]:
        counts = np.zeros(self._rows, np.int64)
        parts = [np.empty(0, self._task.position_type)]
        for path in sorted(self._folder.glob("ties-*.npz")):
            first = int(path.stem.removeprefix("ties-"))
            with np.load(path) as part:
                counts[first : first + len(part["counts"])] = part["counts"]
                parts.append(part["positions"])
        return counts, np.concatenate(parts)

    def _save(self, name: str, values: Array) -> None:
        with whole_file(self._folder / f"{name}.npy") as path, path.open("wb") as file:
            np.save(file, values)


def _make_durable(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
