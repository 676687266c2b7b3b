"""Which of a file's several arrays holds the vectors."""

from collections.abc import Sequence
from pathlib import Path

from embdrift.data.opening import nearest
from embdrift.errors import InputError

USUAL_NAMES = ("vectors", "embeddings", "vector", "embedding", "train")


def choose(tables: Sequence[str], every: Sequence[str], column: str | None, path: Path, what: str) -> str:
    """The name of the part to read: the one asked for, else one of the usual names, else the only table there is.

    Args:
        tables: names of the parts that have the shape of vectors
        every: names of all parts, for the message
        column: the name asked for, or None
        path: the file, for the message
        what: what this format calls a part: array, column, dataset, tensor

    Raises:
        InputError: when there is no such part, none at all, or several that might be meant
    """
    listed = ", ".join(map(repr, every[:20])) or "nothing"
    if column is not None:
        if column in every:
            return column
        raise InputError(f"{path} has no {what} {column!r}: it holds {listed}{nearest(column, list(every))}")
    for name in (*USUAL_NAMES, *(tables if len(tables) == 1 else ())):
        if name in tables:
            return name
    if not tables:
        raise InputError(f"{path} has no {what} with two axes of numbers: it holds {listed}")
    raise InputError(
        f"{path} has several {what}s that may be the vectors: {', '.join(map(repr, tables[:20]))}; name one as `column`"
    )
