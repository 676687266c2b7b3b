"""One tile of the score matrix: multiplied, compared with thresholds, scored exactly where it counts, and forgotten."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search import tiles
from embdrift.search.candidates import Candidates
from embdrift.search.low_rows import LowRows, bounds, codes_below
from embdrift.types import Array, Floats, Metric, Positions

_KINDS = {Metric.inner_product: tiles.INNER_PRODUCT, Metric.cosine: tiles.COSINE, Metric.l2: tiles.L2}


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that look for neighbours.

    Args:
        low: the rows in bfloat16
        factors: shape (b,), what a product stands for, for each unit of exact score
        wide: shape (b, d), the exact rows
        norms: shape (b,)
        own: shape (b,), corpus position that each must not find, or -1
        after: shape (b,), corpus position after which each begins to look
        candidates: what each has found
    """

    low: LowRows
    factors: Floats
    wide: Array
    norms: Floats
    own: Positions
    after: Positions
    candidates: Candidates

    def part(self, rows: slice) -> "Rows":
        """Some of the rows."""
        low, candidates = self.low.part(rows), self.candidates.part(rows)
        return Rows(
            low, self.factors[rows], self.wide[rows], self.norms[rows], self.own[rows], self.after[rows], candidates
        )


@dataclass(frozen=True, eq=False)
class Columns:
    """A block of the corpus that is looked through.

    Args:
        start: corpus position of the first
        low: the block in bfloat16
        right: the block as a right factor, shape (b, c)
        factor: what a product of two corpus rows stands for, for each unit of exact score
        wide: shape (b, d), the exact rows
        norms: shape (b,)
        skip: bool, shape (b,), positions that nobody may find
        candidates: what each has found, where it looks too; None where only rows look
    """

    start: int
    low: LowRows
    right: torch.Tensor
    factor: float
    wide: Array
    norms: Floats
    skip: Array
    candidates: Candidates | None

    def after(self, count: int) -> "Columns":
        """The columns without so many of the first."""
        rest = slice(count, None)
        candidates = None if self.candidates is None else self.candidates.part(rest)
        figures = (self.wide[rest], self.norms[rest], self.skip[rest])
        low, right = self.low.part(rest), self.right[rest]
        return Columns(self.start + count, low, right, self.factor, *figures, candidates)


class Tiles:
    """Runs tiles of one search and keeps the memory that they work in.

    Args:
        metric: how vectors are compared
        k: neighbours wanted
        shape: the most rows and columns of a tile
    """

    def __init__(self, metric: Metric, k: int, shape: tuple[int, int]) -> None:
        self._kind, self._k, self._height = _KINDS[metric], k, shape[0]
        self._products = torch.empty(shape[0] * shape[1], dtype=torch.bfloat16)
        self._counts = np.empty(shape[0], np.int64)
        self._hits = np.empty(shape, np.int16)
        self._scores = np.empty(64 * shape[0])

    def meet(self, rows: Rows, columns: Columns) -> Floats:
        """Let rows look through columns, and columns through rows where they look too; gives the rows' bounds."""
        error = bounds(rows.low, columns.low.largest())
        codes = codes_below(rows.candidates.wanted() * rows.factors - error)
        for begin in range(0, len(codes), self._height):
            part = slice(begin, begin + self._height)
            self._tile(rows.part(part), columns, codes[part])
        return error

    def _tile(self, rows: Rows, columns: Columns, row_codes: Array) -> None:
        # Tiles on the diagonal begin where their first row begins to look.
        columns = columns.after(min(len(columns.wide), max(0, int(rows.after.min()) + 1 - columns.start)))
        b, width = len(row_codes), len(columns.wide)
        first = np.clip(rows.after + 1 - columns.start, 0, width)
        column_codes = self._column_codes(rows, columns)
        nobody = (row_codes == tiles.NEVER).all() and (column_codes == tiles.NEVER).all()
        if nobody or not width or first.min() == width:
            return
        products = self._products[: b * width].view(b, width)
        torch.mm(rows.low.values, columns.right.T, out=products)
        codes = products.view(torch.int16).numpy()
        counts, hits = self._counts[:b], self._hits[:b]
        own = np.where(rows.own >= columns.start, rows.own - columns.start, -1)
        tiles.find_hits(codes, row_codes, column_codes, first, own, columns.skip, counts, hits)
        starts = np.concatenate(([0], np.cumsum(counts)))
        if starts[-1] > len(self._scores):
            self._scores = np.empty(2 * starts[-1])
        tiles.score_hits(
            self._kind, rows.wide, columns.wide, rows.norms, columns.norms, counts, starts, hits, self._scores
        )
        self._enter(rows.candidates, codes, row_codes, columns.start, starts)
        if columns.candidates is not None:
            self._enter_columns(columns.candidates, codes, column_codes, rows.own, starts)

    def _column_codes(self, rows: Rows, columns: Columns) -> Array:
        if columns.candidates is None:
            return np.full(len(columns.wide), tiles.NEVER)
        return codes_below(columns.candidates.wanted() * columns.factor - bounds(columns.low, rows.low.largest()))

    def _enter(self, found: Candidates, codes: Array, wanted: Array, start: int, starts: Positions) -> None:
        hits = (self._counts[: len(codes)], starts, self._hits, self._scores)
        room = (found.counts, found.positions, found.scores, found.thresholds)
        tiles.enter_rows(self._k, codes, wanted, start, *hits, *room)

    def _enter_columns(self, found: Candidates, codes: Array, wanted: Array, own: Positions, starts: Positions) -> None:
        hits = (self._counts[: len(codes)], starts, self._hits, self._scores)
        room = (found.counts, found.positions, found.scores, found.thresholds)
        tiles.enter_columns(self._k, codes, wanted, own, *hits, *room)
