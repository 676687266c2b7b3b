"""What the passes of a low-precision search share: blocks, threads, each thread's tile, and a sample of the corpus."""

import threading
from collections.abc import Sequence
from functools import cached_property, partial

import numpy as np

from embdrift.search.cpu.narrow.corpus import Block, Blocks, LowCorpus
from embdrift.search.cpu.narrow.rows import Largest
from embdrift.search.cpu.narrow.thresholds import sample_of, sample_ranks
from embdrift.search.cpu.narrow.tile import Candidates, Product, Tile, guessed
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import Workers, cut
from embdrift.types import Array, Floats, Positions, Similarity

TILE_ROWS, TILE_COLUMNS = 1024, 2048
"""The most rows and columns of a tile where only rows look."""
SAMPLED = 2**23
"""Scores with the sample that a thread holds at a time, at most."""
LONG, MOST_LONG = 4, 64
"""Rows are long from so many times the median length on, and at most so many."""
_LEAST_ROWS = 64


class Engine:
    """Runs the tiles of one search.

    Args:
        prepared: what is searched
        corpus: the same, rounded
        workers: who does the work
    """

    def __init__(self, prepared: Prepared, corpus: LowCorpus, workers: Workers) -> None:
        self.prepared, self.task, self.workers, self.corpus = prepared, prepared.task, workers, corpus
        self.blocks = Blocks(prepared, corpus, 4 * workers.count + 4)
        self.found = np.flatnonzero(~prepared.skip)
        self._own, self._tiles = threading.local(), list[Tile]()

    @property
    def tile(self) -> Tile:
        """The tile of the thread that asks."""
        if not hasattr(self._own, "tile"):
            self._own.tile = Tile(self.task.similarity, self.task.k)
            self._tiles.append(self._own.tile)
        tile: Tile = self._own.tile
        return tile

    def bounds(self) -> tuple[float, int]:
        """The sum of all bounds on errors of screened scores, one for each row of each tile, and their number."""
        return sum(tile.bound_sum for tile in self._tiles), sum(tile.bounds for tile in self._tiles)

    @cached_property
    def long(self) -> Positions:
        """The rows so much longer than others that they would spoil the bound of every block that they are in."""
        norms = self.corpus.norms[self.found]
        if self.task.similarity is Similarity.cosine or len(norms) <= 2 * MOST_LONG:
            return self.found[:0]
        limit = max(LONG * np.median(norms), np.partition(norms, -MOST_LONG)[-MOST_LONG])
        return np.asarray(self.found[norms > limit])

    @cached_property
    def _is_long(self) -> Array:
        marks = np.zeros(self.corpus.n, np.bool_)
        marks[self.long] = True
        return marks

    @cached_property
    def sample(self) -> Block:
        """Some rows of the corpus, whose scores say much about those of all, ascending, and then the long ones."""
        chosen = np.setdiff1d(sample_of(self.found), self.long)
        return self.blocks.corpus(np.concatenate([chosen, self.long]))

    @cached_property
    def _usual(self) -> Largest:
        """What the rows of the sample that tell about the corpus can do to a product."""
        return self.sample.low.part(slice(0, len(self.sample.at) - len(self.long))).largest

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
        ranks = sample_ranks(self.task.k, len(self.sample.at), len(self.found))
        # Long rows may be better than all others, and say nothing about them.
        beyond = np.full(len(rows.at), len(self.long), np.int64)
        if more is not None:
            beyond += more
        return product, *guessed(product, rows, self.sample, self._usual, ranks, beyond)

    def through(self, rows: Sequence[tuple[Block, Candidates]], positions: Positions) -> None:
        """Let blocks of rows look through corpus positions."""
        locks = [threading.Lock() for _ in rows]

        def job(at: int, columns: Positions) -> None:
            block, found = rows[at]
            # Ends and length alone would not do: what lies between differs from panel to panel.
            seen = self.blocks.once(columns.tobytes(), partial(self.blocks.corpus, columns))
            product = self.tile.product(block, seen)
            with locks[at]:
                self.tile.look(product, (block, found), (seen, None))

        apart = self._is_long[positions]
        parts = [part for some in (positions[~apart], positions[apart]) for part in cut(some, TILE_COLUMNS)]
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
