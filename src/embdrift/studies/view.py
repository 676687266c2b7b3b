"""One version's neighbours in a numbering of items that all versions share."""

from dataclasses import dataclass

import numpy as np

from embdrift.search.ranking import concatenate
from embdrift.studies.inputs import Version
from embdrift.studies.tables import Searched, Tables
from embdrift.types import Array, Neighbors, Positions, cut

BLOCK = 4096


@dataclass(frozen=True, eq=False)
class View:
    """Neighbours of chosen rows, with items numbered alike in every version and items of number -1 filtered away.

    Args:
        searched: the version's table
        rows: shape (q,), the rows to look at, in the order that versions share
        numbering: shape (n,), the shared number of each corpus row, -1 for items to filter away
        depth: neighbours shown per row
        redone: rows that run short of neighbours when filtered, searched again without the filtered items
    """

    searched: Searched
    rows: Positions
    numbering: Positions
    depth: int
    redone: Searched | None = None

    def block(self, part: slice | Positions) -> Neighbors:
        """The neighbours of some of the rows."""
        rows = self.rows[part]
        if self.redone is None or not len(self.redone.rows):
            return _numbered(self.searched.take(rows), self.numbering, self.depth)
        again = np.isin(rows, self.redone.rows)
        pieces = [
            _numbered(self.searched.take(rows[~again]), self.numbering, self.depth),
            _numbered(self.redone.take(rows[again]), self.numbering, self.depth),
        ]
        order = np.concatenate((np.flatnonzero(~again), np.flatnonzero(again)))
        return concatenate(pieces).take(np.argsort(order))


def make_view(
    tables: Tables, version: Version, scope: str, *, searched: Searched, rows: Positions, numbering: Positions, depth: int
) -> View:
    """See a version's table through a numbering; rows that run short are searched again.

    Args:
        tables: where to search again
        version: whose table
        scope: "corpus" or "queries"
        searched: its table, over at least `rows`
        rows: the rows to look at, in shared order
        numbering: shape (n,), shared numbers, -1 for items to filter away
        depth: neighbours shown per row
    """
    plain = View(searched, rows, numbering, depth)
    away = np.flatnonzero(numbering < 0)
    away = away[~np.isin(away, version.corpus.left_out)]
    if not len(away):
        return plain
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    short = [block[runs_short(searched.take(block), numbering, depth)] for block in blocks]
    again = np.concatenate([np.empty(0, np.int64), *short])
    if not len(again):
        return plain
    return View(searched, rows, numbering, depth, tables.of(version, scope, depth, rows=again, without=away))


def runs_short(part: Neighbors, numbering: Positions, depth: int) -> Array:
    """Whether a row lists too few neighbours, or does not list its ties, once items of number -1 are filtered away."""
    reached = np.cumsum(numbering[part.positions] >= 0, axis=1) >= depth
    unlisted = part.tied_beyond > np.diff(part.tie_starts)
    level = np.take_along_axis(part.scores, np.argmax(reached, axis=1)[:, None], axis=1)[:, 0]
    return np.asarray(~reached[:, -1] | (unlisted & (level == part.scores[:, -1])))


def _numbered(part: Neighbors, numbering: Positions, depth: int) -> Neighbors:
    positions, ties = numbering[part.positions], numbering[part.tie_positions]
    if (positions >= 0).all() and (ties >= 0).all():
        renumbered = Neighbors(positions, part.scores, part.tied_beyond, part.tie_starts, ties, part.n_corpus)
        return renumbered.shallower(min(depth, part.depth))
    return _filtered(part, positions, ties, depth)


def _filtered(part: Neighbors, positions: Positions, ties: Positions, depth: int) -> Neighbors:
    keep = positions >= 0
    order = np.argsort(~keep, axis=1, kind="stable")
    kept = np.take_along_axis(keep, order, axis=1)
    scores = np.where(kept, np.take_along_axis(part.scores, order, axis=1), -np.inf)
    row_of_tie = np.repeat(np.arange(part.q), np.diff(part.tie_starts))
    counts = np.bincount(row_of_tie[ties >= 0], minlength=part.q)
    shown = Neighbors(
        positions=np.take_along_axis(positions, order, axis=1),
        scores=scores,
        tied_beyond=counts,
        tie_starts=np.concatenate(([0], np.cumsum(counts))),
        tie_positions=ties[ties >= 0],
        n_corpus=part.n_corpus,
    )
    return cut(shown, depth, last_scores=part.scores[:, -1])
