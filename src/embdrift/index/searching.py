"""Searching an index: positions, scores, time and work."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from embdrift.index.building import Built
from embdrift.index.kind import Build, Point
from embdrift.types import Array, Positions, Similarity

Result = TypeVar("Result")

_CANDIDATES = ("ef_search", "efSearch", "itopk_size")
"""Settings that count the items kept while searching; faiss keeps as many as it returns, whatever they say."""

PATIENCE_SECONDS = 1.0
"""A search is repeated for its timing until it has taken so long in all, but once at least."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What an index found, best first.

    Args:
        positions: shape (q, k), int64, -1 where it found fewer
        scores: shape (q, k), float32, higher is closer; minus infinity beside -1
    """

    positions: Positions
    scores: Array


@dataclass(frozen=True)
class Rate:
    """Queries per second over repeated searches: the median, the slowest and the fastest."""

    median: float
    slowest: float
    fastest: float
    repeats: int


def search(
    built: Built,
    queries: Array,
    k: int,
    *,
    similarity: Similarity,
    point: Point | None = None,
    own: Positions | None = None,
) -> Answers:
    """The nearest k of each query, as the index sees them.

    Args:
        built: an index that is filled
        queries: float32, shape (q, d)
        k: neighbors per query
        similarity: how vectors are compared
        point: search settings; those last set where None
        own: shape (q,), the position that each query must not find, or None
    """
    if point is not None:
        set_point(built, point)
    return answers_of(*raw_search(built, queries, k + (own is not None), point), k, similarity=similarity, own=own)


def set_point(built: Built, point: Point) -> None:
    """Set the search parameters of an index."""
    built.kind.set_point(built.index, point, on_gpu=built.gpu is not None)


def raw_search(built: Built, queries: Array, depth: int, point: Point | None) -> tuple[Array, Array]:
    """What faiss answers, distances and positions, and nothing besides: the part that is timed."""
    parameters = built.kind.search_parameters(point) if point else None
    if parameters is None:
        found: tuple[Array, Array] = built.index.search(queries, depth)
        return found
    found = built.index.search(queries, depth, params=parameters)
    return found


def answers_of(distances: Array, positions: Array, k: int, *, similarity: Similarity, own: Positions | None) -> Answers:
    """What faiss answered as scores, without the queries themselves."""
    # faiss alone says how far; everything else in embdrift says how close.
    scores = -distances if similarity is Similarity.l2 else distances
    scores = np.where(positions < 0, np.float32(-np.inf), scores)
    if own is not None:
        order = np.argsort(positions == own[:, None], axis=1, kind="stable")[:, :k]
        positions, scores = np.take_along_axis(positions, order, 1), np.take_along_axis(scores, order, 1)
    return Answers(positions, scores)


def out_of_range(build: Build, point: Point, depth: int) -> str:
    """Why a search setting cannot be searched, or says nothing new; empty where it is sound.

    Args:
        build: the index
        point: the setting
        depth: neighbors searched, the query itself counted where it is in the corpus
    """
    for name, value in point.items():
        if value < 1:
            return f"{name} of {build.name} must be at least 1, got {value}"
        if name == "nprobe" and value > build.lists > 0:
            return f"nprobe must be between 1 and the {build.lists} lists of {build.name}, got {value}"
        if name in _CANDIDATES and value < depth:
            return f"{name} of {build.name} must be at least the {depth} items that a search returns, got {value}"
    return ""


def timed(work: Callable[[], Result], queries: int, repeats: int) -> tuple[Result, Rate]:
    """Do the same work again and again; its result, and queries per second.

    Args:
        work: searches once; call it warm
        queries: queries that it searches
        repeats: how often at most; once at least
    """
    rates: list[float] = []
    begun = time.perf_counter()
    while True:
        started = time.perf_counter()
        result = work()
        rates.append(queries / max(time.perf_counter() - started, 1e-9))
        if len(rates) >= repeats or time.perf_counter() - begun >= PATIENCE_SECONDS:
            return result, Rate(float(np.median(rates)), min(rates), max(rates), len(rates))


def one_by_one(built: Built, queries: Array, depth: int, point: Point) -> None:
    """Search queries one at a time."""
    for row in range(len(queries)):
        raw_search(built, queries[row : row + 1], depth, point)
