"""What a search asks of a device: kernels, in Triton (`launch`) or in plain torch (`plain`), and what they work on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch

from embdrift.search.cuda.tiles import Tiles

Pairs = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a multiplication: float16 rows and what the filter knows of each.

    Args:
        rows: float16, shape (m, d), d a multiple of 64
        target: float32, shape (m,), what a score must reach, in the row's own units; infinity where nothing is wanted
        scale: float32, shape (m,), powers of two, the row's units against those of the largest row
        half: float32, shape (m,), half the squared norm in the row's units (for L2)
        error: float32, shape (m,), how far a product of the row can be off; already in `target` without scales
    """

    rows: torch.Tensor
    target: torch.Tensor
    scale: torch.Tensor
    half: torch.Tensor
    error: torch.Tensor

    def part(self, begin: int, end: int) -> "Side":
        """Rows `begin` to `end`."""
        fields = (self.rows, self.target, self.scale, self.half, self.error)
        return Side(*(field[begin:end] for field in fields))

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Shape:
    """What kind of pairs one pass filters.

    Args:
        scaled: each row has units of its own
        halves: half the squared norm is taken off (L2)
        symmetric: both sides search, and only pairs on or above the diagonal count
    """

    scaled: bool
    halves: bool
    symmetric: bool


@dataclass(frozen=True, eq=False)
class Mask:
    """Which pairs may matter, as the kernels that made it keep it.

    Args:
        words: one bit per pair, tile by tile, in int32 (Triton), or one bool per pair (plain torch)
        tiles: the tile shape
        n_rows: rows filtered
        n_columns: columns filtered
        shift: how far the first row lies behind the first column in a common numbering
        symmetric: only pairs on or above the diagonal count; in words of other tiles is anything
    """

    words: torch.Tensor
    tiles: Tiles
    n_rows: int
    n_columns: int
    shift: int
    symmetric: bool

    @property
    def column_tiles(self) -> int:
        """Tiles in a row of tiles."""
        return -(-self.n_columns // self.tiles.columns)


class Kernels(Protocol):
    """The work of a search that depends on how a device is programmed; `launch` and `plain` are such kernels."""

    ARITHMETIC: str
    PAIRS_PER_BYTE: int

    def filter_pairs(self, left: Side, right: Side, shape: Shape, tiles: Tiles, *, shift: int = 0) -> Mask:
        """Multiply every row of the left side with every row of the right one, and keep whether each score is enough.

        Args:
            left: rows that search
            right: rows that are found, and search too where both sides do
            shape: what kind of pairs
            tiles: how the work is cut
            shift: see `Mask`
        """

    def decode(self, mask: Mask, most: int) -> Iterator[Pairs]:
        """The pairs of a mask, as int32 rows and columns, at most about `most` at a time."""

    def group_maxima(self, left: Side, right: Side, shape: Shape, tiles: Tiles) -> torch.Tensor:
        """The best score of each left row among every 32 right rows, less its error, float32, shape (m, groups)."""

    def pair_sums(self, left: torch.Tensor, right: torch.Tensor, pairs: Pairs, *, distance: bool) -> torch.Tensor:
        """The fixed-order float64 sum of each pair's products, or of its squared differences.

        Args:
            left: shape (a, d), of any type that vectors may have, each row contiguous
            right: shape (b, d)
            pairs: rows of the left and of the right side, each shape (p,)
            distance: sum squared differences
        """

    def ranks(
        self, starts: torch.Tensor, rows: torch.Tensor, positions: torch.Tensor, scores: torch.Tensor
    ) -> torch.Tensor:
        """Each entry's rank in its row, int32, by score descending, then position ascending.

        Args:
            starts: int64, shape (rows + 1,), where each row's entries begin
            rows: int64, ascending, the row of each entry
            positions: shape (entries,), no two alike in a row
            scores: float64, shape (entries,)
        """
