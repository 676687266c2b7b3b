"""The run folder on disk: data first and each file whole, the record last, so that its existence means a whole run."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embdrift.errors import InputError
from embdrift.files import storing, whole_file
from embdrift.results.tables import write_csv

if TYPE_CHECKING:
    from embdrift.studies import StudyResult

_DATA = {"tables", "summary.csv", "per_query.parquet", "record.json"}
_REPORT = {"plots", "report.html", "report.md"}
VERDICT_FILE = "verdict.json"
"""The name of a verdict in its run folder."""
_VERDICT = (VERDICT_FILE, "verdict.md", "junit.xml", "metrics.prom")
_HYDRA = {".hydra", "run.log"}
LONGEST_NAME = 100
_OWN = _DATA | _REPORT | _HYDRA | set(_VERDICT)


def require_whole(folder: Path) -> None:
    """Make sure that a folder holds a finished run, of any study.

    Raises:
        InputError: when it does not
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: this must be a run folder, and there is no such folder; check the path")
    if not (folder / "record.json").is_file():
        raise InputError(_incomplete(folder))
    if not (folder / "summary.csv").is_file():
        raise InputError(f"{folder}: a run folder holds summary.csv, and this one has lost it; run again")


def _incomplete(folder: Path) -> str:
    if (folder / "summary.csv").exists() or (folder / "tables").is_dir():
        return (
            f"{folder}: the run is not whole, record.json (written last) is missing; "
            "start the run again with the same inputs, it goes on where it stopped"
        )
    return f"{folder}: not a run folder, it holds no record.json; give the folder that `embdrift run` named"


def require_plain_name(name: str) -> None:
    """A run's name names its folder.

    Raises:
        InputError: when it is a path, has strange characters or is too long
    """
    plain = name and not name.startswith(".") and all(one.isalnum() or one in "._-" for one in name)
    if not plain or len(name) > LONGEST_NAME:
        raise InputError(
            f"name must be a plain name of letters, digits, '.', '_' and '-', and no longer than {LONGEST_NAME}"
            f" characters, since it names a folder, got {name[: LONGEST_NAME + 1]!r}"
        )


def default_folder(name: str) -> Path:
    """A new folder below `results/` of the current directory, named after the run and the time."""
    folder = Path("results") / name / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    attempt, free = 1, folder
    while free.exists():
        attempt += 1
        free = folder.with_name(f"{folder.name}_{attempt}")
    return free


def require_free(folder: Path, *, replace: bool = False) -> None:
    """Make sure that a run may be written to a folder: new, empty, left by an unfinished run, or to be replaced.

    Raises:
        InputError: when it is a file, cannot be written, holds other things, or a finished run that is not to be
            replaced
    """
    require_folder(folder)
    if not folder.exists():
        return
    strange = sorted(path.name for path in folder.iterdir() if path.name not in _OWN and not path.name.endswith(".tmp"))
    if strange:
        raise InputError(f"{folder} holds other things ({strange[0]!r}, …): choose a new folder for --out")
    if (folder / "record.json").exists() and not replace:
        raise InputError(
            f"{folder} already holds a finished run: choose another --out, or add --replace to overwrite it"
        )


def require_free_for_sweep(folder: Path, *, replace: bool = False) -> None:
    """Make sure that a sweep may be written to a folder: new, empty, or one that holds nothing but a sweep.

    Raises:
        InputError: when it is a file, cannot be written, holds other things, or finished runs that are not to be
            replaced
    """
    require_folder(folder)
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if path.name != "multirun.yaml" and not path.is_dir():
            raise InputError(f"{folder} holds other things ({path.name!r}, …): choose a new folder for --out")
        if path.is_dir():
            require_free(path, replace=replace)


def require_folder(folder: Path) -> None:
    """Make sure that a folder is there or can be made, and can be written.

    Raises:
        InputError: when it cannot
    """
    try:
        above = next(one for one in (folder, *folder.absolute().parents) if one.is_symlink() or one.exists())
        if not above.is_dir():
            kind = "a link to nowhere" if above.is_symlink() else "a file"
            raise InputError(f"{above} is {kind}, and a run needs a folder: choose another --out")
        # Asking for permission is not enough: some file systems say yes and refuse all the same.
        with tempfile.TemporaryDirectory(prefix=".embdrift-", dir=above):
            pass
    except OSError as error:
        raise InputError(
            f"{folder} cannot be a run folder ({error.strerror or error}): choose another place with --out"
        ) from error


@contextmanager
def removed_if_empty(folder: Path) -> Iterator[None]:
    """Take a sweep's folder, and the folders above it that it needed, away again if none of its jobs left anything."""
    made = [one for one in (folder, *folder.absolute().parents) if not one.exists()]
    try:
        yield
    finally:
        if folder.is_dir() and [path.name for path in folder.iterdir()] == ["multirun.yaml"]:
            (folder / "multirun.yaml").unlink()
        with suppress(OSError):
            for one in made:
                one.rmdir()


def write_run(folder: Path, result: "StudyResult", record: Mapping[str, Any]) -> None:
    """Write a study's tables and then its record.

    Raises:
        StorageError: when something cannot be written; the folder then holds no record
    """
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # a verdict is on the figures that are about to go
        for name in ("record.json", *_VERDICT):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / "tables", ignore_errors=True)
        for leftover in folder.glob(".*.tmp"):
            leftover.unlink()
    with whole_file(folder / "per_query.parquet") as path:
        result.per_query.to_parquet(path, index=False)
    for name, frame in result.tables.items():
        write_csv(folder / "tables" / f"{name}.csv", frame)
    write_csv(folder / "summary.csv", result.summary)
    with whole_file(folder / "record.json") as path:
        path.write_text(json.dumps(_plain(record), indent=2, allow_nan=False, ensure_ascii=False) + "\n", "utf-8")


def _plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
