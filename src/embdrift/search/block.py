"""Rows of a search as its tiles take them: rounded to be multiplied, and exact to be scored."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from embdrift.search.low_corpus import LowCorpus
from embdrift.search.low_rows import LowRows
from embdrift.search.prepared import Prepared
from embdrift.search.task import wide_rows
from embdrift.types import Array, Floats, Positions


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

    def __init__(self, prepared: Prepared, corpus: LowCorpus, kept: int) -> None:
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
