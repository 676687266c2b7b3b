"""Tables of items: text, cohorts, removed items, timestamps and documents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embdrift.data.ids import id_column, read_ids, require_unique
from embdrift.data.opening import nearest, regular_file
from embdrift.data.tables import TABLE_SUFFIXES, column_names, read_frame
from embdrift.errors import InputError
from embdrift.types import Array, Floats

if TYPE_CHECKING:
    import pandas as pd


COHORT_SIZES = range(2, 51)
"""How many values a column may have to be taken for a grouping without being named."""

TEXT_NAME = "text"
REMOVED = "removed"
"""The column that says of each item whether it was removed, where it holds booleans."""


@dataclass(frozen=True, eq=False)
class Items:
    """A table of items.

    Args:
        frame: one row an item, its id as text in the index
        cohorts: names of the columns whose values group the items
        text: name of the column with the items' texts, None without one
    """

    frame: "pd.DataFrame"
    cohorts: tuple[str, ...]
    text: str | None

    def for_ids(self, ids: Array) -> "pd.DataFrame":
        """The rows of these ids in their order; missing values where the table lacks an id (`missing` counts those)."""
        return self.frame.reindex(ids.astype(str).astype(object))

    def missing(self, ids: Array) -> int:
        """How many of these ids the table lacks."""
        import pandas as pd

        return int((self.frame.index.get_indexer(pd.Index(ids.astype(str).astype(object))) < 0).sum())


def read_items(
    path: Path | str, *, cohorts: Sequence[str] | None = None, text: str | None = None, other: Sequence[str] = ()
) -> Items:
    """Read a table of items from a Parquet, CSV or TSV file.

    Args:
        path: the table; its column `id`, else its first column, holds the ids
        cohorts: columns that group the items; every column of text, booleans or whole numbers with 2 to 50 different
            values where None is given
        text: column with the items' texts; one called `text`, if there is one, where None is given
        other: further columns that must be there and are no groups unless they are named as such

    Raises:
        InputError: when the file cannot be read, ids repeat, or there is no such column
    """
    file = regular_file(path)
    if file.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(f"{path} is no table of items: its name must end in {', '.join(TABLE_SUFFIXES)}")
    name, ids = id_column(file)
    require_unique(ids, f"{path}, column {name!r}")
    names = [column for column in column_names(file) if column != name]
    for column in (*(cohorts or ()), *((text,) if text is not None else ()), *other):
        _require_column(column, names, path)
    frame = _indexed(read_frame(file), name, ids)
    text = text if text is not None else (TEXT_NAME if TEXT_NAME in names else None)
    chosen = tuple(cohorts) if cohorts is not None else tuple(_groupings(frame, {text, REMOVED, *other}))
    return Items(frame, chosen, text)


def _indexed(frame: "pd.DataFrame", name: str, ids: Array) -> "pd.DataFrame":
    import pandas as pd

    return frame.drop(columns=name).set_axis(pd.Index(ids.astype(str).astype(object), name="id"), axis=0)


def _groupings(frame: "pd.DataFrame", besides: Collection[str | None]) -> list[str]:
    return [str(name) for name in frame.columns if name not in besides and _groups(frame[name])]


def _groups(column: "pd.Series") -> bool:
    from pandas.api import types

    dtype = column.dtype
    plain = types.is_string_dtype(dtype) or types.is_bool_dtype(dtype) or types.is_integer_dtype(dtype)
    if not plain and not isinstance(dtype, types.CategoricalDtype):
        return False
    return int(column.nunique()) in COHORT_SIZES


def _require_column(name: str, names: list[str], path: Path | str) -> None:
    if name not in names:
        listed = ", ".join(map(repr, names)) or "none"
        raise InputError(
            f"{path} has no column {name!r}; besides the id its columns are {listed}{nearest(name, names)}"
        )


SECONDS_A_DAY = 86_400.0
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""(limit, units per second): a largest number beyond the limit is in these units; 1e11 seconds lie in the year 5138."""


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


