"""From files or arrays to checked versions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from embdrift.api.checking import chosen
from embdrift.data import ZeroVectors, inspect_vectors, read, require_usable
from embdrift.data.vectors import query_part
from embdrift.errors import InputError
from embdrift.progress import Progress, Silent
from embdrift.studies import CheckedSet, Version
from embdrift.types import Array, EmbeddingSet, Similarity

Source = EmbeddingSet | torch.Tensor | Array | Path | str
"""Vectors that have been read, plain vectors of shape (n, d) whose ids are row numbers, or the file that holds them."""


def check_set(
    vectors: EmbeddingSet, *, zero_vectors: ZeroVectors = ZeroVectors.error, progress: Progress | None = None
) -> CheckedSet:
    """Look at every vector once and make sure that they can be searched.

    Raises:
        InputError: for NaN or infinite values, and for zero vectors under cosine unless they are to be left out
    """
    chosen(Similarity, f"the similarity of {vectors.label}", vectors.similarity)
    report = inspect_vectors(vectors, progress=progress or Silent())
    return CheckedSet.of(vectors, report, require_usable(vectors, report, zero_vectors=zero_vectors))


def load_version(
    corpus: Source,
    queries: Source | None = None,
    *,
    name: str | None = None,
    similarity: Similarity = Similarity.cosine,
    zero_vectors: ZeroVectors = ZeroVectors.error,
    progress: Progress | None = None,
) -> Version:
    """Read and check one version.

    Args:
        corpus: its corpus vectors, or the file that holds them
        queries: its query vectors, where queries are compared too
        name: what to call it; the file's or set's own name where None
        similarity: how its vectors are compared; vectors that have been read already keep their own
        zero_vectors: what to do about vectors without a direction
        progress: told of rows looked at
    Raises:
        InputError: when a file cannot be read or its vectors cannot be searched
    """
    sets = [_as_set(corpus, name, similarity, zero_vectors)]
    if queries is not None:
        sets.append(_as_set(queries, name, similarity, zero_vectors, column=_query_part(corpus, queries)))
    checked = [check_set(one, zero_vectors=zero_vectors, progress=progress) for one in sets]
    return Version(checked[0], checked[1] if len(checked) > 1 else None)


def _query_part(corpus: Source, queries: Source) -> str | None:
    if isinstance(corpus, Path | str) and isinstance(queries, Path | str):
        return query_part(corpus, queries)
    return None


def _as_set(
    source: Source, name: str | None, similarity: Similarity, zero_vectors: ZeroVectors, *, column: str | None = None
) -> EmbeddingSet:
    if isinstance(source, EmbeddingSet):
        return source if name is None else replace(source, name=name)
    if isinstance(source, Path | str):
        return read(source, name=name, similarity=similarity, zero_vectors=zero_vectors, column=column)
    vectors = _tensor(source)
    return EmbeddingSet(name or "reference", vectors, np.arange(len(vectors)), has_ids=False, similarity=similarity)


def _tensor(source: object) -> torch.Tensor:
    if isinstance(source, torch.Tensor):
        tensor = source.detach().cpu()
    elif isinstance(source, np.ndarray) and source.dtype.kind in "fiu":
        tensor = torch.from_numpy(np.ascontiguousarray(source))
    else:
        kind = f"an array of {source.dtype}" if isinstance(source, np.ndarray) else type(source).__name__
        raise InputError(f"vectors must be a file, an array or tensor of numbers, or what `read` gives, got {kind}")
    if tensor.ndim != 2 or not tensor.numel():
        raise InputError(f"vectors must have shape (n, d) with at least one value, got {tuple(tensor.shape)}")
    return tensor
