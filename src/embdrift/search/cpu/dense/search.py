"""Queries among very many others that float32 cannot tell from their neighbours: screened around centres.

Crowded queries that lie near one another form a group. One pass over the corpus says which columns can matter to a
group at all (see `centred`): mostly the crowd itself. Those are screened by their differences from the group's centre.
What is crowded even so, since the group holds crowds of its own, forms groups again, among the columns that are left;
what the rounding of the defined scores themselves makes a crowd is scored with all columns that are left.
"""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search.cpu.dense.exhaustive import best_in_full
from embdrift.search.cpu.dense.group import Around
from embdrift.search.cpu.dense.reach import reachable
from embdrift.search.cpu.dense.recentered import Centre, Rows, lengths, row_points
from embdrift.search.cpu.prepared import Prepared
from embdrift.types import Array, Floats, Positions, Similarity

# Queries that are grouped together: their squared distances take 16 MiB.
_ROWS = 2048
# Numbers of the queries for which one pass over the corpus is made: 32 MiB of float64.
_NUMBERS = 2**22
_LEAST_GROUP, _MOST_GROUPS = 4, 256
# Rows belong to a group if they are nearer to its first one than this share of its length.
_RADIUS = 2.0**-4
# Another look is worth its time where it can tell scores apart that are nearer by this factor.
_GAIN = 4


@dataclass(frozen=True, eq=False)
class Asked:
    """Queries: their vectors, shape (b, d), norms, and the corpus position that each must not find, or -1."""

    wide: Array
    norms: Floats
    own: Positions

    def take(self, chosen: Positions) -> "Asked":
        """Some of them."""
        return Asked(self.wide[chosen], self.norms[chosen], self.own[chosen])


@dataclass(eq=False)
class Found:
    """What queries found.

    Args:
        lists: candidates of each query, ascending; None where nothing was proven
        surplus: shape (b,), how many more tie with the k-th of a list that does not hold them all
        grouped: bool, shape (b,), which queries lie near others
        scored: shape (b,), pairs that were, or are to be, scored exactly
    """

    lists: list[Positions | None]
    surplus: Positions
    grouped: Array
    scored: Positions

    @classmethod
    def nothing(cls, queries: int) -> "Found":
        """Nothing yet."""
        zeros = np.zeros(queries, np.int64)
        return cls([None] * queries, zeros, np.zeros(queries, np.bool_), zeros.copy())

    def take(self, chosen: Positions) -> "Found":
        """What some of the queries found."""
        lists = [self.lists[row] for row in chosen]
        return Found(lists, self.surplus[chosen], self.grouped[chosen], self.scored[chosen])

    def enter(self, rows: Positions, theirs: "Found") -> None:
        """Put what some of the queries found in its place."""
        for row, mine in zip(rows, theirs.lists, strict=True):
            self.lists[row] = mine
        self.surplus[rows], self.grouped[rows], self.scored[rows] = theirs.surplus, theirs.grouped, theirs.scored


@dataclass(frozen=True, eq=False)
class _Part:
    """Queries that look among some columns.

    Args:
        rows: which queries
        columns: corpus positions, all that can matter to them
        margins: shape (b,), twice the error of the screen that they were crowded in
        radii: shape (b,), how near others must be to form a group with each
    """

    rows: Positions
    columns: Positions
    margins: Floats
    radii: Floats


