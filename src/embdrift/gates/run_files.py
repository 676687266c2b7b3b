"""What a gate reads of a run folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from embdrift.errors import InputError
from embdrift.gates.judging import PER_QUERY

_NUMBERS = ("k", "value", "low", "high", "n", "chance", "floor")
_TEXTS = ("study", "scope", "reference", "candidate", "cohort", "metric", "note", "index")
_PER_ITEM = ("scope", "candidate", "self_displacement", "aligned_self_displacement")


@dataclass(frozen=True, eq=False)
class RunFiles:
    """A saved run, as `judge` takes it."""

    summary: pd.DataFrame
    record: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def read_run(folder: Path) -> RunFiles:
    """Read what a gate needs of a run.

    Raises:
        InputError: when it is no whole run folder, or a file in it cannot be read
    """
    record = _record(folder)
    return RunFiles(_summary(folder / "summary.csv"), record, {PER_QUERY: _per_item(folder / "per_query.parquet")})


def _record(folder: Path) -> Mapping[str, Any]:
    path = folder / "record.json"
    if not folder.is_dir():
        raise InputError(f"{folder}: a gate judges a run folder, and there is no such folder; check the path")
    if not path.is_file():
        raise InputError(f"{folder} is no whole run folder: it holds no record.json; run again to finish it")
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); run again") from error
    if not isinstance(record, dict) or not {"k", "reference"} <= record.keys():
        raise InputError(f"{path} is no record of a run: it lacks `k` and `reference`; run again")
    return record


def _summary(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path} is missing, and a gate judges its figures; run again")
    try:
        # A version may be called "nan" or "null": only columns of numbers know what is not a number.
        frame = pd.read_csv(
            path,
            dtype=dict.fromkeys(_TEXTS, "str"),
            na_values={name: ["", "nan", "NaN"] for name in _NUMBERS},
            keep_default_na=False,
        )
        return frame.astype(dict.fromkeys(_NUMBERS, "float64"))
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path} cannot be read as the summary of a run ({reason}); run again") from error


def _per_item(path: Path) -> pd.DataFrame:
    """What became of each item, with the length of its text in place of the text, which may be long."""
    if not path.is_file():
        return pd.DataFrame()
    try:
        known = pq.read_schema(path).names
        table = pq.read_table(path, columns=[name for name in (*_PER_ITEM, "text") if name in known])
        if "text" in table.column_names:
            lengths = pc.utf8_length(table["text"].cast(pa.large_string()))
            table = table.drop_columns(["text"]).append_column("text_length", lengths)
        frame: pd.DataFrame = table.to_pandas()
        return frame
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as values per item ({error}); run again") from error
