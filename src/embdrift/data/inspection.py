"""What is in a file of vectors, and what is wrong with it, in lines for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.checks import extreme_sentence, inspect_vectors, non_finite_sentence, zero_sentence
from embdrift.data.vector_files import FileContents, read_contents
from embdrift.data.vectors import FoundIds, find_ids, read_card
from embdrift.errors import InputError
from embdrift.types import EmbeddingSet

if TYPE_CHECKING:
    from embdrift.data.checks import VectorReport


CARD_LENGTH = 200


@dataclass(frozen=True, eq=False)
class FileFindings:
    """What was found in one file.

    Args:
        path: the file
        facts: pairs of a label and what was found, in the order to show them
        problems: what makes the file unusable, a sentence each; empty for a good file
        embedding_set: the vectors with their ids (row numbers where the ids are bad); None where nothing could be read
    """

    path: str
    facts: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    embedding_set: EmbeddingSet | None


def inspect_file(path: Path | str, *, ids: Path | str | None = None, column: str | None = None) -> FileFindings:
    """Read a file of vectors and look at every one; problems are reported, not raised.

    Args:
        path: the file
        ids: a file of ids, as `read` takes it
        column: the array, column or dataset to read, where the file holds several
    """
    problems: list[str] = []
    try:
        contents = read_contents(path, column=column)
    except InputError as error:
        return FileFindings(str(path), (), (str(error),), None)
    n = int(contents.vectors.shape[0])
    found = FoundIds(np.arange(n, dtype=np.int64), "")
    card: dict[str, Any] = {}
    try:
        found = find_ids(Path(path).expanduser(), contents, ids)
    except InputError as error:
        problems.append(str(error))
    try:
        card = dict(read_card(path))
    except InputError as error:
        problems.append(str(error))
    vectors = EmbeddingSet(
        Path(path).stem, contents.vectors, found.ids, has_ids=bool(found.source), card=card, source=str(path)
    )
    report = inspect_vectors(vectors)
    problems += _problems(vectors, report)
    facts = (*_contents_facts(contents), ("ids", _ids_fact(found)), *_vector_facts(vectors, report), *_card_fact(card))
    return FileFindings(str(path), facts, tuple(problems), vectors)


def _problems(vectors: EmbeddingSet, report: "VectorReport") -> Iterator[str]:
    if len(report.non_finite_rows):
        yield non_finite_sentence(vectors, report)
    if len(report.extreme_rows):
        yield extreme_sentence(vectors, report)


def _contents_facts(contents: FileContents) -> Iterator[tuple[str, str]]:
    n, d = contents.vectors.shape
    part = f", from {contents.part!r}" if contents.part else ""
    yield "format", contents.format
    yield "vectors", f"{n:,} x {d:,}, {str(contents.vectors.dtype).removeprefix('torch.')}{part}"
    if contents.others:
        more = ", …" if len(contents.others) > 20 else ""
        yield "also holds", ", ".join(contents.others[:20]) + more


def _ids_fact(found: FoundIds) -> str:
    if not found.source:
        return "none, row numbers count instead"
    return f"{len(found.ids):,}, such as {found.ids[0].item()!r}, from {found.source}"


def _vector_facts(vectors: EmbeddingSet, report: "VectorReport") -> Iterator[tuple[str, str]]:
    unit = "unit length" if report.unit_length else "not of unit length: cosine and inner product rank differently"
    yield "lengths", f"{report.norm_min:.6g} to {report.norm_max:.6g}, median {report.norm_median:.6g} ({unit})"
    yield "zero vectors", zero_sentence(vectors, report) if len(report.zero_rows) else "none"
    yield "duplicates", _duplicates_fact(report)
    yield "NaN, infinite", f"in {len(report.non_finite_rows):,} vectors" if len(report.non_finite_rows) else "none"
    yield "fingerprint", report.fingerprint[:16]


def _duplicates_fact(report: "VectorReport") -> str:
    if not report.duplicate_vectors:
        return "none"
    return (
        f"{report.duplicate_vectors:,} of {report.n:,} vectors are equal to an earlier one "
        f"(groups of equal vectors: {report.duplicate_groups:,})"
    )


def _card_fact(card: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if card:
        shown = {key: value for key, value in card.items() if isinstance(value, str | int | float) and value != ""}
        line = ", ".join(f"{key} {value}" for key, value in shown.items() if not key.endswith("_sha256"))
        line = "".join(letter if letter.isprintable() else " " for letter in line)
        yield "card", line if len(line) <= CARD_LENGTH else line[: CARD_LENGTH - 1] + "…"
