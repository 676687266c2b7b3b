"""The kernels of a search in plain torch: where Triton is missing, or its kernels are not made for a device.

Products of float16 rows are taken in float32 with float32 sums: every order of such a sum keeps the bound that the
search allows for tensor cores, which is wider.
"""

from collections.abc import Iterator

import torch

from embdrift.search.cuda.operands import Mask, Pairs, Shape, Side
from embdrift.search.cuda.plan import chunks, spans
from embdrift.search.cuda.tiles import WORD, Tiles
from embdrift.search.soundness import LANES, full_float32

ARITHMETIC = "float16 rows, float32 products in plain torch"
PAIRS_PER_BYTE = 1

# Float32 scores at a time: 256 MiB, and a few times as much beside them.
_SCORES = 2**26
# Float64 numbers gathered at a time for exact sums: 256 MiB a side, and as much again for their products.
_GATHERED = 2**25
# Torch counts what is not zero in 32 bits.
_LOOKED_AT = 2**30


def filter_pairs(left: Side, right: Side, shape: Shape, tiles: Tiles, *, shift: int = 0) -> Mask:
    """See `Kernels`."""
    found = torch.empty((len(left), len(right)), dtype=torch.bool, device=left.rows.device)
    columns = right.rows.to(torch.float32)
    for begin, end in spans(0, len(left), max(1, _SCORES // max(1, len(right)))):
        rows = left.part(begin, end)
        products = _products(rows, columns)
        hit = products >= _needed(rows, right, shape)
        if shape.symmetric:
            hit |= products >= _needed(right, rows, shape).T
            hit = hit.triu(begin + shift)
        found[begin:end] = hit
    return Mask(found, tiles, len(left), len(right), shift, shape.symmetric)


def decode(mask: Mask, most: int) -> Iterator[Pairs]:
    """See `Kernels`."""
    for begin, end in spans(0, mask.n_rows, max(1, _LOOKED_AT // max(1, mask.n_columns))):
        part = mask.words[begin:end]
        starts = torch.nn.functional.pad(part.sum(1).cumsum(0), (1, 0))
        for first, last, _ in chunks(starts, most):
            rows, columns = torch.nonzero(part[first:last], as_tuple=True)
            yield (rows + (begin + first)).to(torch.int32), columns.to(torch.int32)


def group_maxima(left: Side, right: Side, shape: Shape, tiles: Tiles) -> torch.Tensor:
    """See `Kernels`."""
    parts = [torch.empty((0, -(-len(right) // WORD)), dtype=torch.float32, device=left.rows.device)]
    for begin, end in spans(0, len(left), max(1, _SCORES // max(1, len(right)))):
        scores = lowest_scores(left.part(begin, end), right, shape)
        padded = torch.nn.functional.pad(scores, (0, -len(right) % WORD), value=-torch.inf)
        parts.append(padded.reshape(end - begin, -1, WORD).amax(2))
    return torch.cat(parts)


def lowest_scores(left: Side, right: Side, shape: Shape) -> torch.Tensor:
    """Every screened score less the row's error, in the units of its target, float32, shape (m, n)."""
    scores = _products(left, right.rows.to(torch.float32)) - left.error[:, None]
    if shape.halves:
        scores = scores - (left.scale[:, None] * right.half if shape.scaled else right.half)
    return scores / right.scale if shape.scaled else scores


def pair_sums(left: torch.Tensor, right: torch.Tensor, pairs: Pairs, *, distance: bool) -> torch.Tensor:
    """See `Kernels`."""
    parts = [torch.empty(0, dtype=torch.float64, device=left.device)]
    for begin, end in spans(0, len(pairs[0]), max(1, _GATHERED // max(1, left.shape[1]))):
        rows, columns = (at[begin:end].to(torch.int64) for at in pairs)
        a, b = left[rows].to(torch.float64), right[columns].to(torch.float64)
        if distance:
            a = a - b
            b = a
        parts.append(fixed_order_sum(a * b))
    return torch.cat(parts)


def ranks(starts: torch.Tensor, rows: torch.Tensor, positions: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """See `Kernels`."""
    order = positions.argsort(stable=True)
    order = order[scores[order].argsort(stable=True, descending=True)]
    order = order[rows[order].argsort(stable=True)]
    rank = torch.empty(len(rows), dtype=torch.int32, device=rows.device)
    rank[order] = (torch.arange(len(rows), device=rows.device) - starts[rows]).to(torch.int32)
    return rank


def fixed_order_sum(products: torch.Tensor) -> torch.Tensor:
    """Sum the last dimension in sixteen lanes, then a tree: the same bytes as the compiled loops on a CPU."""
    short = -products.shape[-1] % LANES
    padded = torch.nn.functional.pad(products, (0, short))
    padded = padded.reshape(*products.shape[:-1], -1, LANES)
    lanes = torch.zeros_like(padded[..., 0, :])
    for step in range(padded.shape[-2]):
        lanes = lanes + padded[..., step, :]
    for stride in (8, 4, 2, 1):
        lanes = lanes[..., :stride] + lanes[..., stride : 2 * stride]
    return lanes[..., 0]


def _products(left: Side, columns: torch.Tensor) -> torch.Tensor:
    with full_float32():
        return left.rows.to(torch.float32) @ columns.T


def _needed(rows: Side, columns: Side, shape: Shape) -> torch.Tensor:
    """What the product of each pair must reach, float32, shape (m, n), as the Triton kernel works it out."""
    needed = rows.target[:, None]
    if shape.scaled:
        needed = needed * columns.scale
    if shape.halves:
        needed = needed + (columns.half * rows.scale[:, None] if shape.scaled else columns.half)
    return needed - rows.error[:, None] if shape.scaled else needed