def search_crowds(prepared: Prepared, asked: Asked) -> Found:
    """The candidates of crowded queries, as far as they lie near one another.

    Args:
        prepared: what is searched
        asked: the queries
    """
    found = Found.nothing(len(asked.own))
    step = max(_ROWS, min(4 * _ROWS, _NUMBERS // asked.wide.shape[1]))
    for begin in range(0, len(asked.own), step):
        rows = np.arange(begin, min(begin + step, len(asked.own)))
        found.enter(rows, _Crowds(prepared, asked.take(rows)).found())
    return found


class _Crowds:
    def __init__(self, prepared: Prepared, asked: Asked) -> None:
        self._prepared, self._asked = prepared, asked
        self._points = row_points(prepared, asked.wide, asked.norms)
        self._everyone = np.flatnonzero(~prepared.skip)
        self._found = Found.nothing(len(asked.own))

    def found(self) -> Found:
        """What the queries find."""
        parts = [self._whole()]
        while parts:
            part = parts.pop()
            groups = self._groups(part)
            around = [self._around(rows) for rows in groups]
            reached = reachable(self._prepared, around, part.columns)
            for rows, (centre, theirs), columns in zip(groups, around, reached, strict=True):
                self._found.grouped[rows] = True
                parts += self._look(rows, Around(self._prepared, centre, theirs, columns), part)
            self._in_full(np.setdiff1d(part.rows, np.concatenate([part.rows[:0], *groups])), part.columns)
        return self._found

    def _whole(self) -> _Part:
        """All queries that have a direction and a bound, with the whole corpus."""
        screen, norms = self._prepared.screen, self._asked.norms
        rows = screen.query_rows(self._asked.wide, norms)
        margins = screen.margins(rows, norms)
        usable = np.isfinite(margins)
        radii = np.full(len(norms), _RADIUS)
        if screen.similarity is Similarity.l2:
            with np.errstate(over="ignore", invalid="ignore"):
                radii = np.maximum(_RADIUS * lengths(rows), np.sqrt(8 * margins))
        else:
            usable &= norms > 0
        chosen = np.flatnonzero(usable)
        return _Part(chosen, self._everyone, margins[chosen], radii[chosen])

    def _groups(self, part: _Part) -> list[Positions]:
        groups: list[Positions] = []
        for begin in range(0, len(part.rows), _ROWS):
            some = slice(begin, begin + _ROWS)
            rows = part.rows[some]
            groups += [rows[members] for members in grouped(self._points[rows], part.radii[some])]
        return groups

    def _around(self, rows: Positions) -> tuple[Centre, Rows]:
        points = self._points[rows]
        centre = Centre(self._prepared, points.mean(axis=0))
        return centre, centre.rows(points, self._asked.norms[rows])

    def _look(self, rows: Positions, around: Around, part: _Part) -> list[_Part]:
        """Settle what can be settled of a group; what is left, where a nearer look may help."""
        places = np.searchsorted(part.rows, rows)
        before = part.margins[places]
        if not np.median(around.margins) * _GAIN < min(float(np.median(before)), around.spread):
            self._in_full(rows, around.positions)
            return []
        lists = around.candidates(self._asked.own[rows])
        for row, mine in zip(rows, lists, strict=True):
            if mine is not None:
                self._found.lists[row] = mine
                self._found.scored[row] = len(mine)
        left = np.array([mine is None for mine in lists])
        margins = around.margins[left]
        # What is nearer than this can hardly be told apart.
        radii = np.minimum(np.sqrt(8 * margins / around.unit), part.radii[places[left]])
        return [_Part(rows[left], around.positions, margins, radii)] if left.any() else []

    def _in_full(self, rows: Positions, columns: Positions) -> None:
        """Score queries with all columns that are left, unless those are most of the corpus."""
        if not len(rows) or 2 * len(columns) > len(self._everyone):
            return
        asked = self._asked.take(rows)
        found = best_in_full(self._prepared, asked.wide, asked.norms, asked.own, columns)
        for row, (mine, beyond) in zip(rows, found, strict=True):
            self._found.lists[row] = mine
            self._found.surplus[row] = beyond
        self._found.scored[rows] = len(columns)


def grouped(points: Floats, radii: Floats) -> list[Positions]:
    """Groups of rows that lie near one another, the largest first; rows with few others near are in none.

    Args:
        points: shape (b, d)
        radii: shape (b,), how near others must be to the row that a group is formed around
    """
    if len(points) < _LEAST_GROUP:
        return []
    first = _around_first(points, radii)
    if 2 * len(first) >= len(points):
        # Mostly one crowd, which needs no comparison of all with all.
        others = np.setdiff1d(np.arange(len(points)), first)
        return [first, *(others[members] for members in grouped(points[others], radii[others]))]
    near = _squared_distances(points) <= radii[:, None] ** 2
    counts = near.sum(axis=1)
    free = np.ones(len(points), np.bool_)
    groups: list[Positions] = []
    while len(groups) < _MOST_GROUPS and counts.max(initial=0) >= _LEAST_GROUP:
        members = np.flatnonzero(near[counts.argmax()] & free)
        groups.append(members)
        free[members] = False
        counts -= near[:, members].sum(axis=1)
    return groups


def _around_first(points: Floats, radii: Floats) -> Positions:
    return np.flatnonzero(lengths(points - points[0]) <= radii[0])


def _squared_distances(points: Floats) -> Array:
    """Squared distances, shape (b, b), as exactly as float32 gives them: groups need not be perfect."""
    short = points - points.mean(axis=0)
    size = lengths(short).max(initial=0.0)
    rows = torch.from_numpy((short / (size or 1.0)).astype(np.float32))
    squares = (rows * rows).sum(dim=1)
    distances = squares[:, None] + squares - 2 * (rows @ rows.T)
    return np.asarray(distances.numpy() * size**2)
