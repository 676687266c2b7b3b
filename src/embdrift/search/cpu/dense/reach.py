"""Which columns can matter to groups of rows at all: one pass over the corpus for all groups together."""

import numpy as np

from embdrift.search.cpu.dense.recentered import UNIT64, Centre, Rows, lengths
from embdrift.search.cpu.float32 import BLOCK
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import cut, rows_at_once
from embdrift.search.task import wide_rows
from embdrift.types import Floats, Positions, Similarity


class _Reach:
    """The columns of one group so far.

    Args:
        wanted: a column is out if so many are surely better
    """

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._lowest = np.empty(0)
        self._positions: list[Positions] = []
        self._highest: list[Floats] = []

    def add(self, positions: Positions, lowest: Floats, highest: Floats) -> None:
        """Look at more columns, with the least and the most that any row of the group may score with them."""
        self._lowest = best(np.concatenate([self._lowest, lowest]), self._wanted)
        kept = highest >= self._level
        self._positions.append(positions[kept])
        self._highest.append(highest[kept])

    @property
    def _level(self) -> float:
        return float(self._lowest.min()) if len(self._lowest) == self._wanted else -np.inf

    def columns(self) -> Positions:
        """The positions that can matter, ascending."""
        return np.concatenate(self._positions)[np.concatenate(self._highest) >= self._level]


def best(scores: Floats, count: int) -> Floats:
    """The largest of some scores, so many of them, in any order."""
    return scores if len(scores) <= count else np.partition(scores, len(scores) - count)[len(scores) - count :]


def reachable(prepared: Prepared, groups: list[tuple[Centre, Rows]], columns: Positions) -> list[Positions]:
    """For each group, which of some columns can be among the best k of a row of it, or tie with the last of them.

    Args:
        prepared: what is searched
        groups: centres, and the rows around them
        columns: corpus positions that can be found, ascending
    """
    reaches = [_Reach(prepared.task.k + 1) for _ in groups]
    if not groups:
        return []
    screen = prepared.screen
    centres = np.stack([centre.point for centre, _ in groups])
    if screen.similarity is Similarity.l2:
        centres = centres - screen.centre
    for part in cut(columns, rows_at_once(centres.shape[1], BLOCK)):
        points = screen.corpus_rows(wide_rows(prepared.task.corpus, part), prepared.corpus_norms[part], np.float64)
        sizes, products = lengths(points), centres @ points.T
        for reach, centre, (_, rows), dots in zip(reaches, centres, groups, products, strict=True):
            reach.add(part, *_range(screen.similarity, sizes, dots, centre, rows))
    return [reach.columns() for reach in reaches]


def _range(similarity: Similarity, sizes: Floats, dots: Floats, centre: Floats, rows: Rows) -> tuple[Floats, Floats]:
    """The least and the most that any of some rows may score with each column, as g of `centred`, shape (m,)."""
    own, longest = float(np.sqrt(centre @ centre)), float(rows.lengths.max())
    unit = 8 * (len(centre) + 8) * UNIT64
    if similarity is Similarity.inner_product:
        squares, error = sizes**2 - (dots / own) ** 2, unit * sizes**2
        bias, wrong = dots, unit * sizes * own
    else:
        squares, error = sizes**2 + own**2 - 2 * dots, unit * (sizes + own + longest) ** 2
        bias, wrong = -squares / 2, error
    reach = longest * np.sqrt(np.maximum(squares, 0.0) + error) * (1 + unit) + wrong + 2 * float(rows.lost.max())
    return bias - reach, bias + reach
