"""What is known about items, queries and pairs besides their vectors, read from the files that were named."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from embdrift.data import (
    GoldenPairs,
    ItemList,
    Items,
    Qrels,
    TieRule,
    documents_of,
    item_list,
    read_golden,
    read_items,
    read_qrels,
    read_query_weights,
)
from embdrift.errors import InputError
from embdrift.results import InputRecord, file_record
from embdrift.studies.registry import studies_reading

File = Path | str | None
JUDGING = ("query_weights", "document", "ties")


@dataclass(frozen=True)
class KnownFiles:
    """The files that were named, and what to read in them.

    Args:
        items: table with an id column, cohorts and perhaps texts
        cohorts: its columns that group items; None for every column with few values
        text: its column of texts; None for one called `text`
        timestamp: its column of timestamps
        document: its column of document ids, where judgements are about documents and the items are their chunks
        qrels: relevance judgements
        query_weights: what each judged query counts
        ties: how items of equal score are ranked where answers are judged
        golden: pairs that people called alike or not
        removed: ids of removed items
        as_of: the point in time that ages count from
    """

    items: File = None
    cohorts: Sequence[str] | None = None
    text: str | None = None
    timestamp: str | None = None
    document: str | None = None
    qrels: File = None
    query_weights: File = None
    ties: TieRule = TieRule.by_id
    golden: File = None
    removed: File = None
    as_of: str | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """What the files say.

    Args:
        items: cohorts and texts of the items
        qrels: which items answer which query
        golden: pairs that people called alike or not
        listed: which items an index should hold
        files: facts about the files for the record
    """

    items: Items | None
    qrels: Qrels | None
    golden: GoldenPairs | None
    listed: ItemList | None
    files: list[InputRecord]


def read_known(asked: KnownFiles, *, study: str, qrels: Qrels | None = None) -> Known:
    """Read every file that was named.

    Args:
        asked: the files
        study: the study that is to read them
        qrels: judgements that are known already, where no file of them is named
    Raises:
        InputError: when a file or column cannot be used, or would be passed over without a word
    """
    _require_effect(asked, study, judged=qrels is not None or asked.qrels is not None)
    other = [column for column in (asked.timestamp, asked.document) if column is not None]
    items = golden = None
    sizes: dict[str, int] = {}
    if asked.items is not None:
        items = read_items(_path(asked.items), cohorts=asked.cohorts, text=asked.text, other=other)
        sizes["items"] = len(items.frame)
    if asked.qrels is not None:
        qrels = read_qrels(_path(asked.qrels))
        sizes["qrels"] = len(qrels.frame)
    if qrels is not None:
        qrels = _with_rules(qrels, asked, items)
        sizes |= {} if qrels.weights is None else {"query_weights": len(qrels.weights)}
    if asked.golden is not None:
        golden = read_golden(_path(asked.golden))
        sizes["golden"] = len(golden)
    removed = None if asked.removed is None else _path(asked.removed)
    listed = item_list(items, timestamp=asked.timestamp, removed=removed, as_of=asked.as_of)
    if removed is not None and listed is not None:
        sizes["removed"] = len(listed.removed)
    files = [file_record(role, _path(getattr(asked, role)), rows) for role, rows in sizes.items()]
    return Known(items, qrels, golden, listed, files)


def _require_effect(asked: KnownFiles, study: str, *, judged: bool) -> None:
    for one in fields(asked):
        name, readers = one.name, studies_reading(one.name)
        if readers and study not in readers and getattr(asked, name) is not None:
            known = " and ".join(readers)
            raise InputError(
                f"{name} is read by the study {known} only, and this run is of {study}: choose study {known}, or leave"
                f" {name} out"
            )
    for name in JUDGING:
        if not judged and getattr(asked, name) not in (None, TieRule.by_id):
            raise InputError(f"{name} says how answers are judged, and nothing is judged: give qrels as well")


def _with_rules(qrels: Qrels, asked: KnownFiles, items: Items | None) -> Qrels:
    weights = None if asked.query_weights is None else read_query_weights(_path(asked.query_weights))
    documents = None if asked.document is None else documents_of(items, asked.document)
    return replace(qrels, weights=weights, documents=documents, ties=asked.ties)


def _path(path: Path | str) -> Path:
    return Path(path).expanduser()
