"""Room for the hits of rows that look for neighbours.

One tile of the score matrix: multiplied, compared with thresholds, scored exactly where it counts, and forgotten.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from embdrift.search.cpu.narrow import tile_kernels
from embdrift.search.cpu.narrow.corpus import Block
from embdrift.search.cpu.narrow.rows import Largest
from embdrift.search.cpu.narrow.thresholds import WIDTH, Bar
from embdrift.search.scores import KINDS
from embdrift.search.task import SearchTask
from embdrift.types import Array, Floats, Positions, Similarity

# A row may enter several times as many hits as it wants neighbours; in large corpora, where any other way to its
# neighbours takes longer, as many as this share of all items.
_SCORED_SHARE = 128


@dataclass(frozen=True, eq=False)
class Candidates:
    """The hits of some rows so far, with their exact scores.

    Args:
        counts: shape (b,), hits held; `tile_kernels.CROWDED` where there was no room, or there were too many
        entered: shape (b,), hits so far
        positions: shape (b, capacity)
        scores: shape (b, capacity)
        thresholds: shape (b,), the exact score that a hit must reach to matter
        most: hits that a row may have before it counts as crowded
    """

    counts: Positions
    entered: Positions
    positions: Array
    scores: Floats
    thresholds: Floats
    most: int

    @classmethod
    def for_rows(cls, thresholds: Floats, task: SearchTask) -> "Candidates":
        """Room for rows of a search with these thresholds; NaN for a row that does not look here."""
        shape = (len(thresholds), capacity(task.k))
        most = max(10 * task.k + 256, len(task.corpus) // _SCORED_SHARE)
        counts = np.where(np.isnan(thresholds), tile_kernels.CROWDED, 0).astype(np.int64)
        entered, positions = np.zeros(len(counts), np.int64), np.empty(shape, task.position_type)
        return cls(counts, entered, positions, np.empty(shape), thresholds.copy(), most)

    def part(self, rows: slice) -> "Candidates":
        """The candidates of some rows."""
        return Candidates(
            self.counts[rows],
            self.entered[rows],
            self.positions[rows],
            self.scores[rows],
            self.thresholds[rows],
            self.most,
        )

    @cached_property
    def room(self) -> tile_kernels.Room:
        """The same for compiled loops."""
        return tile_kernels.Room(self.counts, self.entered, self.positions, self.scores, self.thresholds, self.most)

    def let_look(self, rows: Positions, thresholds: Floats) -> None:
        """Give rows that did not look a threshold; NaN where they still do not."""
        self.thresholds[rows] = thresholds
        self.counts[rows] = np.where(np.isnan(thresholds), tile_kernels.CROWDED, 0)

    def wanted(self, rows: Positions) -> Floats:
        """The thresholds of rows; NaN for crowded ones."""
        return np.where(self.counts[rows] < 0, np.nan, self.thresholds[rows])

    def settled(self, rows: Positions, k: int) -> Floats:
        """The k-th best score of rows, which keep nothing worse.

        It is minus infinity where there are fewer, NaN where there was no room.
        """
        result = np.empty(len(rows))
        tile_kernels.settle(k, rows, self.counts, self.positions, self.scores, result)
        return result

    def ordered(self, rows: Positions) -> tuple[Positions, Positions, Floats]:
        """Where each row's candidates begin, shape (b + 1,), and all of them, by row and position, with scores."""
        starts = np.concatenate(([0], np.cumsum(self.counts[rows]))).astype(np.int64)
        positions, scores = np.empty(starts[-1], np.int64), np.empty(starts[-1])
        tile_kernels.by_position(rows, self.counts, self.positions, self.scores, starts, positions, scores)
        return starts, positions, scores


def capacity(k: int) -> int:
    """Candidates that a row has room for."""
    return 2 * k + k // 2 + 32


def row_bytes(k: int, kind: type[np.int32] | type[np.int64]) -> int:
    """Bytes that the candidates of a row take."""
    return capacity(k) * (8 + np.dtype(kind).itemsize)


