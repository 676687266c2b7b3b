"""Exact search on CPUs that multiply narrow numbers fast: screen in them, score the hits in float64, prove every row.

A row has a threshold on the exact score. Tiles of screened scores are compared with that threshold less the error
bound of the tile, so that whatever reaches the threshold is a hit; hits are scored exactly while their vectors are in
the processor's cache. A row is proven when its k-th best exact score reaches its threshold: then nothing that was not a
hit can be among the best k or tie with them. Thresholds come from pairs that are given, or are guessed from a sample of
the corpus; a row whose guess was too high is searched again with the k-th best score that it has, which must prove it.

Where the corpus searches itself, each pair within a panel of rows is multiplied once and serves both rows.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from embdrift.search.assembly import concatenate
from embdrift.search.certificate import Tally
from embdrift.search.cpu.duplicates import Collapsed, find_copies
from embdrift.search.cpu.engine import TILE_ROWS, Engine
from embdrift.search.cpu.float32_search import search_crowded_rows_cpu
from embdrift.search.cpu.narrow.corpus import LowCorpus
from embdrift.search.cpu.narrow.formats import LowFormat
from embdrift.search.cpu.narrow.self_join import SelfJoin
from embdrift.search.cpu.narrow.thresholds import seeded
from embdrift.search.cpu.narrow.tile import Candidates, row_bytes
from embdrift.search.cpu.narrow.tile_kernels import CROWDED
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import Workers, cut
from embdrift.search.ranking import rank
from embdrift.search.soundness import full_float32
from embdrift.search.task import wide_rows
from embdrift.types import Floats, Neighbors, Positions

STRIP = 8192
"""Queries that are finished before the next begin."""
WORKING_BYTES = 2**30 + 2**28
"""Room for candidates and rounded rows together."""
_LEAST_PANEL = 256
# Crowded rows are searched again in blocks of this size.
_FULL_ROWS = 8192


class LowSearch:
    """One search with a screen in a narrow number format.

    Args:
        prepared: what is searched
        low: the format
        tally: told how rows were proven
        seeds: shape (q, m), likely neighbours of each query, or None
    """

    def __init__(self, prepared: Prepared, low: LowFormat, tally: Tally, seeds: Positions | None = None) -> None:
        self._prepared, self._task, self._low = prepared, prepared.task, low
        self._tally, self._seeds = tally, seeds
        tally.arithmetic = low.name
        self._row_bytes = row_bytes(self._task.k, self._task.position_type)
        self._joins_itself = _joins_itself(prepared)

    def blocks(self, start: int, block_queries: int) -> Iterator[Neighbors]:
        """The neighbours of queries `start` and after, at most so many at a time."""
        copies = find_copies(self._prepared)
        collapsed = copies and Collapsed(self._prepared, copies, self._joins_itself, self._tally)
        if collapsed and collapsed.can_serve():
            strips = collapsed.strips(self._again, self._seeds, start)
        else:
            strips = self.strips(start)
        for strip in strips:
            for begin in range(0, strip.q, block_queries):
                yield strip if strip.q <= block_queries else strip.take(slice(begin, begin + block_queries))

    def strips(self, start: int) -> Iterator[Neighbors]:
        """The neighbours of queries `start` and after, as they are done."""
        candidates = self._row_bytes * (len(self._task.rows) if self._joins_itself else STRIP)
        with Workers() as workers:
            corpus = LowCorpus(self._prepared, self._low.make, WORKING_BYTES - min(candidates, WORKING_BYTES), workers)
            engine = Engine(self._prepared, corpus, workers)
            for strip in self._panels(engine, start) if self._joins_itself else self._rectangles(engine, start):
                self._tally.bound_sum, self._tally.bounds = engine.bounds()
                yield strip

    def _again(self, prepared: Prepared, seeds: Positions | None, start: int) -> Iterator[Neighbors]:
        return LowSearch(prepared, self._low, self._tally, seeds).strips(start)

    def _panels(self, engine: Engine, start: int) -> Iterator[Neighbors]:
        """The corpus against itself, in panels of rows whose candidates fit into memory together.

        Seeds are of no use here: the sample that tells thresholds is part of the search, and scoring seeds is not.
        """
        size, n = max(_LEAST_PANEL, WORKING_BYTES // self._row_bytes), len(self._prepared.skip)
        for begin in range(int(self._task.rows[start]), n, size):
            panel = slice(begin, min(begin + size, n))
            join = SelfJoin(engine, panel)
            for rows in join.finished():
                index = np.searchsorted(self._task.rows, rows.positions)
                yield self._settled(engine, index, join.candidates, rows.slots, np.stack([rows.guess, rows.safe]))

    def _rectangles(self, engine: Engine, start: int) -> Iterator[Neighbors]:
        """Queries against the corpus, a strip of queries at a time."""
        size = min(STRIP, max(_LEAST_PANEL, WORKING_BYTES // self._row_bytes))
        for index in cut(np.arange(start, len(self._task.rows)), size):
            thresholds = self._thresholds(engine, index)
            found = self._searched(engine, index, thresholds[0])
            yield self._settled(engine, index, found, np.arange(len(index)), thresholds)

    def _searched(self, engine: Engine, index: Positions, thresholds: Floats) -> Candidates:
        """What queries find in the whole corpus."""
        found = Candidates.for_rows(thresholds, self._task)
        parts = cut(np.arange(len(index)), TILE_ROWS)
        rows = [(engine.blocks.queries(index[part]), found.part(slice(part[0], part[-1] + 1))) for part in parts]
        engine.through(rows, engine.found)
        return found

    def _thresholds(self, engine: Engine, index: Positions) -> Floats:
        """Exact scores that the k-th neighbour of each query likely reaches, and almost surely, shape (2, b).

        NaN for a query that this screen cannot hold.
        """
        known = np.full(len(index), -np.inf)
        if self._seeds is not None:
            wide = wide_rows(self._task.queries, self._task.rows[index])
            known = seeded(self._prepared, self._seeds, index, wide)
        thresholds = np.stack([known, known])

        def job(part: Positions) -> None:
            _, *thresholds[:, part] = engine.guess(engine.blocks.queries(index[part]))

        unknown = np.flatnonzero(np.isneginf(known))
        if len(unknown):
            engine.workers.run([partial(job, part) for part in cut(unknown, engine.sampled_rows)])
        return thresholds

    def _settled(
        self, engine: Engine, index: Positions, found: Candidates, slots: Positions, thresholds: Floats
    ) -> Neighbors:
        """The neighbours of queries; what is not proven is searched again, what has no room goes back to float32.

        Args:
            engine: what runs the tiles
            index: shape (b,), the queries
            found: candidates, theirs among them
            slots: shape (b,), where theirs are
            thresholds: shape (2, b), likely and safe
        """
        guess, safe = thresholds
        held = found.counts[slots]
        best = found.settled(slots, self._task.k)
        redo = np.flatnonzero(best < guess)
        again = self._redone(engine, index[redo], np.where(np.isneginf(best[redo]), safe[redo], best[redo]))
        failed = again.counts < 0
        proven = np.flatnonzero(~(held < 0) & ~(best < guess))
        parts = [self._ranked(found, slots[proven]), self._ranked(again, np.flatnonzero(~failed))]
        back = np.concatenate([np.flatnonzero(held < 0), redo[failed]])
        parts += [self._crowded(index[rows]) for rows in cut(back, _FULL_ROWS)]
        self._tally.redone += len(redo) - int(failed.sum())
        self._tally.candidates += int(held[proven].sum())
        order = np.argsort(np.concatenate([proven, redo[~failed], back]))
        return parts[0] if len(proven) == len(index) else concatenate(parts).take(order)

    def _redone(self, engine: Engine, index: Positions, thresholds: Floats) -> Candidates:
        """Candidates of queries searched with other thresholds; crowded where these prove nothing either."""
        if not len(index):
            return Candidates.for_rows(thresholds, self._task)
        found = self._searched(engine, index, thresholds)
        held = found.counts.copy()
        best = found.settled(np.arange(len(index)), self._task.k)
        found.counts[~(best >= thresholds)] = CROWDED
        self._tally.candidates += int(held[best >= thresholds].sum())
        return found

    def _ranked(self, found: Candidates, rows: Positions) -> Neighbors:
        self._tally.rows += len(rows)
        return rank(self._task, *found.ordered(rows))

    def _crowded(self, index: Positions) -> Neighbors:
        before = self._tally.scored_in_full
        with full_float32():
            result = search_crowded_rows_cpu(self._prepared, index, self._tally)
        self._tally.redone += len(index) - (self._tally.scored_in_full - before)
        return result


def _joins_itself(prepared: Prepared) -> bool:
    """Whether every item that can be found looks for its neighbours, and leaves out itself."""
    task = prepared.task
    everyone = task.queries is task.corpus and np.array_equal(task.rows, np.flatnonzero(~prepared.skip))
    return everyone and np.array_equal(task.rows, task.own)
