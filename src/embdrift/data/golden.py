"""Golden pairs: two ids each, and whether or how much what they stand for is alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.ids import text_ids
from embdrift.data.tables import find_column, need_column, numbers, read_rows
from embdrift.errors import InputError
from embdrift.types import Floats

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("item", "query", "")
_YES, _NO = ("1", "true", "yes", "1.0"), ("0", "false", "no", "0.0")


@dataclass(frozen=True, eq=False)
class GoldenPairs:
    """Pairs that people judged, one row each.

    Args:
        frame: columns a, b (ids as text), a_is, b_is ("item", "query", or "" for whichever is found, items first),
            grade (float: the graded score, else 1 for similar and 0 for dissimilar) and similar (1, 0, or NaN where
            only a score was given)
        graded: whether there are scores
        source: the path that messages name
    """

    frame: "pd.DataFrame"
    graded: bool
    source: str = "golden pairs"

    def __len__(self) -> int:
        return len(self.frame)


def read_golden(path: Path | str) -> GoldenPairs:
    """Read golden pairs from CSV, TSV, Parquet or JSON lines.

    Columns `a` and `b` hold ids of items or queries; `similar` holds 0 or 1, `score` a graded score, higher is more
    alike; at least one of the two is needed. Where an id may be both an item and a query, `a_is` and `b_is` say which.

    Raises:
        InputError: when the file cannot be read, a column is missing, a value is not as it must be, or one pair is
            judged in two ways
    """
    table = read_rows(path, "golden pairs")
    score, similar = find_column(table, ["score"]), find_column(table, ["similar"])
    if score is None and similar is None:
        need_column(table, ["similar", "score"], "what people said of the pair", path)
    alike = np.full(len(table), np.nan) if similar is None else _flags(table[similar].tolist(), path)
    grade = alike if score is None else numbers(table, score, path)
    return GoldenPairs(_frame(table, path, alike, grade), score is not None, str(path))


def _frame(table: "pd.DataFrame", path: Path | str, alike: Floats, grade: Floats) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[str, Any] = {
        side: text_ids(table, need_column(table, [side], f"one side of the pair, {side}", path), path) for side in "ab"
    }
    columns |= {f"{side}_is": _kinds(table, f"{side}_is", path) for side in "ab"}
    frame = pd.DataFrame(columns | {"grade": grade, "similar": alike}).drop_duplicates(ignore_index=True)
    again = frame.duplicated(["a", "b", "a_is", "b_is"])
    if again.any():
        a, b = frame.loc[again, ["a", "b"]].iloc[0]
        raise InputError(f"{path} judges the pair {a!r}, {b!r} more than once, and differently")
    return frame


def _kinds(table: "pd.DataFrame", name: str, path: Path | str) -> list[str]:
    if name not in table.columns:
        return [""] * len(table)
    kinds = ["" if value is None else str(value).strip() for value in table[name].tolist()]
    for row, kind in enumerate(kinds):
        if kind not in KINDS:
            raise InputError(f"{path}, row {row}: {name} must be item or query, got {kind[:40]!r}")
    return kinds


def _flags(values: Sequence[Any], path: Path | str) -> Floats:
    words = [str(value).strip().lower() for value in values]
    for row, word in enumerate(words):
        if word not in (*_YES, *_NO):
            raise InputError(f"{path}, row {row}: similar must be 0 or 1, got {word[:40]!r}")
    return np.array([float(word in _YES) for word in words])
