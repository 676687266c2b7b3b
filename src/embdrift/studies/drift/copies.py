"""Which vectors of a version are equal to another one, counted without depending on the order of rows."""

import numpy as np

from embdrift.data.blocks import block_rows, row_blocks
from embdrift.data.fingerprints import RowHashes, duplicate_of, row_bytes
from embdrift.studies.engine.study import CheckedSet
from embdrift.types import Positions


class Copies:
    """Counts vectors that are equal to another one before them.

    Args:
        checked: the vectors with what was found in them
    """

    def __init__(self, checked: CheckedSet) -> None:
        self._checked = checked
        self._first: Positions | None = None

    def duplicated(self, rows: Positions) -> int:
        """How many of some rows would go if every vector were kept once."""
        if self._checked.report.duplicate_vectors == 0:
            return 0
        if len(rows) == self._checked.report.n:
            return self._checked.report.duplicate_vectors
        return len(rows) - len(np.unique(self._firsts()[rows]))

    def _firsts(self) -> Positions:
        if self._first is None:
            vectors = self._checked.vectors
            n, d = vectors.shape
            hashes = RowHashes(n, d * vectors.element_size())
            for start, block in row_blocks(vectors, block_rows(d, 8)):
                hashes.add(start, row_bytes(block))
            self._first = duplicate_of(vectors, hashes.hashes)
        return self._first
