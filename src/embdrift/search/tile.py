"""One tile of the score matrix: multiplied, compared with thresholds, scored exactly where it counts, and forgotten."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search import tiles
from embdrift.search.bits import WIDTH
from embdrift.search.block import Block
from embdrift.search.candidates import Candidates
from embdrift.search.low_rows import Largest, bounds, codes_below, values_of
from embdrift.types import Array, Floats, Metric, Positions

_KINDS = {Metric.inner_product: tiles.INNER_PRODUCT, Metric.cosine: tiles.COSINE, Metric.l2: tiles.L2}


@dataclass(frozen=True, eq=False)
class Product:
    """The screened scores of a tile.

    Args:
        flat: int16, their bits row by row, then at least thirty-two more numbers
        shape: rows and columns
    """

    flat: Array
    shape: tuple[int, int]

    @property
    def codes(self) -> Array:
        """The bits, shape (b, c)."""
        return self.flat[: self.shape[0] * self.shape[1]].reshape(self.shape)


class Tile:
    """The memory that one thread's tiles are made in, and how they are looked through.

    Args:
        metric: how vectors are compared
        k: neighbours wanted
    """

    def __init__(self, metric: Metric, k: int) -> None:
        self._kind, self._k = _KINDS[metric], k
        self._room = torch.empty(0, dtype=torch.bfloat16)
        self.bound_sum, self.bounds = 0.0, 0

    def product(self, rows: Block, columns: Block) -> Product:
        """The screened scores of rows with columns; they stay until the next product."""
        shape = (len(rows.at), len(columns.at))
        size = shape[0] * shape[1]
        if len(self._room) < size + WIDTH:
            self._room = torch.zeros(size + WIDTH, dtype=torch.bfloat16)
        torch.mm(rows.low.values, columns.right.T, out=self._room[:size].view(shape))
        return Product(self._room.view(torch.int16).numpy(), shape)

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
        block, found = columns
        error = bounds(rows[0].low, block.largest)
        self.bound_sum += float(error.sum())
        self.bounds += len(error)
        left = _side(rows[0], rows[1], error)
        right = _side(block, found, None if found is None else bounds(block.low, rows[0].largest))
        rooms = rows[1].room, (rows[1] if found is None else found).room
        width = product.shape[1]
        tiles.look(self._kind, self._k, product.flat, width, start, above, left, rooms[0], right, rooms[1])


def _side(block: Block, found: Candidates | None, error: Floats | None) -> tiles.Side:
    codes = np.full(-(-len(block.at) // WIDTH) * WIDTH, tiles.NEVER)
    if found is not None and error is not None:
        codes[: len(block.at)] = codes_below(found.wanted(block.slots) * block.factors - error)
    return tiles.Side(block.vectors, block.at, block.norms, block.positions, block.slots, codes)


def guessed(product: Product, rows: Block, others: Largest, ranks: Positions, more: Positions) -> tuple[Floats, Floats]:
    """Exact scores that a row's score of the first rank likely reaches, and of the second surely, each (b,).

    Args:
        product: the rows' scores with a sample
        rows: the rows
        others: what the sample can do to a product
        ranks: the two ranks
        more: shape (b,), added to each row's ranks
    """
    codes = np.empty((len(rows.at), 2), np.int16)
    tiles.rank_codes(product.flat, product.shape[1], ranks, more, codes)
    values = values_of(codes.ravel()).reshape(-1, 2)
    margin = bounds(rows.low, others)
    return (values[:, 0] + margin / 2) / rows.factors, (values[:, 1] - margin) / rows.factors
