"""Texts with their ids, as read from a file or made from what is installed."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from embdrift.errors import InputError
from embdrift.files import whole_file

SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".parquet", ".txt")


@dataclass(frozen=True)
class Texts:
    """What is to be embedded: texts with ids, and perhaps cohorts, queries and relevance judgments.

    Args:
        ids: one per text, unique
        texts: none of them blank
        cohorts: name of the cohort column -> one value per text
        query_ids: one per query, unique
        query_texts: none of them blank
        qrels: (query id, text id, relevance), judged pairs
        source: the path or description that messages name

    Raises:
        InputError: when lengths do not fit, an id comes twice, a text is blank or there is none at all
    """

    ids: list[str]
    texts: list[str]
    cohorts: dict[str, list[str]] = field(default_factory=dict)
    query_ids: list[str] = field(default_factory=list)
    query_texts: list[str] = field(default_factory=list)
    qrels: list[tuple[str, str, int]] = field(default_factory=list)
    source: str = ""

    def __post_init__(self) -> None:
        label = self.source or "the texts"
        if not self.texts:
            raise InputError(f"{label}: no texts found; give at least one")
        check_texts(self.ids, self.texts, label)
        check_texts(self.query_ids, self.query_texts, f"{label}, queries")
        for name, values in self.cohorts.items():
            if len(values) != len(self.ids):
                raise InputError(f"{label}: cohort {name!r} needs {len(self.ids)} values, got {len(values)}")


def check_texts(ids: Sequence[str], texts: Sequence[str], label: str) -> None:
    """Make sure that every text has an id of its own and something to embed.

    Raises:
        InputError: when lengths do not fit, an id comes twice, or a text is blank or not Unicode
    """
    if len(ids) != len(texts):
        raise InputError(f"{label}: {len(texts)} texts need {len(texts)} ids, got {len(ids)}")
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise InputError(f"{label}: ids must be unique, but {_some(twice)} come more than once; rename or remove them")
    blank = [name for name, text in zip(ids, texts, strict=True) if not text.strip()]
    if blank:
        raise InputError(f"{label}: every item needs a text, but {_some(blank)} have none; add one or remove the items")
    broken = [name for name, text in zip(ids, texts, strict=True) if not _is_unicode(text)]
    if broken:
        raise InputError(f"{label}: texts must be valid Unicode, but {_some(broken)} hold half of a surrogate pair")


def inputs_sha256(ids: Iterable[str], texts: Iterable[str]) -> str:
    """The fingerprint of what was embedded: sha256 over each (id, text) in order, as lines of JSON."""
    digest = hashlib.sha256()
    for pair in zip(ids, texts, strict=True):
        digest.update(json.dumps(pair).encode() + b"\n")
    return digest.hexdigest()


def read_texts(path: str | Path, *, id_column: str | None = None, text_column: str | None = None) -> Texts:
    """Read texts and their ids from a file.

    `.jsonl`, `.jsonl.gz`, `.csv` and `.parquet` hold the id under `_id` or `id` and the text under `text`; where there
    is also a `title`, what is embedded is title, space, text. A text column given by name is taken alone. In `.txt`
    every line is a text and its id is the line's number, counted from 0.

    Args:
        path: the file
        id_column: where the ids are, if not under `_id` or `id`
        text_column: where the texts are, if not under `text`

    Raises:
        InputError: when the file is missing, empty, of another kind, lacks a column, or holds blank or repeated items
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    name = path.name.lower()
    if not name.endswith(SUFFIXES):
        raise InputError(f"{path}: texts are read from {', '.join(SUFFIXES)}; save them in one of these")
    if name.endswith(".txt"):
        if id_column or text_column:
            raise InputError(f"{path}: a .txt file has no columns; leave the column options away")
        return _lines(path)
    records = _records(path)
    if not records:
        raise InputError(f"{path}: the file holds no texts")
    id_name = _column(records, id_column, ("_id", "id"), f"{path}: id column")
    text_name = _column(records, text_column, ("text",), f"{path}: text column")
    title_name = None if text_column else "title"
    return Texts(
        ids=[_id(record.get(id_name), f"{path}: item {row}") for row, record in enumerate(records)],
        texts=[_text(record, text_name, title_name, f"{path}: item {row}") for row, record in enumerate(records)],
        source=str(path),
    )


def _lines(path: Path) -> Texts:
    content = _read(path).replace("\r\n", "\n")
    texts = content.removesuffix("\n").split("\n") if content else []
    return Texts(ids=[str(row) for row in range(len(texts))], texts=texts, source=str(path))


def _records(path: Path) -> list[Mapping[str, Any]]:
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        # Not splitlines(): JSON strings may hold U+2028 and its like unescaped.
        lines = enumerate(_read(path).split("\n"), start=1)
        return [_json_object(line, f"{path}, line {number}") for number, line in lines if line.strip()]
    try:
        table = _csv(path) if path.suffix.lower() == ".csv" else pa.parquet.read_table(path)
        rows: list[Mapping[str, Any]] = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path}: the file could not be read as {path.suffix[1:]}: {_first_line(error)}") from error
    return rows


def _csv(path: Path) -> pa.Table:
    names = pa.csv.open_csv(path).schema.names
    return pa.csv.read_csv(
        path,
        # A row must fit into one block.
        read_options=pa.csv.ReadOptions(block_size=1 << 28),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        # Everything is text: an id 007 must not become 7, nor a text "NA" nothing.
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=True
        ),
    )


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: the file must be UTF-8, but byte {error.start} is not; convert it first") from error
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: the file could not be read: {_first_line(error)}") from error


def _json_object(line: str, label: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"{label}: not valid JSON: {error}") from error
    if not isinstance(record, dict):
        raise InputError(f"{label}: every line must be a JSON object such as {{'id': …, 'text': …}}")
    return record


def _column(records: Sequence[Mapping[str, Any]], wanted: str | None, usual: Sequence[str], label: str) -> str:
    names = list(records[0])
    for name in [wanted] if wanted else usual:
        if name in names:
            return name
    close = get_close_matches(wanted or "", names, n=1)
    hint = f"did you mean {close[0]!r}" if close else f"name one of {', '.join(names) or 'no columns at all'}"
    raise InputError(f"{label} {' or '.join([wanted] if wanted else usual)} not found; {hint}")


def _id(value: object, label: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise InputError(f"{label}: an id must be a text or a whole number, got {value!r}")
    return str(value)


def _text(record: Mapping[str, Any], text_name: str, title_name: str | None, label: str) -> str:
    title = record.get(title_name) if title_name else None
    parts = [part for part in (title, record.get(text_name)) if part is not None]
    if not all(isinstance(part, str) for part in parts):
        raise InputError(f"{label}: a text must be text, got {record.get(text_name)!r:.60}")
    return " ".join(part for part in parts if part)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return f"{len(names)} ids ({shown}{', …' if len(names) > 3 else ''})"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def write_items(path: Path, texts: Texts) -> None:
    """Write the items table as Parquet: column `id`, one column per cohort, column `text`.

    Raises:
        StorageError: when the file cannot be written
    """
    table = pa.table({"id": texts.ids, **texts.cohorts, "text": texts.texts})
    with whole_file(path) as temporary:
        pa.parquet.write_table(table, temporary)


def write_qrels(path: Path, texts: Texts) -> None:
    """Write the judgments as a table with tabs: columns `query-id`, `corpus-id`, `score`, the layout of BEIR.

    Raises:
        StorageError: when the file cannot be written
    """
    lines = ["query-id\tcorpus-id\tscore", *(f"{query}\t{item}\t{score}" for query, item, score in texts.qrels)]
    with whole_file(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
