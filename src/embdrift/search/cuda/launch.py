"""Launches the Triton kernels on tensors of one device; all that knows grids, strides and blocks."""
# mypy: ignore-missing-imports

import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from triton.tools.tensor_descriptor import TensorDescriptor

from embdrift.search.cuda import kernels
from embdrift.search.cuda.tiles import Tiles

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Triton reads this when the kernels are defined: they then run on tensors of the CPU, slowly."""

# A program on a GPU takes few pairs or rows, so that there are many programs; in the interpreter each one costs.
_PAIRS = 1024 if INTERPRETED else 16
_ENTRIES = 2**15 if INTERPRETED else 1024


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
    """One bit per pair, tile by tile, as the filter kernel writes it.

    Args:
        words: int32, one row of words per tile
        tiles: the tile shape
        n_rows: rows filtered
        n_columns: columns filtered
        shift: how far the first row lies behind the first column in a common numbering
        symmetric: only pairs on or above the diagonal count, the other words hold anything
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
        return _ceil(self.n_columns, self.tiles.columns)


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


def _descriptor(rows: torch.Tensor, height: int, depth: int) -> TensorDescriptor:
    return TensorDescriptor(rows, list(rows.shape), list(rows.stride()), [height, depth])


def tile_count(n_rows: int, n_columns: int, tiles: Tiles) -> int:
    """Tiles that cover a rectangle."""
    return _ceil(n_rows, tiles.rows) * _ceil(n_columns, tiles.columns)


def products(left: torch.Tensor, right: torch.Tensor, tiles: Tiles) -> torch.Tensor:
    """The float32 products as the filter sees them; both sides must be a multiple of a tile."""
    out = torch.empty((len(left), len(right)), dtype=torch.float32, device=left.device)
    kernels.products[len(left) // tiles.rows, len(right) // tiles.columns](
        _descriptor(left, tiles.rows, tiles.depth),
        _descriptor(right, tiles.columns, tiles.depth),
        out,
        len(right),
        left.shape[1],
        BM=tiles.rows,
        BN=tiles.columns,
        BK=tiles.depth,
        num_warps=tiles.warps,
        num_stages=tiles.stages,
    )
    return out


def filter_pairs(left: Side, right: Side, shape: Shape, tiles: Tiles, *, shift: int = 0) -> Mask:
    """Multiply every row of the left side with every row of the right one, and keep one bit of each score."""
    count = tile_count(len(left), len(right), tiles)
    words = torch.empty((count, tiles.words), dtype=torch.int32, device=left.rows.device)
    kernels.filter_pairs[count,](
        _descriptor(left.rows, tiles.rows, tiles.depth),
        _descriptor(right.rows, tiles.columns, tiles.depth),
        words,
        left.target,
        left.scale,
        left.half,
        left.error,
        right.target,
        right.scale,
        right.half,
        right.error,
        len(left),
        len(right),
        shift,
        left.rows.shape[1],
        SCALED=shape.scaled,
        HALVES=shape.halves,
        SYMMETRIC=shape.symmetric,
        BM=tiles.rows,
        BN=tiles.columns,
        BK=tiles.depth,
        GROUP=tiles.group,
        num_warps=tiles.warps,
        num_stages=tiles.stages,
    )
    return Mask(words, tiles, len(left), len(right), shift, shape.symmetric)


