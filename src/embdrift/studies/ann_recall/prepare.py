"""Versions prepared for a sweep: vector files that worker processes map, and exact neighbors as ground truth."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.files import storing, whole_file
from embdrift.index import index_rows
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.study import CheckedSet, QuerySet, Version, search_depth
from embdrift.studies.engine.tables import Tables
from embdrift.types import Array, Neighbors, Positions, Similarity

_PREFIX = "vectors-"


@dataclass(frozen=True, eq=False)
class PreparedVersion:
    """One version, with its items in the order of their ids, so that no index depends on the order of rows in a file.

    Args:
        name: the version's
        similarity: how its vectors are compared
        d: dimension
        ids: shape (n,), ids of the items
        rows: shape (n,), the file row of each item
        vectors: file of the items' vectors (.npy, float32)
        queries: file of the queries' vectors
        own: file of the position that each query must not find, None where queries are no corpus items
        key: hash of everything that an index or its answers can depend on in the vectors
        query_key: the same of the queries
        truth: exact neighbors of the queries; positions are file rows
    """

    name: str
    similarity: Similarity
    d: int
    ids: Array
    rows: Positions
    vectors: Path
    queries: Path
    own: Path | None
    key: str
    query_key: str
    truth: Neighbors

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.rows)

    def file_rows(self, found: Array) -> Positions:
        """Positions in an index as rows of the version's file; -1 stays."""
        return np.where(found < 0, -1, self.rows[found])


@dataclass(frozen=True, eq=False)
class QuerySample:
    """The queries of a study, the same in all versions.

    Args:
        scope: "queries", or "corpus" where items search
        ids: shape (q,), in canonical order
        population: size of the set that items were drawn from; None for queries, which are a sample of all future ones
    """

    scope: QuerySet
    ids: Array
    population: int | None


def choose_queries(versions: tuple[Version, ...], size: int | None, seed: int) -> QuerySample:
    """Choose the queries that all versions have; corpus items where there are no queries.

    Raises:
        InputError: when versions share too few, or only some have queries
    """
    having = [version.queries is not None for version in versions]
    if any(having) != all(having):
        without = next(version.name for version in versions if version.queries is None)
        raise InputError(f"{without} has no queries but another version has: give queries for all or for none")
    scope = QuerySet.queries if all(having) else QuerySet.corpus
    every = [version.searching(scope).ordered_ids for version in versions]
    shared: Array = reduce(_shared, every)
    if len(shared) < 4:
        raise InputError(
            f"the versions share {len(shared)} {'queries' if all(having) else 'items'}, and need at least 4"
        )
    chosen = shared if size is None else shared[sample(shared, size, seed)]
    return QuerySample(scope, chosen, None if scope is QuerySet.queries else len(shared))


def _shared(ids: Array, others: Array) -> Array:
    if ids.dtype.kind != others.dtype.kind:
        ids, others = ids.astype(str), others.astype(str)
    kept: Array = ids[np.isin(ids, others)]
    return kept


def prepare(version: Version, queries: QuerySample, ks: list[int], tables: Tables, folder: Path) -> PreparedVersion:
    """Write a version's vectors in the form that an index takes, and find the exact neighbors of its queries.

    Raises:
        InputError: when k is more than a query can find
        StorageError: when files cannot be written
    """
    corpus, searching = version.corpus, version.searching(queries.scope)
    similarity = corpus.similarity
    ids, rows = corpus.ordered_ids, corpus.ordered_rows
    query_rows = _rows_of(searching, queries.ids)
    found = len(rows) - (queries.scope is QuerySet.corpus)
    if max(ks) > found:
        raise InputError(
            f"k must be between 1 and {found}, the items of {version.name} that a query can find, got {max(ks)}"
        )
    key, vectors = _store(folder, corpus.vectors, rows, similarity)
    query_key, query_file = _store(folder, searching.vectors, query_rows, similarity)
    own = None if queries.scope is QuerySet.queries else _store_own(folder, rows, query_rows)
    exact = tables.of(version, queries.scope, search_depth(max(ks)), rows=query_rows)
    return PreparedVersion(
        name=version.name,
        similarity=similarity,
        d=corpus.d,
        ids=ids,
        rows=rows,
        vectors=vectors,
        queries=query_file,
        own=own,
        key=key,
        query_key=query_key if own is None else f"{query_key}-{own.stem}",
        truth=exact.take(query_rows),
    )


def _rows_of(checked: CheckedSet, wanted: Array) -> Positions:
    """The file row of each wanted id; all of them are there."""
    ids, rows = checked.ordered_ids, checked.ordered_rows
    # Both as text where either is: a cast to the other's width would cut ids short.
    if ids.dtype.kind != wanted.dtype.kind:
        ids, wanted = ids.astype(str), wanted.astype(str)
    row_of = dict(zip(ids.tolist(), rows.tolist(), strict=True))
    return np.array([row_of[name] for name in wanted.tolist()], np.int64)


def _store(folder: Path, vectors: torch.Tensor, rows: Positions, similarity: Similarity) -> tuple[str, Path]:
    """Write rows as a file named after its content; give its name and path."""
    shape = (len(rows), int(vectors.shape[1]))
    digest = hashlib.sha256(f"{similarity.value} {shape}".encode())
    temporary = folder / "partial.npy"
    with whole_file(temporary) as path:
        file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        start = 0
        for block in index_rows(vectors, rows, similarity):
            file[start : start + len(block)] = block
            digest.update(block.data)
            start += len(block)
        file.flush()
        del file
    final = folder / f"{digest.hexdigest()}.npy"
    temporary.replace(final)
    return final.stem, final


def _store_own(folder: Path, rows: Positions, query_rows: Positions) -> Path:
    position = np.full(rows.max() + 1, -1)
    position[rows] = np.arange(len(rows))
    own = position[query_rows]
    path = folder / f"own-{hashlib.sha256(own.tobytes()).hexdigest()[:16]}.npy"
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, own)
    return path


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder of this process, removed at the end; those of processes that were killed are removed first.

    Raises:
        StorageError: when it cannot be made
    """
    for left in parent.glob(f"{_PREFIX}*"):
        if not _is_running(left.name.removeprefix(_PREFIX)):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{_PREFIX}{os.getpid()}"
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_running(number: str) -> bool:
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