@dataclass(frozen=True, eq=False)
class Product:
    """The screened scores of a tile.

    Args:
        flat: their bits row by row, then at least thirty-two more numbers
        shape: rows and columns
    """

    flat: Array
    shape: tuple[int, int]


class Tile:
    """The memory that one thread's tiles are made in, and how they are looked through.

    Args:
        similarity: how vectors are compared
        k: neighbours wanted
    """

    def __init__(self, similarity: Similarity, k: int) -> None:
        self._kind, self._k = KINDS[similarity], k
        self._room = torch.empty(0)
        self.bound_sum, self.bounds = 0.0, 0

    def product(self, rows: Block, columns: Block) -> Product:
        """The screened scores of rows with columns; they stay until the next product."""
        shape = (len(rows.at), len(columns.at))
        size = shape[0] * shape[1]
        if len(self._room) < size + WIDTH or self._room.dtype != rows.low.product_type:
            # NumPy asks for huge pages, which make a difference here.
            room = torch.from_numpy(np.zeros((size + WIDTH) * rows.low.product_type.itemsize, np.int8))
            self._room = room.view(rows.low.product_type)
        rows.low.multiply(columns.right, self._room[:size].view(shape))
        return Product(rows.low.bits_of(self._room), shape)

    def look(
        self,
        product: Product,
        rows: tuple[Block, Candidates],
        columns: tuple[Block, Candidates | None],
        *,
        start: int = 0,
        above: bool = False,
    ) -> None:
        """Let rows look through columns, and columns through rows where they have candidates of their own.

        Nobody else may enter candidates of these rows and columns meanwhile.

        Args:
            product: the scores of the rows with these columns, and maybe with others
            rows: the rows, and what they have found
            columns: the columns, and what they have found
            start: which of the product's columns is the first
            above: whether rows and columns are the same, so that each pair counts once
        """
        (left, theirs), (right, found) = rows, columns
        self.bound_sum += len(left.at) * left.low.mean_bound(right.low)
        self.bounds += len(left.at)
        row_bar = left.low.row_bar(_wanted(left, theirs), right.low)
        wanted = np.full(len(right.at), np.nan) if found is None else _wanted(right, found)
        sides = _side(left, row_bar), _side(right, right.low.column_bar(wanted, left.low))
        rooms = theirs.room, (theirs if found is None else found).room
        width = product.shape[1]
        flat = product.flat
        tile_kernels.look(self._kind, self._k, flat, width, start, above, sides[0], rooms[0], sides[1], rooms[1])


def _wanted(block: Block, found: Candidates) -> Floats:
    return found.wanted(block.slots) * block.factors


def _side(block: Block, bar: Bar) -> tile_kernels.Side:
    return tile_kernels.Side(block.vectors, block.at, block.norms, block.positions, block.slots, bar)


def guessed(  # noqa: PLR0917 (the one caller has all of them under the same names)
    product: Product, rows: Block, sample: Block, others: Largest, ranks: Positions, more: Positions
) -> tuple[Floats, Floats]:
    """Exact scores that a row's score of the first rank likely reaches, and of the second surely, each (b,).

    Args:
        product: the rows' scores with a sample
        rows: the rows
        sample: the sample
        others: what those of it that tell about the corpus can do to a product
        ranks: the two ranks
        more: shape (b,), added to each row's ranks
    """
    codes = np.empty((len(rows.at), 2), np.int16)
    never, nowhere = np.full(len(rows.at), np.nan), np.full(len(sample.at), np.nan)
    bars = rows.low.row_bar(never, sample.low), sample.low.column_bar(nowhere, rows.low)
    tile_kernels.rank_codes(product.flat, product.shape[1], *bars, ranks, more, codes)
    values = rows.low.scores_of(codes)
    margin = rows.low.bounds(others)
    return (values[:, 0] + rows.low.guesses_above * margin) / rows.factors, (values[:, 1] - margin) / rows.factors
