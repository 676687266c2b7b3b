"""Neighbor lists that another library returned, as a checked `Neighbors` table."""

from typing import Any

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Array, Floats, Neighbors, Positions


def neighbors_from_arrays(indices: Any, *, scores: Any, distances: Any, n_corpus: int, own: Any, ids: Any) -> Neighbors:
    """See `Neighbors.from_arrays`."""
    positions = _positions(indices, n_corpus)
    closeness = _closeness(scores, distances, positions.shape)
    _require_padding_at_the_end(positions)
    closeness[positions < 0] = -np.inf
    _require_order(positions, closeness, "distances" if scores is None else "scores")
    positions, closeness = _in_order(positions, closeness)
    _require_distinct(positions)
    if own is not None and own is not False:
        positions, closeness = _without_own(positions, closeness, _own_positions(own, len(positions), n_corpus))
        n_corpus -= 1
    q = len(positions)
    return Neighbors(
        positions=positions,
        scores=closeness,
        tied_beyond=np.zeros(q, np.int64),
        tie_starts=np.zeros(q + 1, np.int64),
        tie_positions=np.empty(0, np.int64),
        n_corpus=n_corpus,
        ties_known=False,
        item_ids=None if ids is None else _item_ids(ids, n_corpus + int(own is not None and own is not False)),
    )


def _plain(values: Any) -> Array:
    """A NumPy array of an array, a list of lists, or a tensor on any device."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _positions(indices: Any, n_corpus: int) -> Positions:
    found = _plain(indices)
    if found.ndim != 2 or found.dtype.kind not in "iu":
        raise InputError(
            f"indices must be whole numbers of shape (queries, k), got {found.dtype} of shape {found.shape};"
            " for one query, pass a list that holds its list"
        )
    if not found.shape[1]:
        raise InputError("indices must list at least one neighbor per query, got none")
    positions = found.astype(np.int64)
    outside = (positions < -1) | (positions >= n_corpus)
    if outside.any():
        row = int(np.flatnonzero(outside.any(axis=1))[0])
        raise InputError(
            f"indices must be between 0 and {n_corpus - 1} for a corpus of {n_corpus}, or -1 for no neighbor, got"
            f" {positions[row][outside[row]][0]} for query {row}"
        )
    return positions


def _closeness(scores: Any, distances: Any, shape: tuple[int, ...]) -> Floats:
    """Scores, or distances turned round: higher is closer."""
    if (scores is None) == (distances is None):
        given = "neither" if scores is None else "both"
        raise InputError(f"pass exactly one of scores (higher is closer) and distances (lower is closer), got {given}")
    name, values = ("distances", distances) if scores is None else ("scores", scores)
    found = _plain(values).astype(np.float64)
    if found.shape != shape:
        raise InputError(f"{name} must have the shape of indices, {shape}, got {found.shape}")
    return 0.0 - found if scores is None else found


def _require_padding_at_the_end(positions: Positions) -> None:
    wrong = ((positions[:, :-1] < 0) & (positions[:, 1:] >= 0)).any(axis=1)
    if wrong.any():
        raise InputError(f"-1 must stand after a query's last neighbor, got one before it for query {wrong.argmax()}")


def _require_order(positions: Positions, closeness: Floats, name: str) -> None:
    unknown = np.isnan(closeness).any(axis=1)
    if unknown.any():
        raise InputError(f"{name} must be numbers, got NaN for query {unknown.argmax()}")
    wrong = (closeness[:, 1:] > closeness[:, :-1]).any(axis=1)
    if wrong.any():
        order, other = ("ascending", "scores") if name == "distances" else ("descending", "distances")
        raise InputError(
            f"{name} must be {order} within a row, best first, got another order for query {wrong.argmax()};"
            f" sort each row, or pass them as {other} if they are"
        )


def _in_order(positions: Positions, closeness: Floats) -> tuple[Positions, Floats]:
    """Equal scores by position, as every table of embdrift has them."""
    order = np.lexsort((np.where(positions < 0, np.iinfo(np.int64).max, positions), -closeness), axis=1)
    return np.take_along_axis(positions, order, 1), np.take_along_axis(closeness, order, 1)


def _require_distinct(positions: Positions) -> None:
    ascending = np.sort(positions, axis=1)
    twice = ((ascending[:, 1:] == ascending[:, :-1]) & (ascending[:, 1:] >= 0)).any(axis=1)
    if twice.any():
        raise InputError(f"a query must list each item once, got an item twice for query {twice.argmax()}")


def _own_positions(own: Any, q: int, n_corpus: int) -> Positions:
    if own is True:
        if q > n_corpus:
            raise InputError(f"own=True takes query i for item i, got {q} queries and {n_corpus} items")
        return np.arange(q, dtype=np.int64)
    found = _plain(own)
    if found.shape != (q,) or found.dtype.kind not in "iu":
        raise InputError(f"own must be True or {q} corpus positions, one per query, got {found.dtype} {found.shape}")
    return found.astype(np.int64)


def _without_own(positions: Positions, closeness: Floats, own: Positions) -> tuple[Positions, Floats]:
    if positions.shape[1] == 1:
        raise InputError("indices must list at least two neighbors per query where `own` removes one, got one")
    is_own = positions == own[:, np.newaxis]
    drop = np.where(is_own.any(axis=1), is_own.argmax(axis=1), positions.shape[1] - 1)
    keep = np.arange(positions.shape[1]) != drop[:, np.newaxis]
    narrower = (len(positions), positions.shape[1] - 1)
    return positions[keep].reshape(narrower), closeness[keep].reshape(narrower)


def _item_ids(ids: Any, n: int) -> Array:
    found = _plain(ids)
    if found.shape != (n,):
        raise InputError(f"ids must hold one id for each of the {n} corpus items, got shape {found.shape}")
    return found
