"""The run folder on disk: data first and each file whole, the record last, so that its existence means a whole run."""

import json
import math
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from embdrift.errors import InputError
from embdrift.files import storing, whole_file
from embdrift.studies import ShiftResult

_OWN = {"tables", "plots", "summary.csv", "per_query.parquet", "record.json", "report.html", "report.md", ".hydra"}


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
        InputError: when it is a file, holds other things, or a finished run that is not to be replaced
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, and a run needs a folder: choose another --out")
    strange = sorted(path.name for path in folder.iterdir() if path.name not in _OWN and not path.name.endswith(".tmp"))
    if strange:
        raise InputError(f"{folder} holds other things ({strange[0]!r}, …): choose a new folder for --out")
    if (folder / "record.json").exists() and not replace:
        raise InputError(
            f"{folder} already holds a finished run: choose another --out, or add --replace to overwrite it"
        )


def write_run(folder: Path, result: ShiftResult, record: Mapping[str, Any]) -> None:
    """Write a study's tables and then its record.

    Raises:
        StorageError: when something cannot be written; the folder then holds no record
    """
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "record.json").unlink(missing_ok=True)
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


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV, with every digit of its figures.

    Raises:
        StorageError: when it cannot be written
    """
    with whole_file(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8")


def _plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
