"""What each query counts, such as how often people ask it."""

from collections.abc import Mapping
from pathlib import Path

from embdrift.data.columns import need_column, numbers, text_ids
from embdrift.data.ids import require_unique
from embdrift.data.json_lines import read_rows
from embdrift.errors import InputError

ID_COLUMNS = ("id", "query-id", "query_id", "query", "qid", "_id")


def read_query_weights(path: Path | str) -> Mapping[str, float]:
    """Read a table of query ids and weights: columns `id` (or `query-id`, `query`) and `weight`.

    Args:
        path: CSV, TSV, Parquet or JSON lines
    Returns:
        weight by query id, each at least 0; a query of weight 0 takes no part
    Raises:
        InputError: when the file cannot be read, an id comes twice, a weight is negative, or all are 0
    """
    table = read_rows(path, "query weights")
    ids = text_ids(table, need_column(table, ID_COLUMNS, "the query", path), path)
    require_unique(ids.astype(str), str(path))
    weights = numbers(table, need_column(table, ["weight"], "the weight", path), path)
    for query, weight in zip(ids, weights, strict=True):
        if weight < 0:
            raise InputError(f"{path}: a weight must be at least 0, got {weight:g} for query {query!r}")
    if not weights.any():
        raise InputError(f"{path}: all {len(weights)} weights are 0, so that nothing would count: raise one above 0")
    return dict(zip(ids.tolist(), weights.tolist(), strict=True))
