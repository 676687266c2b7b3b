"""Neighbor tables, a block of rows at a time, so that tables on disk never have to fit in memory."""

from collections.abc import Iterator

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.kernels import Rows
from embdrift.types import Neighbors

BLOCK_ENTRIES = 1 << 20
"""Listed neighbors per block and table: 16 MiB of positions and scores."""


def row_slices(q: int, width: int) -> Iterator[slice]:
    """Cut q rows of `width` entries into slices of at most `BLOCK_ENTRIES` entries, but at least one row."""
    step = max(1, BLOCK_ENTRIES // max(width, 1))
    for start in range(0, q, step):
        yield slice(start, min(start + step, q))


REFERENCE, CANDIDATE = 0, 1


def rows_of(neighbors: Neighbors, block: slice, role: int = REFERENCE) -> Rows:
    """Read one block of rows into memory, in the types that the kernels take.

    Where a row has no further neighbor it gets placeholders: negative positions that no other rank and no other role
    has, with scores that tie with nothing. So they count as neighbors that nobody else found.
    """
    part = neighbors.take(block)
    positions, scores = part.positions.astype(np.int64), part.scores.astype(np.float64)
    rows, ranks = np.nonzero((positions == -1) & np.isneginf(scores))
    positions[rows, ranks] = -1 - 2 * ranks - role
    scores[rows, ranks] = np.nan
    return Rows(
        positions=np.ascontiguousarray(positions),
        scores=np.ascontiguousarray(scores),
        beyond=np.ascontiguousarray(part.tied_beyond, dtype=np.int64),
        starts=np.ascontiguousarray(part.tie_starts, dtype=np.int64),
        extra=np.ascontiguousarray(part.tie_positions, dtype=np.int64),
    )


def paired_blocks(reference: Neighbors, candidate: Neighbors) -> Iterator[tuple[slice, Rows, Rows]]:
    """The same rows of both tables, block by block."""
    for block in row_slices(reference.q, max(reference.depth, candidate.depth)):
        yield block, rows_of(reference, block, REFERENCE), rows_of(candidate, block, CANDIDATE)


def check_depth(k: int, depth: int) -> None:
    """Check that k neighbors are listed.

    Raises:
        InputError: when k is not within 1 ... depth
    """
    if not 1 <= k <= depth:
        raise InputError(
            f"k must be between 1 and {depth}, the neighbors that the tables list, got {k};"
            " choose another k or search deeper"
        )


def check_pair(reference: Neighbors, candidate: Neighbors, k: int) -> None:
    """Check that two tables can be compared at depth k.

    Raises:
        InputError: when the tables hold different numbers of queries, or k is not within 1 ... the smaller depth
    """
    if reference.q != candidate.q:
        raise InputError(
            f"reference and candidate must list the same queries row by row, got {reference.q} and {candidate.q} rows;"
            " take the shared queries of both first"
        )
    check_depth(k, min(reference.depth, candidate.depth))
