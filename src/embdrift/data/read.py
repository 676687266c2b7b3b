"""From a file to a set of vectors that the rest of embdrift works with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embdrift.data.contents import FileContents
from embdrift.data.id_files import ids_beside, read_ids
from embdrift.data.ids import require_unique
from embdrift.data.normalize import unit_rows
from embdrift.data.opening import reading
from embdrift.data.readers import read_contents
from embdrift.errors import InputError
from embdrift.settings import ZeroVectors
from embdrift.types import Array, EmbeddingSet, Similarity


def read(
    path: Path | str,
    *,
    name: str | None = None,
    ids: Path | str | None = None,
    similarity: Similarity = Similarity.cosine,
    normalize: bool = False,
    truncate: int | None = None,
    column: str | None = None,
    zero_vectors: ZeroVectors = ZeroVectors.error,
) -> EmbeddingSet:
    """Read one version of vectors, memory-mapped where its format allows it.

    Args:
        path: the file; its suffix says which format it has
        name: what the version is called; the file's name without its suffix where none is given
        ids: a file of ids (.txt, .json, .csv, .parquet); else the ids in the file, else those in a file
            `<stem>.ids.json`, `.ids.txt` or `.ids.csv` beside it, else row numbers
        similarity: how these vectors are compared
        normalize: give every vector length 1, in float32 (float64 stays float64)
        truncate: keep the first so many dimensions (Matryoshka), before normalising
        column: the array, column or dataset to read, where the file holds several
        zero_vectors: what `normalize` does about a vector of zeros: refuse it, or keep it as it is

    Raises:
        InputError: when the file cannot be read, ids repeat or do not fit, or an option is out of range
        StorageError: when normalised vectors need room on a disk that has none
    """
    contents = read_contents(path, column=column)
    found = find_ids(Path(path).expanduser(), contents, ids)
    vectors = _truncated(contents.vectors, truncate, path)
    card = dict(read_card(path))
    if truncate is not None:
        card["truncate"] = truncate
    if normalize:
        card["normalize"] = True
        vectors = unit_rows(vectors, str(path), keep_zeros=zero_vectors is ZeroVectors.leave_out)
    return EmbeddingSet(
        name=name if name is not None else Path(path).stem,
        vectors=vectors,
        ids=found.ids,
        has_ids=bool(found.source),
        similarity=similarity,
        card=card,
        source=str(path),
    )


@dataclass(frozen=True, eq=False)
class FoundIds:
    """Ids of shape (n,) and where they came from; an empty source means row numbers."""

    ids: Array
    source: str


def find_ids(path: Path, contents: FileContents, given: Path | str | None = None) -> FoundIds:
    """The ids of a file's vectors: those in the file named, else those inside, else those beside, else row numbers.

    Raises:
        InputError: when ids cannot be read, are not as many as the vectors, or repeat
    """
    n = int(contents.vectors.shape[0])
    source: Path | str | None = given if given is not None else (None if contents.ids is not None else ids_beside(path))
    if source is not None:
        ids = read_ids(source)
    elif contents.ids is not None:
        ids, source = contents.ids, path
    else:
        return FoundIds(np.arange(n, dtype=np.int64), "")
    if len(ids) != n:
        headless = str(source).endswith(".csv") and len(ids) == n - 1
        hint = "does it lack a line with the column's name?" if headless else "give the file of ids that belongs to it"
        raise InputError(f"{path} holds {n:,} vectors and {source} {len(ids):,} ids; {hint}")
    require_unique(ids, str(source))
    return FoundIds(ids, str(source))


def read_card(path: Path | str) -> Mapping[str, Any]:
    """How the vectors were made, from `<stem>.card.json` beside their file; empty where there is none.

    Raises:
        InputError: when that file is no JSON object
    """
    vectors = Path(path).expanduser()
    beside = vectors.with_name(f"{vectors.stem}.card.json")
    if not beside.exists():
        return {}
    with reading(beside, "a version card"):
        card = json.loads(beside.read_bytes())
    if not isinstance(card, dict):
        raise InputError(f"{beside} must hold a JSON object, got {type(card).__name__}")
    return card


def _truncated(vectors: torch.Tensor, dimensions: int | None, path: Path | str) -> torch.Tensor:
    if dimensions is None:
        return vectors
    d = int(vectors.shape[1])
    if not 1 <= dimensions <= d:
        raise InputError(f"{path}: truncate must be between 1 and the dimension {d}, got {dimensions}")
    return vectors[:, :dimensions]
