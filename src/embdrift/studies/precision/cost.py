"""Cost and repeatability of a cell: bytes per vector, queries per second on this device, equal answers twice."""

import time
from dataclasses import dataclass

import numpy as np

from embdrift.numerics import Listed, PrecisionCell, RescoreWith, bytes_per_vector
from embdrift.studies.precision.cells import CellSearch
from embdrift.types import Array, Positions

SINGLE_QUERIES = 8
"""Queries searched one at a time, to see whether the number of queries in a batch changes a score."""


@dataclass(frozen=True)
class Speed:
    """Search time of a cell on this machine: products and selection, without storing and decoding.

    Args:
        queries: queries in each repeat
        seconds: of each repeat, after one that warmed up
    """

    queries: int
    seconds: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Queries a second, by the median repeat."""
        return self.queries / float(np.median(self.seconds))


@dataclass(frozen=True)
class Repeatability:
    """The repeatability of a search.

    Args:
        queries: queries that were searched again
        same: share of them whose neighbors and scores were the same to the last bit in every repeat
        single_queries: queries that were searched one at a time
        single_scores: share of their listed scores that were the same to the last bit as in a batch
        single_neighbors: share of them with the same neighbors in the same order
        single_difference: largest difference of a score
    """

    queries: int
    same: float
    single_queries: int
    single_scores: float
    single_neighbors: float
    single_difference: float


def repeat(search: CellSearch, *, queries: int, repeats: int) -> tuple[Speed, Repeatability]:
    """Search some rows several times, for time and for sameness.

    Args:
        search: the cell on its scope
        queries: rows to search
        repeats: how often, besides the first
    """
    rows = np.sort(search.scope.rows)[:queries]
    k = search.scope.k
    first = search.run(rows, k)
    seconds, same = [], np.ones(len(rows), np.bool_)
    for _ in range(repeats):
        start = time.perf_counter()
        again = search.run(rows, k)
        seconds.append(time.perf_counter() - start)
        same &= _same(first, again)
    return Speed(len(rows), tuple(seconds)), _single(search, rows, first, same)


def _same(first: Listed, again: Listed) -> Array:
    a, b = first.neighbors, again.neighbors
    return np.asarray(((a.positions == b.positions) & (a.scores == b.scores)).all(axis=1))


def _single(search: CellSearch, rows: Positions, batch: Listed, same: Array) -> Repeatability:
    some = rows[:SINGLE_QUERIES]
    listed = batch.neighbors.take(slice(0, len(some)))
    alone = search.run(some, listed.depth, wanted=listed.positions.astype(np.int64), block_queries=1)
    equal = alone.looked_up == listed.scores
    # equal scores do not differ, infinite ones neither
    with np.errstate(invalid="ignore"):
        differences = np.where(equal, 0.0, np.abs(alone.looked_up - listed.scores))
    return Repeatability(
        queries=len(rows),
        same=float(same.mean()),
        single_queries=len(some),
        single_scores=float(equal.mean()),
        single_neighbors=float((alone.neighbors.positions == listed.positions).all(axis=1).mean()),
        single_difference=float(differences.max()),
    )


def stored_bytes(cell: PrecisionCell, d: int, original_bytes: int) -> tuple[int, int]:
    """Bytes per vector of what is searched, and of all that must be kept: the originals too, where they score again.

    Args:
        cell: the cell
        d: dimension
        original_bytes: bytes of one component of the originals
    """
    searched = bytes_per_vector(cell.storage, d)
    originals = cell.rescore is not None and cell.rescore_with is RescoreWith.original
    return searched, searched + (d * original_bytes if originals else 0)
