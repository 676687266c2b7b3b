"""Which items an index should hold, how old they are, and which were removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embdrift.data.id_files import read_ids
from embdrift.data.items import REMOVED, Items
from embdrift.data.opening import nearest
from embdrift.data.timestamps import as_second, as_seconds
from embdrift.errors import InputError
from embdrift.types import Array, Floats

if TYPE_CHECKING:
    import pandas as pd


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
