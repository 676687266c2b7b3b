"""What the passes of a low-precision search share: blocks, threads, each thread's tile, and a sample of the corpus."""

import threading
from collections.abc import Sequence
from functools import cached_property, partial

import numpy as np

from embdrift.search.block import Block, Blocks
from embdrift.search.candidates import Candidates
from embdrift.search.low_corpus import LowCorpus
from embdrift.search.prepared import Prepared
from embdrift.search.thresholds import sample_of, sample_ranks
from embdrift.search.tile import Product, Tile, guessed
from embdrift.search.workers import Workers
from embdrift.types import Floats, Positions

TILE_ROWS, TILE_COLUMNS = 1024, 2048
"""The most rows and columns of a tile where only rows look."""
SAMPLED = 2**23
"""Scores with the sample that a thread holds at a time, at most."""
_LEAST_ROWS = 64


class Engine:
    """Runs the tiles of one search.

    Args:
        prepared: what is searched
        corpus: the same, rounded
        workers: who does the work
    """

    def __init__(self, prepared: Prepared, corpus: LowCorpus, workers: Workers) -> None:
        self.prepared, self.task, self.workers = prepared, prepared.task, workers
        self.blocks = Blocks(prepared, corpus, 4 * workers.count + 4)
        self.found = np.flatnonzero(~prepared.skip)
        self._own, self._tiles = threading.local(), list[Tile]()

    @property
    def tile(self) -> Tile:
        """The tile of the thread that asks."""
        if not hasattr(self._own, "tile"):
            self._own.tile = Tile(self.task.metric, self.task.k)
            self._tiles.append(self._own.tile)
        tile: Tile = self._own.tile
        return tile

    def bounds(self) -> tuple[float, int]:
        """The sum of all bounds on errors of screened scores, one for each row of each tile, and their number."""
        return sum(tile.bound_sum for tile in self._tiles), sum(tile.bounds for tile in self._tiles)

    @cached_property
    def sample(self) -> Block:
        """Some rows of the corpus, whose scores say much about those of all."""
        return self.blocks.corpus(sample_of(self.found))

    @property
    def sampled_rows(self) -> int:
        """Rows that meet the sample at a time."""
        return max(_LEAST_ROWS, min(TILE_ROWS, SAMPLED // len(self.sample.at)))

    def guess(self, rows: Block, more: Positions | None = None) -> tuple[Product, Floats, Floats]:
        """The scores of rows with the sample, and the exact scores that they say each row's k-th neighbour reaches.

        Args:
            rows: the rows
            more: shape (b,), how many in the sample no row may find; None for none
        Returns:
            the scores, until this thread's next; what is reached likely, shape (b,), and almost surely
        """
        product = self.tile.product(rows, self.sample)
        size = len(self.sample.at)
        ranks = sample_ranks(self.task.k, size, len(self.found))
        beyond = np.zeros(len(rows.at), np.int64) if more is None else more
        return product, *guessed(product, rows, self.sample, ranks, beyond)

    def through(self, rows: Sequence[tuple[Block, Candidates]], positions: Positions) -> None:
        """Let blocks of rows look through corpus positions."""
        locks = [threading.Lock() for _ in rows]

        def job(at: int, columns: Positions) -> None:
            block, found = rows[at]
            key = (int(columns[0]), int(columns[-1]), len(columns))
            seen = self.blocks.once(key, partial(self.blocks.corpus, columns))
            product = self.tile.product(block, seen)
            with locks[at]:
                self.tile.look(product, (block, found), (seen, None))

        parts = cut(positions, TILE_COLUMNS)
        self.workers.run([partial(job, at, parts[column]) for at, column in self.turns(len(rows), len(parts))])

    def turns(self, rows: int, columns: int) -> list[tuple[int, int]]:
        """Every pair of a row and a column; those near in time seldom share either, and come from few columns."""
        together = self.workers.count
        return [
            ((row + column) % rows, column)
            for first in range(0, columns, together)
            for row in range(rows)
            for column in range(first, min(first + together, columns))
        ]


def cut(values: Positions, size: int) -> list[Positions]:
    """Values in parts of at most so many."""
    return [values[start : start + size] for start in range(0, len(values), size)]
