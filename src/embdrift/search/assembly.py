"""One neighbor table from the tables of consecutive queries."""

from collections.abc import Iterator

import numpy as np

from embdrift.progress import Progress
from embdrift.search.task import SearchTask
from embdrift.types import Neighbors


def concatenate(parts: list[Neighbors]) -> Neighbors:
    """The tables of consecutive queries as one table; at least one part."""
    counts = np.concatenate([np.diff(part.tie_starts) for part in parts])
    return Neighbors(
        positions=np.concatenate([part.positions for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        tied_beyond=np.concatenate([part.tied_beyond for part in parts]),
        tie_starts=np.concatenate(([0], np.cumsum(counts))),
        tie_positions=np.concatenate([part.tie_positions for part in parts]),
        n_corpus=parts[0].n_corpus,
    )


def collected(task: SearchTask, parts: Iterator[Neighbors], progress: Progress) -> Neighbors:
    """The neighbours of all queries of a task.

    Each part is copied to its place as it comes: a GPU goes on meanwhile, and no table is held twice.

    Args:
        task: what is searched
        parts: the tables of its queries, in order, from the first on
        progress: told of the pairs of a query and a corpus item that are done
    """
    q = len(task.rows)
    positions, scores = np.empty((q, task.k), task.position_type), np.empty((q, task.k))
    tied, listed = np.empty(q, np.int64), np.empty(q, np.int64)
    ties, begin = [np.empty(0, task.position_type)], 0
    for part in parts:
        rows = slice(begin, begin + part.q)
        positions[rows], scores[rows] = part.positions, part.scores
        tied[rows], listed[rows] = part.tied_beyond, np.diff(part.tie_starts)
        ties.append(part.tie_positions)
        begin += part.q
        progress.advance(part.q * len(task.corpus))
    starts = np.concatenate(([0], np.cumsum(listed)))
    return Neighbors(positions, scores, tied, starts, np.concatenate(ties), task.n_corpus)
