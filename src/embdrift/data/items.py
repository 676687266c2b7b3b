"""What is known about the items: groups to look at separately, texts to show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.data.frames import TABLE_SUFFIXES, column_names, id_column, read_frame
from embdrift.data.ids import require_unique
from embdrift.data.opening import nearest, regular_file
from embdrift.errors import InputError
from embdrift.types import Array

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
