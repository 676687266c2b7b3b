"""The corpus against itself: each pair of a panel of rows is multiplied once and serves both rows."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from embdrift.search.cpu.engine import Engine
from embdrift.search.cpu.narrow.corpus import Block
from embdrift.search.cpu.narrow.tile import Candidates
from embdrift.search.cpu.workers import Running, cut
from embdrift.types import Floats, Positions

TILE = 2048
"""Rows and columns of a tile: its scores take 8 or 16 MiB."""
STRIP_BLOCKS = 4
"""Blocks of rows that are finished before the next begin, at least."""


@dataclass(frozen=True, eq=False)
class Finished:
    """Rows whose candidates are complete.

    Args:
        positions: shape (b,), corpus positions, ascending
        slots: shape (b,), their places in the candidates
        guess: shape (b,), the thresholds that they began with
        safe: shape (b,), thresholds that they reach almost surely
    """

    positions: Positions
    slots: Positions
    guess: Floats
    safe: Floats


@dataclass(frozen=True, eq=False)
class _SamplePart:
    start: int
    block: Block
    looks: bool
    lock: threading.Lock


class SelfJoin:
    """One panel: consecutive rows of the corpus whose candidates fit into memory together.

    Args:
        engine: what runs the tiles
        panel: the rows
    """

    def __init__(self, engine: Engine, panel: slice) -> None:
        self._engine, self._panel = engine, panel
        self._guess, self._safe = np.full((2, panel.stop - panel.start), np.nan)
        self.candidates = Candidates.for_rows(self._guess, engine.task)
        sampled = engine.sample.positions
        rest = np.setdiff1d(engine.found, sampled)
        inside, self._sampled = _within(rest, panel), _within(np.sort(sampled), panel)
        self._blocks = cut(inside, TILE)
        self._locks = [threading.Lock() for _ in self._blocks]
        self._outside = np.setdiff1d(rest, inside)

    def finished(self) -> Iterator[Finished]:
        """Rows in order, as they are done."""
        self._meet_sample()
        height, count = max(STRIP_BLOCKS, 2 * self._engine.workers.count), len(self._blocks)
        begin, running = self._panel.start, self._meet_each_other(0, min(height, count))
        for first in range(0, max(1, count), height):
            stop = first + height
            end = int(self._blocks[stop][0]) if stop < count else self._panel.stop
            running.wait()
            rows = _within(self._engine.found, slice(begin, end))
            begin = end
            if len(self._outside):
                self._engine.through([(self._block(part), self.candidates) for part in cut(rows, TILE)], self._outside)
            # Rows that are done meet nobody any more: the next ones go on while these are ranked.
            running = self._meet_each_other(min(stop, count), min(stop + height, count))
            slots = rows - self._panel.start
            if len(rows):
                yield Finished(rows, slots, self._guess[slots], self._safe[slots])

    def _block(self, positions: Positions) -> Block:
        key = (int(positions[0]), int(positions[-1]), len(positions), self._panel.start)
        return self._engine.blocks.once(key, partial(self._engine.blocks.corpus, positions, self._panel.start))

    def _meet_sample(self) -> None:
        """Every row meets the sample, which tells its threshold; sampled rows first, as afterwards they look too."""
        height, parts = self._engine.sampled_rows, self._sample_parts()
        for rows, themselves in (
            (self._sampled, True),
            (np.concatenate([np.empty(0, np.int64), *self._blocks]), False),
        ):
            jobs = [
                partial(self._meet_parts, part, parts[at % len(parts) :] + parts[: at % len(parts)], themselves)
                for at, part in enumerate(cut(rows, height))
            ]
            self._engine.workers.run(jobs)

    def _sample_parts(self) -> list[_SamplePart]:
        positions = self._engine.sample.positions
        usual = len(positions) - len(self._engine.long)
        parts: list[_SamplePart] = []
        for first, some in ((0, positions[:usual]), (usual, positions[usual:])):
            low, high = np.searchsorted(some, [self._panel.start, self._panel.stop])
            bounds = sorted({0, *range(0, len(some), TILE), int(low), int(high), len(some)})
            parts += [
                _SamplePart(
                    first + begin,
                    self._engine.blocks.corpus(some[begin:end], self._panel.start),
                    bool(low <= begin < high),
                    threading.Lock(),
                )
                for begin, end in pairwise(bounds)
            ]
        return parts

    def _meet_parts(self, positions: Positions, parts: list[_SamplePart], themselves: bool) -> None:
        rows = self._engine.blocks.corpus(positions, self._panel.start)
        product, likely, surely = self._engine.guess(rows, np.full(len(positions), int(themselves)))
        self._guess[rows.slots], self._safe[rows.slots] = likely, surely
        self.candidates.let_look(rows.slots, likely)
        for part in parts:
            # Sampled rows meet each other twice, once from each side.
            found = self.candidates if part.looks and not themselves else None
            with part.lock if found is not None else nullcontext():
                self._engine.tile.look(product, (rows, self.candidates), (part.block, found), start=part.start)

    def _meet_each_other(self, first: int, stop: int) -> Running:
        """Some blocks of rows meet themselves and all later ones; the pairs serve both sides."""
        turns = self._engine.turns(stop - first, len(self._blocks) - first)
        jobs = [partial(self._meet, first + row, first + column) for row, column in turns if column >= row]
        return self._engine.workers.start(jobs)

    def _meet(self, row: int, column: int) -> None:
        rows, columns = self._block(self._blocks[row]), self._block(self._blocks[column])
        product = self._engine.tile.product(rows, columns)
        with ExitStack() as held:
            # Always in one order, or two threads could wait for each other.
            for at in sorted({row, column}):
                held.enter_context(self._locks[at])
            left, right = (rows, self.candidates), (columns, self.candidates)
            self._engine.tile.look(product, left, right, above=row == column)


def _within(positions: Positions, part: slice) -> Positions:
    return positions[slice(*np.searchsorted(positions, [part.start, part.stop]))]
