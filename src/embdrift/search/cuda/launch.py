"""Launches the Triton kernels on tensors of one device; all that knows grids, strides and blocks."""
# mypy: ignore-missing-imports

import os
from collections.abc import Iterator

import torch
from triton.tools.tensor_descriptor import TensorDescriptor

from embdrift.search.cuda import kernels, plain
from embdrift.search.cuda.operands import Mask, Pairs, Shape, Side
from embdrift.search.cuda.plan import chunks
from embdrift.search.cuda.tiles import Tiles

ARITHMETIC = "float16 products, float32 sums"
PAIRS_PER_BYTE = 8

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Triton reads this when the kernels are defined: they then run on tensors of the CPU, slowly."""

# A program on a GPU takes few pairs or rows, so that there are many programs; in the interpreter each one costs.
_PAIRS = 1024 if INTERPRETED else 16
_ENTRIES = 2**15 if INTERPRETED else 1024
# Rows with more entries are ranked by sorting: ranking by counting takes the square of their number.
_LEAST_COUNTED = 64
_COUNTED = _LEAST_COUNTED if INTERPRETED else 512


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
    """See `Kernels`."""
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
    """See `Kernels`."""
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


def decode(mask: Mask, most: int) -> Iterator[Pairs]:
    """See `Kernels`."""
    tiles, count = mask.tiles, len(mask.words)
    shared = (mask.column_tiles, mask.n_rows, mask.n_columns, mask.shift)
    constants = {"SYMMETRIC": mask.symmetric, "BM": tiles.rows, "BN": tiles.columns}
    counts = torch.empty(count, dtype=torch.int32, device=mask.words.device)
    kernels.count_pairs[count,](mask.words, counts, *shared, **constants)
    starts = torch.zeros(count + 1, dtype=torch.int64, device=mask.words.device)
    torch.cumsum(counts, 0, out=starts[1:])
    for first, last, pairs in chunks(starts, most):
        # Each on its own, so that both are aligned: Triton compiles again for those that are not.
        rows, columns = (torch.empty(pairs, dtype=torch.int32, device=mask.words.device) for _ in range(2))
        kernels.write_pairs[last - first,](mask.words, starts, rows, columns, first, *shared, **constants)
        yield rows, columns


def pair_sums(left: torch.Tensor, right: torch.Tensor, pairs: Pairs, *, distance: bool) -> torch.Tensor:
    """See `Kernels`."""
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


def ranks(starts: torch.Tensor, rows: torch.Tensor, positions: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """See `Kernels`."""
    lengths = starts.diff()
    short = lengths <= _COUNTED
    longest = int((lengths * short).max()) if len(lengths) else 0
    rank = segment_ranks(starts, positions, scores, max(_LEAST_COUNTED, 1 << max(0, longest - 1).bit_length()))
    sorted_rows = torch.nonzero(~short[rows])[:, 0]
    if len(sorted_rows):
        part = (rows[sorted_rows], positions[sorted_rows], scores[sorted_rows])
        begins = torch.nn.functional.pad((lengths * ~short).cumsum(0), (1, 0))
        rank[sorted_rows] = plain.ranks(begins, *part)
    return rank


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
