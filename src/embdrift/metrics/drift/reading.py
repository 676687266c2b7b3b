"""Vectors for distribution measures: chosen rows in a given order, a block at a time, as they are searched."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from embdrift.data.blocks import wide_norms
from embdrift.types import Array, Floats, Positions

BLOCK_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a set of vectors, in an order that no file's row order changes.

    Args:
        vectors: shape (n, d), any supported type, perhaps memory-mapped
        rows: shape (m,), rows in the order wanted
        norms: shape (m,), what each row is divided by: its length where only directions count, as under cosine; None
            leaves rows as they are
    """

    vectors: torch.Tensor
    rows: Positions
    norms: Floats | None = None

    @property
    def m(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def d(self) -> int:
        """Dimension."""
        return int(self.vectors.shape[1])

    def take(self, where: Positions) -> "Rows":
        """Some of the rows, by their place in the order."""
        return Rows(self.vectors, self.rows[where], None if self.norms is None else self.norms[where])

    def block(self, part: slice, dimensions: slice = slice(None)) -> torch.Tensor:
        """Some dimensions of a few rows in float64, on the CPU, shape (b, dimensions)."""
        index = torch.from_numpy(np.asarray(self.rows[part], np.int64))
        wide = self.vectors[:, dimensions][index].double()
        return wide if self.norms is None else wide / torch.from_numpy(self.norms[part])[:, None]

    def blocks(self, dimensions: slice = slice(None)) -> Iterator[tuple[slice, torch.Tensor]]:
        """All rows in float64, a block at a time."""
        for start in range(0, self.m, BLOCK_ROWS):
            part = slice(start, min(start + BLOCK_ROWS, self.m))
            yield part, self.block(part, dimensions)

    def array(self) -> Floats:
        """All rows in float64 at once, shape (m, d)."""
        return np.concatenate([np.empty((0, self.d)), *[block.numpy() for _, block in self.blocks()]])


def row_norms(vectors: torch.Tensor, rows: Positions) -> Floats:
    """Euclidean length of each row, shape (m,)."""
    lengths: Array = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        chosen = vectors[torch.from_numpy(np.asarray(rows[part], np.int64))]
        lengths[part] = wide_norms(chosen)[1].numpy()
    return lengths


def constant_rows(vectors: torch.Tensor, rows: Positions) -> Array:
    """Whether all components of each row are one number other than 0, shape (m,)."""
    constant = np.zeros(len(rows), np.bool_)
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        chosen = vectors[torch.from_numpy(np.asarray(rows[part], np.int64))]
        constant[part] = ((chosen == chosen[:, :1]).all(dim=1) & (chosen[:, 0] != 0)).numpy()
    return constant
