"""Exact search on CPUs that multiply bfloat16 fast: screen in bfloat16, score the hits in float64, prove every row.

A row has a threshold on the exact score. Tiles of screened scores are compared with that threshold less the error
bound of the tile, so that whatever reaches the threshold is a hit; hits are scored exactly while their vectors are in
the processor's cache. A row is proven when its k-th best exact score reaches its threshold: then nothing that was not a
hit can be among the best k or tie with them. Thresholds come from pairs that are given, or are guessed from a sample of
the corpus; a row whose guess was too high is searched again with the k-th best score that it has, which must prove it.

Where the corpus searches itself, each pair within a panel of rows is multiplied once and serves both rows.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from embdrift.search.candidates import Candidates, row_bytes
from embdrift.search.certificate import Tally
from embdrift.search.cpu import search_rows_cpu
from embdrift.search.float32 import full_float32
from embdrift.search.low_corpus import LowCorpus
from embdrift.search.low_rows import LowRows
from embdrift.search.prepared import Prepared
from embdrift.search.ranking import concatenate, rank
from embdrift.search.task import wide_rows
from embdrift.search.thresholds import Sample, seeded
from embdrift.search.tile import Columns, Rows, Tiles
from embdrift.search.tiles import CROWDED
from embdrift.types import Array, Floats, Neighbors, Positions

STRIP = 8192
"""Rows that are finished before the next begin."""
TILE_ROWS, TILE_COLUMNS = 1024, 4096
"""Scores of a tile (8 MiB) stay in the processor's cache."""
WORKING_BYTES = 2**30 + 2**28
"""Room for candidates and rounded rows together."""
_LEAST_PANEL = 256
# Rows that go back to float32 do so in blocks of this size.
_FULL_ROWS = 2048


