"""What the table of items says about chosen items: their cohorts and their texts."""

from embdrift.data import Items
from embdrift.types import Array


class Labels:
    """Cohorts and texts by id.

    Args:
        items: the table, where there is one
        texts: whether results may hold texts
    """

    def __init__(self, items: Items | None, *, texts: bool) -> None:
        self._items = items
        self._with_texts = texts

    def missing(self, ids: Array) -> int:
        """How many of these items a table lacks; none where there is no table."""
        return 0 if self._items is None else self._items.missing(ids)

    def cohorts(self, ids: Array) -> dict[str, Array]:
        """Column -> shape (q,), the cohort of each item as text, empty where it has none; without empty columns."""
        if self._items is None:
            return {}
        rows = self._items.for_ids(ids)
        columns = {name: rows[name].astype(object) for name in self._items.cohorts}
        labels = {name: column.where(column.notna(), "").astype(str) for name, column in columns.items()}
        return {name: column.to_numpy(object) for name, column in labels.items() if (column != "").any()}

    def texts(self, ids: Array) -> Array | None:
        """Shape (q,), the text of each item, empty where it has none; None where results may hold no texts."""
        if self._items is None or self._items.text is None or not self._with_texts:
            return None
        column = self._items.for_ids(ids)[self._items.text].astype(object)
        return column.where(column.notna(), "").astype(str).to_numpy(object)
