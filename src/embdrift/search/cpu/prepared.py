"""What a search works out once before its first block: norms, the screen, and screen rows where they fit in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from embdrift.search.cpu.float32 import BLOCK, Screen, make_screen, row_norms
from embdrift.search.soundness import require_sound
from embdrift.search.task import SearchTask, wide_rows
from embdrift.types import Array, Floats, Similarity

RESIDENT_BYTES = 2**30
"""Screen rows of a corpus up to this size are kept; those of a larger one are made again for every block of queries."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """One search, ready to run block by block.

    Args:
        task: what is searched
        screen: how its rows are screened
        corpus_norms: shape (n,); 1 for rows that nobody may find
        query_norms: shape (q,)
        skip: bool, shape (n,), True for rows that nobody may find
        resident: float32, shape (n, d), all screen rows of the corpus, or None where they would not fit
    """

    task: SearchTask
    screen: Screen
    corpus_norms: Floats
    query_norms: Floats
    skip: Array
    resident: Array | None

    def columns(self) -> Iterator[tuple[int, Array]]:
        """The corpus's screen rows, block by block, each with the position of its first row."""
        n = len(self.task.corpus)
        for start in range(0, n, BLOCK):
            stop = min(start + BLOCK, n)
            if self.resident is not None:
                yield start, self.resident[start:stop]
            else:
                yield start, _screened(self.task, self.screen, self.corpus_norms, slice(start, stop))


def prepare(task: SearchTask, *, keep_rows: bool = True) -> Prepared:
    """Check the vectors and set up one search.

    Args:
        task: what is searched
        keep_rows: whether float32 screen rows are kept where they fit; without it they are made for every block
    Raises:
        InputError: when a vector holds NaN or infinity, or is zero under cosine and not left out
    """
    skip = task.skip()
    cosine = task.similarity is Similarity.cosine
    norms = row_norms(task.corpus)
    # A row that nobody may find can still search, with its own norm.
    query_norms = norms[task.rows] if task.queries is task.corpus else row_norms(task.queries, task.rows)
    corpus_norms = np.where(skip, 1.0, norms)
    require_sound(corpus_norms, "corpus", needs_direction=cosine, rows=np.arange(len(skip)))
    require_sound(query_norms, "query", needs_direction=cosine, rows=task.rows)
    screen = make_screen(task, corpus_norms)
    n, d = task.corpus.shape
    resident = None
    if keep_rows and n * d * 4 <= RESIDENT_BYTES:
        resident = np.empty((n, d), np.float32)
        for start in range(0, n, BLOCK):
            stop = min(start + BLOCK, n)
            resident[start:stop] = _screened(task, screen, corpus_norms, slice(start, stop))
    return Prepared(task, screen, corpus_norms, query_norms, skip, resident)


def _screened(task: SearchTask, screen: Screen, norms: Floats, part: slice) -> Array:
    wide = wide_rows(task.corpus, part)
    hidden = task.left_out[(task.left_out >= part.start) & (task.left_out < part.stop)]
    if len(hidden):
        # They may hold anything, infinity included, which float32 could not take.
        wide = wide.copy()
        wide[hidden - part.start] = 0
    return screen.corpus_rows(wide, norms[part])