@dataclass(frozen=True, eq=False)
class ItemList:
    """The items that an index should hold, and those that it should no longer hold.

    Args:
        ids: shape (n,), as text, those to be found; empty where only removed ones are known
        removed: shape (r,), as text, ascending
        seconds: shape (n,), seconds since 1970 of each item, NaN where it has none; None without timestamps
        as_of: the point in time that ages count from, in seconds since 1970; NaN without timestamps
        as_of_is: where that comes from, in words
        cohorts: column -> shape (n,), the cohort of each item as text, empty where it has none
    """

    ids: Array
    removed: Array
    seconds: Floats | None = None
    as_of: float = float("nan")
    as_of_is: str = ""
    cohorts: Mapping[str, Array] = field(default_factory=dict)


def item_list(
    items: Items | None,
    *,
    timestamp: str | None = None,
    removed: Path | str | None = None,
    as_of: str | None = None,
) -> ItemList | None:
    """What the table of items and a file of removed ids say about what an index should hold.

    Rows of the table whose column `removed` is true count as removed, and so do the ids of the file.

    Args:
        items: the table
        timestamp: its column of timestamps: ISO dates, or seconds since 1970
        removed: a file of removed ids
        as_of: the point in time that ages count from; the newest timestamp where None
    Returns:
        None where there is neither a table nor a file
    Raises:
        InputError: when a file or column cannot be read, or a setting needs another one
    """
    if items is None and timestamp is not None:
        raise InputError("dataset.timestamp names a column of the table of items: give --items FILE too")
    if as_of is not None and timestamp is None:
        raise InputError("dataset.as_of is what ages count from: name the column of timestamps with dataset.timestamp")
    if items is None and removed is None:
        return None
    gone = set() if removed is None else set(read_ids(removed).astype(str).tolist())
    if items is None:
        return ItemList(np.empty(0, object), np.array(sorted(gone), object))
    frame = items.frame
    gone |= set(frame.index[_flagged(frame)].tolist())
    kept = ~frame.index.isin(list(gone))
    listed = ItemList(frame.index[kept].to_numpy(object), np.array(sorted(gone), object), cohorts=_cohorts(items, kept))
    return listed if timestamp is None else _timed(listed, frame, kept, timestamp, as_of)


def _timed(listed: ItemList, frame: "pd.DataFrame", kept: Array, timestamp: str, as_of: str | None) -> ItemList:
    names = list(map(str, frame.columns))
    if timestamp not in names:
        listing = ", ".join(map(repr, names)) or "none"
        raise InputError(f"the table of items has no column {timestamp!r}; it has {listing}{nearest(timestamp, names)}")
    every = as_seconds(frame[timestamp], f"the table of items, column {timestamp!r}")
    seconds = every[kept]
    if as_of is None:
        newest = float(np.nanmax(every))
        return ItemList(listed.ids, listed.removed, seconds, newest, "the newest timestamp", listed.cohorts)
    return ItemList(listed.ids, listed.removed, seconds, as_second(as_of, "dataset.as_of"), "as set", listed.cohorts)


def _flagged(frame: "pd.DataFrame") -> Array:
    from pandas.api import types

    if REMOVED not in frame.columns or not types.is_bool_dtype(frame[REMOVED].dtype):
        return np.zeros(len(frame), np.bool_)
    return frame[REMOVED].fillna(False).to_numpy(np.bool_)


def _cohorts(items: Items, kept: Array) -> dict[str, Array]:
    columns = {name: items.frame[name][kept].astype(object) for name in items.cohorts}
    return {
        name: column.where(column.notna(), "").astype(str).to_numpy(object)
        for name, column in columns.items()
        if name != REMOVED
    }


def documents_of(items: Items | None, column: str) -> Mapping[str, str]:
    """The document of each item by the item's id; items without one are left out, and count as documents of their own.

    Args:
        items: the table of items
        column: its column of document ids
    Raises:
        InputError: when there is no table or no such column, or no item has a document
    """
    if items is None:
        raise InputError("dataset.document names a column of the table of items: give --items FILE too")
    names = list(map(str, items.frame.columns))
    if column not in names:
        listed = ", ".join(map(repr, names)) or "none"
        raise InputError(f"the table of items has no column {column!r}; it has {listed}{nearest(column, names)}")
    values = items.frame[column]
    known = values[values.notna()].astype(object)
    if not len(known):
        raise InputError(f"the table of items, column {column!r}: no item has a document")
    return {str(item): str(document) for item, document in known.items()}
