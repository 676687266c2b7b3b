"""Tables of one JSON object a line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embdrift.data.frames import TABLE_SUFFIXES, read_frame
from embdrift.data.opening import reading, regular_file
from embdrift.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

JSON_LINES = ".jsonl"
ROW_SUFFIXES = (*TABLE_SUFFIXES, JSON_LINES)


def read_rows(path: Path | str, what: str) -> "pd.DataFrame":
    """A small table from CSV, TSV, Parquet or JSON lines; values of CSV and TSV stay text, to the letter.

    Args:
        path: the file
        what: what messages call its rows, such as "golden pairs"
    Raises:
        InputError: when the file cannot be read or holds no rows
    """
    file = regular_file(path)
    suffix = file.suffix.lower()
    if suffix not in ROW_SUFFIXES:
        raise InputError(f"{path} is no table of {what}: its name must end in {', '.join(ROW_SUFFIXES)}")
    frame = _json_lines(file) if suffix == JSON_LINES else read_frame(file, as_text=True)
    frame.columns = [str(name).strip() for name in frame.columns]
    if not len(frame):
        raise InputError(f"{path} holds no {what}")
    return frame


def _json_lines(path: Path) -> "pd.DataFrame":
    import pandas as pd

    with reading(path, "JSON lines"):
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    records = [_record(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return pd.DataFrame(records, dtype=object)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number}: not JSON: {line[:60]!r}") from error
    if not isinstance(record, dict):
        raise InputError(f"{path}, line {number}: must be a JSON object, got {type(record).__name__}")
    return record
