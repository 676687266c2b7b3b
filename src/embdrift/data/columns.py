"""Columns of small tables, by any of the names in use for them, as ids or numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.ids import as_ids
from embdrift.errors import InputError
from embdrift.types import Array, Floats

if TYPE_CHECKING:
    import pandas as pd


def find_column(frame: "pd.DataFrame", names: Sequence[str]) -> str | None:
    """The first of these columns that the table has; None without one."""
    return next((name for name in names if name in frame.columns), None)


def need_column(frame: "pd.DataFrame", names: Sequence[str], what: str, path: Path | str) -> str:
    """The first of these columns that the table has.

    Raises:
        InputError: when it has none of them
    """
    found = find_column(frame, names)
    if found is None:
        listed = ", ".join(map(repr, frame.columns))
        raise InputError(f"{path} needs a column for {what}, called {' or '.join(names)}; it has {listed}")
    return found


def text_ids(frame: "pd.DataFrame", name: str, path: Path | str) -> Array:
    """A column of ids as text, shape (n,).

    Raises:
        InputError: when a value is missing or no id
    """
    return as_ids(frame[name].tolist(), f"{path}, column {name!r}").astype(str).astype(object)


def numbers(frame: "pd.DataFrame", name: str, path: Path | str) -> Floats:
    """A column of finite numbers, shape (n,).

    Raises:
        InputError: when a value is missing, infinite or no number
    """
    return np.array([_number(value, row, name, path) for row, value in enumerate(frame[name].tolist())], np.float64)


def _number(value: Any, row: int, name: str, path: Path | str) -> float:
    try:
        number = float("nan" if value is None or isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number):
        raise InputError(f"{path}, row {row}: {name} must be a finite number, got {str(value)[:40]!r}")
    return number
