"""Rows of a search as its tiles take them: rounded to be multiplied, and exact to be scored.

The corpus and the queries of one search as rounded rows: kept where there is room, else made again when needed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch

from embdrift.search.cpu.narrow.rows import NORM, LowRows, MakeRows
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.cpu.workers import Workers
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Positions, Similarity


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of the corpus or of the queries.

    Args:
        low: the rows as they are multiplied
        factors: shape (b,), what a product stands for, for each unit of exact score; NaN for a row that has none
        vectors: shape (m, d), exact
        at: shape (b,), which of them each row is
        norms: shape (b,)
        positions: shape (b,), the corpus position that each is, or must not find; -1 for none
        slots: shape (b,), the place of each among the candidates of its side
    """

    low: LowRows
    factors: Floats
    vectors: Array
    at: Positions
    norms: Floats
    positions: Positions
    slots: Positions

    @cached_property
    def right(self) -> torch.Tensor:
        """The rows as right factors, shape (b, c)."""
        return self.low.right()


class Blocks:
    """Makes blocks of one search, and keeps those made last.

    Args:
        prepared: what is searched
        corpus: the same in bfloat16
        kept: blocks of the corpus kept
    """

    def __init__(self, prepared: Prepared, corpus: "LowCorpus", kept: int) -> None:
        self._prepared, self._task, self._low = prepared, prepared.task, corpus
        self._plain = self._task.corpus.dtype in (torch.float32, torch.float64) and self._task.corpus.is_contiguous()
        self._kept: OrderedDict[object, Block] = OrderedDict()
        self._room, self._lock = kept, threading.Lock()

    def corpus(self, positions: Positions, first_slot: int = 0) -> Block:
        """Rows of the corpus; the slot of each is its position less the first one."""
        chosen = _slice_of(positions)
        vectors = self._task.corpus.numpy() if self._plain else wide_rows(self._task.corpus, chosen)
        return Block(
            low=self._low.rows(chosen),
            factors=np.full(len(positions), self._low.factor),
            vectors=vectors,
            at=positions if self._plain else np.arange(len(positions)),
            norms=self._prepared.corpus_norms[positions],
            positions=positions,
            slots=positions - first_slot,
        )

    def queries(self, index: Positions) -> Block:
        """Queries of the task; the slot of each is its place here."""
        wide = wide_rows(self._task.queries, self._task.rows[index])
        low, factors = self._low.queries(index, wide)
        every = np.arange(len(index))
        return Block(low, factors, wide, every, self._prepared.query_norms[index], self._task.own[index], every)

    def once(self, key: object, make: Callable[[], Block]) -> Block:
        """A block by its key, made only if it is not among those kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        block = make()
        with self._lock:
            self._kept[key] = block
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return block


def _slice_of(positions: Positions) -> slice | Positions:
    """The same as a slice where they follow each other, which copies nothing; they may come in any order."""
    if len(positions) and (np.diff(positions) == 1).all():
        return slice(int(positions[0]), int(positions[-1]) + 1)
    return positions


# Rows rounded at a time.
_STEP = 4096
# Norms and scales beyond these leave no room for products in float32 and float64: such rows are screened otherwise.
_SMALLEST, _LARGEST = 2.0**-400, 2.0**400
_LONGEST_QUERY = 2.0**30


class LowCorpus:
    """What is searched, rounded.

    Args:
        prepared: what is searched
        make: rounds rows
        resident_bytes: room for rounded rows
        workers: who rounds them; None for nobody but the caller
    """

    def __init__(self, prepared: Prepared, make: MakeRows, resident_bytes: int, workers: Workers | None = None) -> None:
        self._prepared, self._make = prepared, make
        self._task = prepared.task
        self.n = len(prepared.skip)
        self._resident = self.n * rounded(prepared, make, slice(0, 1)).values.nbytes <= resident_bytes
        parts: list[LowRows | None] = [None] * -(-self.n // _STEP)

        def round_part(at: int) -> None:
            part = rounded(prepared, make, slice(at * _STEP, min((at + 1) * _STEP, self.n)))
            parts[at] = part if self._resident else part.without_values()

        jobs = [partial(round_part, at) for at in range(len(parts))]
        if workers is None:
            for job in jobs:
                job()
        else:
            workers.run(jobs)
        first, *others = [part for part in parts if part is not None]
        self._rows = first.joined(others)

    @property
    def norms(self) -> Floats:
        """The length of each row that is rounded, shape (n,)."""
        return np.asarray(self._rows.figures[NORM])

    @property
    def factor(self) -> float:
        """What a product of two corpus rows is for each unit of exact score."""
        scale = self._prepared.screen.scale
        return {Similarity.cosine: 1.0, Similarity.inner_product: scale**2, Similarity.l2: scale**2 / 2}[
            self._task.similarity
        ]

    def rows(self, chosen: slice | Positions) -> LowRows:
        """Some rows of the corpus; hidden ones are zero."""
        return self._rows.part(chosen) if self._resident else rounded(self._prepared, self._make, chosen)

    def queries(self, index: Positions, wide: Array) -> tuple[LowRows, Floats]:
        """Queries `index` of the task, and each one's factor: NaN for a query that this screen cannot hold."""
        norms = self._prepared.query_norms[index]
        scale, centre = self._prepared.screen.scale, self._prepared.screen.centre
        similarity = self._task.similarity
        sound = (norms > _SMALLEST) & (norms < _LARGEST)
        if similarity is Similarity.l2:
            sound = norms * scale < _LONGEST_QUERY
            multiply, factors = np.full(len(index), scale), np.full(len(index), self.factor)
        else:
            multiply = 1 / np.where(sound, norms, 1.0)
            factors = np.ones(len(index)) if similarity is Similarity.cosine else scale * multiply
        return self._make(wide, multiply, centre, ~sound, similarity), np.where(sound, factors, np.nan)


def rounded(prepared: Prepared, make: MakeRows, chosen: slice | Positions) -> LowRows:
    """Some rows of the corpus, rounded; hidden ones are zero."""
    norms, similarity = prepared.corpus_norms[chosen], prepared.task.similarity
    factors = 1 / norms if similarity is Similarity.cosine else np.full(len(norms), prepared.screen.scale)
    wide = wide_rows(prepared.task.corpus, chosen)
    return make(wide, factors, prepared.screen.centre, prepared.skip[chosen], similarity)


def fits_low_precision(prepared: Prepared) -> bool:
    """Whether the sizes of the corpus's numbers leave room for this screen."""
    return _SMALLEST < prepared.screen.scale < _LARGEST
