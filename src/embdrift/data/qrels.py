"""Relevance judgments in TREC or BEIR files, and weights of queries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.data.ids import require_unique, text_ids
from embdrift.data.opening import reading, regular_file
from embdrift.data.tables import need_column, numbers, read_frame, read_rows
from embdrift.errors import InputError
from embdrift.settings import TieRule

if TYPE_CHECKING:
    import pandas as pd


Judgment = tuple[str, str, int]

COLUMNS = {
    "query": ("query-id", "query_id", "query", "qid"),
    "item": ("corpus-id", "corpus_id", "item", "doc_id", "docid", "item_id"),
    "relevance": ("score", "relevance", "rel"),
}


@dataclass(frozen=True, eq=False)
class Qrels:
    """Relevance judgments, and how answers are held against them.

    Args:
        frame: one row a judgment: columns query (str), item (str) and relevance (int, higher is better)
        weights: what each query counts, by its id; None for all the same
        documents: the document of each item, by the item's id, where judgments are about documents and the items are
            their chunks; None where judgments are about the items themselves
        ties: how items of equal score are ranked
    """

    frame: "pd.DataFrame"
    weights: Mapping[str, float] | None = None
    documents: Mapping[str, str] | None = None
    ties: TieRule = TieRule.by_id


def read_qrels(path: Path | str) -> Qrels:
    """Read judgments: BEIR's `query-id corpus-id score` (.tsv, .csv, .parquet) or TREC's four columns.

    Raises:
        InputError: when the file cannot be read, a relevance is no whole number, or a pair is judged in two ways
    """
    file = regular_file(path)
    table = file.suffix.lower() in (".csv", ".parquet")
    judgments = list(_from_table(file) if table else _from_lines(file))
    if not judgments:
        raise InputError(f"{path} holds no judgments")
    return Qrels(_frame(judgments, path))


def _frame(judgments: list[Judgment], path: Path | str) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(judgments, columns=["query", "item", "relevance"])
    frame = frame.drop_duplicates(ignore_index=True)
    again = frame.duplicated(["query", "item"])
    if again.any():
        query, item = frame.loc[again, ["query", "item"]].iloc[0]
        raise InputError(f"{path} judges item {item!r} for query {query!r} more than once, and differently")
    return frame


def _from_lines(path: Path) -> Iterator[Judgment]:
    """TREC: query, iteration, item, relevance. BEIR: query, item, score, below a line of names."""
    with reading(path, "judgments"):
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    for number, line in enumerate(lines, start=1):
        fields = line.split("\t") if "\t" in line else line.split()
        if not fields or (number == 1 and len(fields) == 3 and fields[0].strip() in COLUMNS["query"]):
            continue
        if len(fields) not in (3, 4):
            raise InputError(f"{path}, line {number}: judgments have 3 or 4 columns, got {len(fields)}: {line[:60]!r}")
        query, item, relevance = (field.strip() for field in (fields[0], fields[-2], fields[-1]))
        yield query, item, _whole_number(relevance, f"{path}, line {number}")


def _from_table(path: Path) -> Iterator[Judgment]:
    frame = read_frame(path, as_text=True)
    names = [_column(list(map(str, frame.columns)), what, path) for what in COLUMNS]
    for row, values in enumerate(frame[names].itertuples(index=False, name=None)):
        query, item, relevance = map(str, values)
        yield query, item, _whole_number(relevance, f"{path}, row {row}")


def _column(names: list[str], what: str, path: Path) -> str:
    for name in COLUMNS[what]:
        if name in names:
            return name
    listed = ", ".join(map(repr, names))
    raise InputError(f"{path} needs a column for the {what}, one of {', '.join(COLUMNS[what])}; it has {listed}")


def _whole_number(value: str, place: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise InputError(f"{place}: a relevance must be a whole number, got {value[:40]!r}") from error


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