class Bfloat16Search:
    """One search with a bfloat16 screen.

    Args:
        prepared: what is searched
        tally: told how rows were proven
        seeds: shape (q, m), likely neighbours of each query, or None
    """

    def __init__(self, prepared: Prepared, tally: Tally, seeds: Positions | None = None) -> None:
        self._prepared, self._task = prepared, prepared.task
        self._tally, self._seeds = tally, seeds
        tally.arithmetic = "bfloat16"
        self._row_bytes = row_bytes(self._task.k, self._task.position_type)
        self._joins_itself = _joins_itself(prepared)
        candidates = self._row_bytes * (len(self._task.rows) if self._joins_itself else STRIP)
        self._corpus = LowCorpus(prepared, WORKING_BYTES - min(candidates, WORKING_BYTES))
        self._n = self._corpus.n
        self._tiles = Tiles(self._task.metric, self._task.k, (TILE_ROWS, TILE_COLUMNS))

    def blocks(self, start: int, block_queries: int) -> Iterator[Neighbors]:
        """The neighbours of queries `start` and after, at most so many at a time."""
        strips = self._panels(start) if self._joins_itself else self._rectangles(start)
        for strip in strips:
            for begin in range(0, strip.q, block_queries):
                yield strip if strip.q <= block_queries else strip.take(slice(begin, begin + block_queries))

    def _panels(self, start: int) -> Iterator[Neighbors]:
        """The corpus against itself, in panels of rows whose candidates fit into memory together."""
        size = max(_LEAST_PANEL, WORKING_BYTES // self._row_bytes)
        for panel in _cut(int(self._task.rows[start]), self._n, size):
            yield from self._panel(panel)

    def _panel(self, panel: slice) -> Iterator[Neighbors]:
        guess, safe = self._corpus_thresholds(panel)
        candidates = Candidates.room(guess, self._task.k, self._task.position_type)
        for strip in _cut(panel.start, panel.stop, STRIP):
            self._strip(panel, strip, candidates)
            inside = _within(strip, panel)
            shown = np.flatnonzero(~self._prepared.skip[strip])
            if len(shown):
                found = candidates.part(inside).part(shown)
                yield self._settled(self._queries_of(strip), found, guess[inside][shown], safe[inside][shown])

    def _queries_of(self, strip: slice) -> Positions:
        """The places in the task's rows of the corpus rows in a strip that can be found."""
        begin, end = np.searchsorted(self._task.rows, [strip.start, strip.stop])
        return np.arange(begin, end)

    def _corpus_thresholds(self, panel: slice) -> tuple[Floats, Floats]:
        """Likely and safe thresholds of corpus rows; NaN for rows that nobody may find."""
        guess, safe = np.full((2, panel.stop - panel.start), np.nan)
        for strip in _cut(panel.start, panel.stop, STRIP):
            shown = np.flatnonzero(~self._prepared.skip[strip])
            if len(shown):
                at = shown + strip.start - panel.start
                factors = np.full(len(shown), self._corpus.factor)
                guess[at], safe[at] = self._thresholds(
                    self._queries_of(strip), self._corpus.rows(strip).part(shown), factors
                )
        return guess, safe

    def _strip(self, panel: slice, strip: slice, candidates: Candidates) -> None:
        """A strip against all columns, those of earlier strips of its panel left out: they have met already.

        Pairs within the panel count for both sides.
        """
        prepared = self._prepared
        everyone = np.arange(strip.start, strip.stop)
        rows = Rows(
            low=self._corpus.rows(strip),
            factors=np.full(len(everyone), self._corpus.factor),
            wide=wide_rows(self._task.corpus, strip),
            norms=prepared.corpus_norms[strip],
            own=everyone,
            after=np.full(len(everyone), -1),
            candidates=candidates.part(_within(strip, panel)),
        )
        for block in [*_cut(0, panel.start, TILE_COLUMNS), *_cut(panel.stop, self._n, TILE_COLUMNS)]:
            self._note(self._tiles.meet(rows, self._columns(block)))
        # A row that nobody may find must not be found as a row either: it begins to look after the end.
        upper = replace(rows, after=np.where(prepared.skip[strip], self._n, everyone))
        for block in _cut(strip.start, panel.stop, TILE_COLUMNS):
            self._note(self._tiles.meet(upper, self._columns(block, candidates.part(_within(block, panel)))))

    def _columns(self, block: slice, candidates: Candidates | None = None) -> Columns:
        low = self._corpus.rows(block)
        return Columns(
            start=block.start,
            low=low,
            right=low.right(),
            factor=self._corpus.factor,
            wide=wide_rows(self._task.corpus, block),
            norms=self._prepared.corpus_norms[block],
            skip=self._prepared.skip[block],
            candidates=candidates,
        )

    def _rectangles(self, start: int) -> Iterator[Neighbors]:
        """Queries against the corpus, a strip of queries at a time."""
        size = min(STRIP, max(_LEAST_PANEL, WORKING_BYTES // self._row_bytes))
        for strip in _cut(start, len(self._task.rows), size):
            index = np.arange(strip.start, strip.stop)
            low, factors = self._corpus.queries(index, self._wide(index))
            guess, safe = self._thresholds(index, low, factors)
            yield self._settled(index, self._searched(index, low, factors, guess), guess, safe)

    def _wide(self, index: Positions) -> Array:
        return wide_rows(self._task.queries, self._task.rows[index])

    def _searched(self, index: Positions, low: LowRows, factors: Floats, thresholds: Floats) -> Candidates:
        """What queries find in the whole corpus."""
        candidates = Candidates.room(thresholds, self._task.k, self._task.position_type)
        rows = Rows(
            low=low,
            factors=factors,
            wide=self._wide(index),
            norms=self._prepared.query_norms[index],
            own=self._task.own[index],
            after=np.full(len(index), -1),
            candidates=candidates,
        )
        for block in _cut(0, self._n, TILE_COLUMNS):
            self._note(self._tiles.meet(rows, self._columns(block)))
        return candidates

    @cached_property
    def _sample(self) -> Sample:
        return Sample(self._corpus, self._prepared.skip, self._task.k)

    def _thresholds(self, index: Positions, low: LowRows, factors: Floats) -> tuple[Floats, Floats]:
        """Exact scores that the k-th neighbour of each query likely reaches, and that it reaches almost surely."""
        known = np.full(len(index), -np.inf)
        if self._seeds is not None:
            known = seeded(self._prepared, self._seeds, index, self._wide(index))
        guess, safe = known.copy(), known.copy()
        guess[np.isnan(factors)] = safe[np.isnan(factors)] = np.nan
        unknown = np.flatnonzero(np.isneginf(guess))
        if len(unknown):
            likely, surely = self._sample.guess(low.part(unknown))
            guess[unknown], safe[unknown] = likely / factors[unknown], surely / factors[unknown]
        return guess, safe

    def _settled(self, index: Positions, found: Candidates, guess: Floats, safe: Floats) -> Neighbors:
        """The neighbours of queries; what is not proven is searched again, what has no room goes back to float32."""
        best = found.kth_best(self._task.k)
        redo = np.flatnonzero(best < guess)
        again = self._redone(index[redo], np.where(np.isneginf(best[redo]), safe[redo], best[redo]))
        failed = again.counts < 0
        left = np.flatnonzero(found.counts < 0)
        proven = np.setdiff1d(np.arange(len(index)), np.concatenate([redo, left]))
        parts = [self._ranked(found.part(proven)), self._ranked(again.part(np.flatnonzero(~failed)))]
        back = np.concatenate([left, redo[failed]])
        for rows in np.array_split(back, -(-len(back) // _FULL_ROWS)) if len(back) else []:
            parts.append(self._in_float32(index[rows]))
        self._tally.redone += len(redo) - int(failed.sum())
        order = np.argsort(np.concatenate([proven, redo[~failed], back]))
        return parts[0] if len(proven) == len(index) else concatenate(parts).take(order)

    def _redone(self, index: Positions, thresholds: Floats) -> Candidates:
        """Candidates of queries searched with other thresholds; crowded where these prove nothing either."""
        if not len(index):
            return Candidates.room(thresholds, self._task.k, self._task.position_type)
        low, factors = self._corpus.queries(index, self._wide(index))
        thresholds = np.where(np.isnan(factors), np.nan, thresholds)
        found = self._searched(index, low, factors, thresholds)
        found.counts[~(found.kth_best(self._task.k) >= thresholds)] = CROWDED
        return found

    def _ranked(self, found: Candidates) -> Neighbors:
        self._tally.rows += len(found.counts)
        self._tally.candidates += int(found.counts.sum())
        return rank(self._task, *found.ordered())

    def _in_float32(self, index: Positions) -> Neighbors:
        before = self._tally.scored_in_full
        with full_float32():
            result = search_rows_cpu(self._prepared, index, self._tally)
        self._tally.redone += len(index) - (self._tally.scored_in_full - before)
        return result

    def _note(self, error: Floats) -> None:
        self._tally.bound_sum += float(error.sum())
        self._tally.bounds += len(error)


def _joins_itself(prepared: Prepared) -> bool:
    """Whether every item that can be found looks for its neighbours, and leaves out itself."""
    task = prepared.task
    everyone = task.queries is task.corpus and np.array_equal(task.rows, np.flatnonzero(~prepared.skip))
    return everyone and np.array_equal(task.rows, task.own)


def _cut(start: int, stop: int, size: int) -> list[slice]:
    return [slice(begin, min(begin + size, stop)) for begin in range(start, stop, size)]


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)
