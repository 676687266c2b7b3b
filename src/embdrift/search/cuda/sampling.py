"""A target for each row from screened scores with a sample of the corpus."""

import torch

from embdrift.search.cuda.items import Block
from embdrift.search.cuda.operands import Kernels, Shape
from embdrift.search.cuda.pieces import spans
from embdrift.search.cuda.plain import lowest_scores
from embdrift.search.cuda.tiles import WORD, Tiles

# Numbers of a matrix of scores or maxima at a time: 512 MiB.
_AT_ONCE = 2**27


def sampled_targets(
    rows: Block, sample: Block, shape: Shape, tiles: Tiles, rank: int, *, kernels: Kernels
) -> tuple[torch.Tensor, torch.Tensor]:
    """The screened score of each row's `rank`-th best sampled vector, less its error, float64, in its target's units.

    Beside it, the share of all vectors that the filter will let through with that target, or few more.

    It takes the best of every 32 scores for their sum of places: two of the best may hide behind one another, which
    makes the target lower and more pairs pass, never fewer.
    """
    groups = len(sample.side) // WORD
    grouped = rank <= groups // 4
    width = groups if grouped else len(sample.side)
    targets, passing = [], []
    for begin, end in spans(0, len(rows.side), max(256, _AT_ONCE // max(1, width) // 256 * 256)):
        side = rows.side.part(begin, end)
        if grouped:
            scores = kernels.group_maxima(side, sample.side, shape, tiles)
        else:
            scores = lowest_scores(side, sample.side, shape)
        best = scores.topk(rank, dim=1).values[:, -1]
        targets.append(best.to(torch.float64))
        passing.append((scores >= (best - 2 * side.error)[:, None]).sum(1))
    found = torch.cat(passing).to(torch.float64)
    if not grouped:
        return torch.cat(targets), found / len(sample.side)
    # Of every 32, one that passes hides the others: 1 - (1 - share)^32 is the part of the groups with any.
    return torch.cat(targets), 1 - (1 - found.clamp(max=groups - 0.5) / groups) ** (1 / WORD)