def group_maxima(left: Side, right: Side, shape: Shape, tiles: Tiles) -> torch.Tensor:
    """The best score of each left row among every 32 right rows, less its error, float32, shape (m, groups)."""
    groups = _ceil(len(right), tiles.columns) * (tiles.columns // 32)
    out = torch.empty((len(left), groups), dtype=torch.float32, device=left.rows.device)
    kernels.group_maxima[tile_count(len(left), len(right), tiles),](
        _descriptor(left.rows, tiles.rows, tiles.depth),
        _descriptor(right.rows, tiles.columns, tiles.depth),
        out,
        left.scale,
        left.error,
        right.scale,
        right.half,
        len(left),
        len(right),
        left.rows.shape[1],
        SCALED=shape.scaled,
        HALVES=shape.halves,
        BM=tiles.rows,
        BN=tiles.columns,
        BK=tiles.depth,
        GROUP=tiles.group,
        num_warps=tiles.warps,
        num_stages=tiles.stages,
    )
    return out


def decode(mask: Mask, most: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The pairs whose bit is set, as int32 rows and columns, at most about `most` at a time."""
    tiles, count = mask.tiles, len(mask.words)
    shared = (mask.column_tiles, mask.n_rows, mask.n_columns, mask.shift)
    constants = {"SYMMETRIC": mask.symmetric, "BM": tiles.rows, "BN": tiles.columns}
    counts = torch.empty(count, dtype=torch.int32, device=mask.words.device)
    kernels.count_pairs[count,](mask.words, counts, *shared, **constants)
    starts = torch.zeros(count + 1, dtype=torch.int64, device=mask.words.device)
    torch.cumsum(counts, 0, out=starts[1:])
    for first, last, pairs in chunks(starts, most):
        rows, columns = torch.empty((2, pairs), dtype=torch.int32, device=mask.words.device)
        kernels.write_pairs[last - first,](mask.words, starts, rows, columns, first, *shared, **constants)
        yield rows, columns


def chunks(starts: torch.Tensor, most: int) -> Iterator[tuple[int, int, int]]:
    """Runs of tiles with at most `most` pairs, or a single tile: first, last + 1 and number of pairs of each."""
    count = len(starts) - 1
    total = int(starts[-1])
    if total <= most:
        if total:
            yield 0, count, total
        return
    ends = starts.cpu()
    first = 0
    while first < count:
        room = torch.searchsorted(ends, ends[first] + most, right=True)
        last = max(first + 1, int(room) - 1)
        pairs = int(ends[last] - ends[first])
        if pairs:
            yield first, last, pairs
        first = last


def pair_sums(
    left: torch.Tensor, right: torch.Tensor, pairs: tuple[torch.Tensor, torch.Tensor], *, distance: bool
) -> torch.Tensor:
    """The fixed-order float64 sum of each pair's products, or of its squared differences.

    Args:
        left: shape (a, d), of any type that vectors may have
        right: shape (b, d)
        pairs: rows of the left and of the right side, each shape (p,)
        distance: sum squared differences
    """
    rows, columns = pairs
    sums = torch.empty(len(rows), dtype=torch.float64, device=left.device)
    if len(rows):
        narrow = torch.float64 not in (left.dtype, right.dtype)
        kernels.pair_sums[_ceil(len(rows), _PAIRS),](
            left,
            right,
            rows,
            columns,
            sums,
            len(rows),
            left.shape[1],
            left.stride(0),
            right.stride(0),
            DISTANCE=distance,
            NARROW=narrow,
            PAIRS=_PAIRS,
            num_warps=4,
            enable_fp_fusion=False,
        )
    return sums


def segment_ranks(starts: torch.Tensor, positions: torch.Tensor, scores: torch.Tensor, longest: int) -> torch.Tensor:
    """Each entry's rank in its row, by score descending, then position ascending; undefined in longer rows.

    Args:
        starts: int64, shape (rows + 1,), where each row's entries begin
        positions: shape (entries,)
        scores: float64, shape (entries,)
        longest: entries that a row may have, a power of two
    """
    ranks = torch.empty(len(positions), dtype=torch.int32, device=positions.device)
    if len(positions):
        height = max(1, _ENTRIES // longest)
        n_rows = len(starts) - 1
        kernels.segment_ranks[_ceil(n_rows, height),](
            starts, positions, scores, ranks, n_rows, ROWS=height, LONGEST=longest, num_warps=4
        )
    return ranks
