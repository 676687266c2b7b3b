"""From files or arrays to checked versions."""

from dataclasses import replace
from pathlib import Path

from embdrift.data import ZeroVectors, inspect_vectors, read, require_usable
from embdrift.progress import Progress, Silent
from embdrift.studies import CheckedSet, Version
from embdrift.types import EmbeddingSet, Metric

Source = EmbeddingSet | Path | str


def check_set(
    vectors: EmbeddingSet, *, zero_vectors: ZeroVectors = ZeroVectors.error, progress: Progress | None = None
) -> CheckedSet:
    """Look at every vector once and make sure that they can be searched.

    Raises:
        InputError: for NaN or infinite values, and for zero vectors under cosine unless they are to be left out
    """
    report = inspect_vectors(vectors, progress=progress or Silent())
    return CheckedSet(vectors, report, require_usable(vectors, report, zero_vectors=zero_vectors))


def load_version(
    corpus: Source,
    queries: Source | None = None,
    *,
    name: str | None = None,
    metric: Metric = Metric.cosine,
    zero_vectors: ZeroVectors = ZeroVectors.error,
    progress: Progress | None = None,
) -> Version:
    """Read and check one version.

    Args:
        corpus: its corpus vectors, or the file that holds them
        queries: its query vectors, where queries are compared too
        name: what to call it; the file's or set's own name where None
        metric: how its vectors are compared; vectors that have been read already keep their own
        zero_vectors: what to do about vectors without a direction
        progress: told of rows looked at
    Raises:
        InputError: when a file cannot be read or its vectors cannot be searched
    """
    sets = [_as_set(source, name, metric, zero_vectors) for source in (corpus, queries) if source is not None]
    checked = [check_set(one, zero_vectors=zero_vectors, progress=progress) for one in sets]
    return Version(checked[0], checked[1] if len(checked) > 1 else None)


def _as_set(source: Source, name: str | None, metric: Metric, zero_vectors: ZeroVectors) -> EmbeddingSet:
    if isinstance(source, EmbeddingSet):
        return source if name is None else replace(source, name=name)
    return read(source, name=name, metric=metric, zero_vectors=zero_vectors)
