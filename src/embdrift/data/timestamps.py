"""Points in time: ISO dates or seconds since 1970, as seconds since 1970 in UTC."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Floats

if TYPE_CHECKING:
    import pandas as pd

SECONDS_A_DAY = 86_400.0
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Numbers whose greatest is beyond the first count so many to a second; 1e11 seconds are in the year 5138."""


def as_seconds(column: "pd.Series", source: str) -> Floats:
    """Seconds since 1970 in UTC, shape (n,); NaN where a value is missing.

    Numbers count seconds since 1970, or milli-, micro- or nanoseconds where they are too large for that; texts are ISO
    8601, without a zone in UTC.

    Args:
        column: numbers, dates, times or texts
        source: the column that messages name
    Raises:
        InputError: when a value is no point in time, or all are missing
    """
    from pandas.api import types

    missing = column.isna().to_numpy(bool)
    if missing.all():
        raise InputError(f"{source} holds no timestamp; give a column of ISO dates or of seconds since 1970")
    if types.is_bool_dtype(column.dtype):
        raise InputError(f"{source} must hold ISO dates or seconds since 1970, got booleans")
    if types.is_numeric_dtype(column.dtype):
        return _from_numbers(column.to_numpy(np.float64, na_value=np.nan))
    return _from_dates(column, missing, source)


def as_second(text: str, source: str) -> float:
    """One point in time.

    Raises:
        InputError: when it is none
    """
    import pandas as pd

    try:
        return float(_from_numbers(np.array([float(text)]))[0])
    except ValueError:
        return float(as_seconds(pd.Series([text]), source)[0])


def iso(seconds: float) -> str:
    """A point in time as ISO 8601 in UTC, to the second; empty for NaN."""
    if np.isnan(seconds):
        return ""
    return datetime.fromtimestamp(round(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _from_numbers(numbers: Floats) -> Floats:
    largest = float(np.nanmax(np.abs(numbers)))
    return numbers / next((unit for limit, unit in _UNITS if largest > limit), 1.0)


def _from_dates(column: "pd.Series", missing: np.ndarray, source: str) -> Floats:
    import pandas as pd
    from pandas.api import types

    plain = column if types.is_datetime64_any_dtype(column.dtype) else column.astype("string")
    times = pd.to_datetime(plain, utc=True, errors="coerce", format="ISO8601")
    wrong = times.isna().to_numpy(bool) & ~missing
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        value = str(column.iloc[row])[:40]
        raise InputError(f"{source}, row {row}: must be an ISO date or seconds since 1970, got {value!r}")
    since = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return np.asarray(since.to_numpy(np.float64, na_value=np.nan), np.float64)
