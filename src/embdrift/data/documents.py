"""Which document each item is a part of, where items are chunks of documents."""

from collections.abc import Mapping

from embdrift.data.items import Items
from embdrift.data.opening import nearest
from embdrift.errors import InputError


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
