"""One tile of the score matrix: multiplied, compared with thresholds, scored exactly where it counts, and forgotten."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search import tiles
from embdrift.search.bars import WIDTH, Bar
from embdrift.search.block import Block
from embdrift.search.candidates import Candidates
from embdrift.search.low_rows import Largest
from embdrift.search.scores import KINDS
from embdrift.types import Array, Floats, Positions, Similarity


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
        tiles.look(self._kind, self._k, product.flat, width, start, above, sides[0], rooms[0], sides[1], rooms[1])


def _wanted(block: Block, found: Candidates) -> Floats:
    return found.wanted(block.slots) * block.factors


def _side(block: Block, bar: Bar) -> tiles.Side:
    return tiles.Side(block.vectors, block.at, block.norms, block.positions, block.slots, bar)


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
    tiles.rank_codes(product.flat, product.shape[1], *bars, ranks, more, codes)
    values = rows.low.scores_of(codes)
    margin = rows.low.bounds(others)
    return (values[:, 0] + rows.low.guesses_above * margin) / rows.factors, (values[:, 1] - margin) / rows.factors
