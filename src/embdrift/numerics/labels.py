"""Why each lost neighbor was lost: a tie, explained by rounding, or unexplained."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from embdrift.numerics.pairs import PairScores
from embdrift.types import Array, Floats, Positions


class Label(IntEnum):
    """Why a neighbor was lost.

    * tie: in float64 it scores exactly as much as an item that took its place
    * explained: the codes that should be stored rank it no higher than the list it is missing from, give or take the
      arithmetic's bound for each pair
    * unexplained: they do not, so something other than rounding is at work
    """

    tie = 0
    explained = 1
    unexplained = 2


class Cause(IntEnum):
    """What explains a lost neighbor.

    * none: nothing, or a tie
    * components: the stored codes, rounded as they are multiplied, rank it below the list even when summed exactly
    * sums: they do not, but sums and kept scores are not exact
    """

    none = 0
    components = 1
    sums = 2


@dataclass(frozen=True, eq=False)
class Lost:
    """The neighbors that were lost, one entry each, by query and then by old rank.

    Args:
        queries: shape (m,), rows of the tables compared
        items: shape (m,), corpus positions
        ranks: shape (m,), old ranks, from 0
        labels: shape (m,), values of `Label`
        causes: shape (m,), values of `Cause`
    """

    queries: Positions
    items: Positions
    ranks: Positions
    labels: Array
    causes: Array

    def count(self, label: Label) -> int:
        """How many bear a label."""
        return int((self.labels == label).sum())


Scorer = Callable[[Positions, Positions], PairScores]
"""Scores pairs of a query (row of the tables compared) and a corpus position, both of shape (p,), with bounds."""


def find_lost(old: Array, new: Array) -> tuple[Positions, Positions]:
    """Rows and columns of `old`, shape (q, k), whose item is not in the same row of `new`, shape (q, c)."""
    rows = np.arange(len(old))[:, None]
    span = int(max(old.max(initial=0), new.max(initial=0))) + 1
    missing = ~np.isin(old + rows * span, new + rows * span)
    queries, ranks = np.nonzero(missing)
    return queries, ranks


def label_lost(
    old: Array,
    old_scores: Floats,
    new: Array,
    new_truth: Floats,
    *,
    stored: Scorer,
    first_stage: Array | None = None,
) -> Lost:
    """Label every neighbor that was lost.

    With s(j) the score of the lost item from the codes that should be stored, B(j) the bound of the arithmetic, and l
    any item of the new list: correct arithmetic on correct codes gives s(l) + B(l) >= s(j) - B(j) for every l. Where
    that fails, something else is at work.

    Args:
        old: shape (q, k), the reference's nearest, best first
        old_scores: shape (q, k), their float64 scores
        new: shape (q, k), the candidate's nearest
        new_truth: shape (q, k), the float64 scores of those in the reference
        stored: scores pairs from the codes that should be stored
        first_stage: shape (q, c), the list that the candidate chose before scoring again; None where it did not
    """
    queries, ranks = find_lost(old, new)
    items = old[queries, ranks].astype(np.int64)
    labels = np.full(len(queries), Label.unexplained)
    causes = np.full(len(queries), Cause.none)
    tied = _ties(old_scores, find_lost(new, old), new_truth, queries, ranks)
    labels[tied] = Label.tie
    open_ = np.flatnonzero(~tied)
    lists = new if first_stage is None else first_stage
    explained, storage = _explained(lists, queries[open_], items[open_], stored)
    labels[open_[explained]] = Label.explained
    causes[open_[explained]] = np.where(storage[explained], Cause.components, Cause.sums)
    return Lost(queries, items, ranks, labels, causes)


def _ties(
    old_scores: Floats, came: tuple[Positions, Positions], new_truth: Floats, queries: Positions, ranks: Positions
) -> Array:
    """Of the lost items at the last score of the old list, as many as newcomers score exactly that; the last first."""
    level = old_scores[:, -1]
    rows, places = came
    newcomers = np.bincount(rows[new_truth[rows, places] == level[rows]], minlength=len(level))
    at_level = old_scores[queries, ranks] == level[queries]
    # the n-th such item of its query, counted from the end of the list
    order = np.flatnonzero(at_level)[::-1]
    place = np.zeros(len(queries), np.int64)
    place[order] = _place_within(queries[order])
    return np.asarray(at_level & (place < newcomers[queries]))


def _place_within(groups: Positions) -> Positions:
    """The place of each entry among those of its group; groups lie together."""
    if not len(groups):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def _explained(lists: Array, queries: Positions, items: Positions, stored: Scorer) -> tuple[Array, Array]:
    """Whether each lost item is explained, and whether by what is multiplied alone."""
    concerned, inverse = np.unique(queries, return_inverse=True)
    if not len(concerned):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
    listed = lists[concerned].astype(np.int64)
    present = stored(np.repeat(concerned, listed.shape[1]), listed.ravel())
    least = (present.scores + present.bounds).reshape(listed.shape).min(axis=1)
    weakest = present.scores.reshape(listed.shape).min(axis=1)
    gone = stored(queries, items)
    # an item that the first stage did choose was dropped for another reason
    chosen = (listed[inverse] == items[:, None]).any(axis=1)
    explained = (gone.scores - gone.bounds <= least[inverse]) & ~chosen
    return np.asarray(explained), np.asarray(gone.scores <= weakest[inverse])
