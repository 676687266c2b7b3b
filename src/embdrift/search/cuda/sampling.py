"""A target for each row from screened scores with a sample of the corpus."""

import torch

from embdrift.search.cuda.items import Block
from embdrift.search.cuda.launch import Shape, Side, group_maxima
from embdrift.search.cuda.tiles import WORD, Tiles

# Numbers of a matrix of scores or maxima at a time: 512 MiB.
_AT_ONCE = 2**27


def sampled_targets(rows: Block, sample: Block, shape: Shape, tiles: Tiles, rank: int) -> torch.Tensor:
    """The screened score of each row's `rank`-th best sampled vector, less its error, float64, in its target's units.

    It takes the best of every 32 scores for their sum of places: two of the best may hide behind one another, which
    makes the target lower and more pairs pass, never fewer.
    """
    groups = len(sample.side) // WORD
    score = group_maxima if rank <= groups // 4 else _every_score
    width = groups if rank <= groups // 4 else len(sample.side)
    step = max(256, _AT_ONCE // max(1, width) // 256 * 256)
    parts = []
    for begin in range(0, len(rows.side), step):
        side = rows.side.part(begin, min(begin + step, len(rows.side)))
        parts.append(score(side, sample.side, shape, tiles).topk(rank, dim=1).values[:, -1].to(torch.float64))
    return torch.cat(parts)


def _every_score(left: Side, right: Side, shape: Shape, tiles: Tiles) -> torch.Tensor:
    scores = left.rows.to(torch.float32) @ right.rows.to(torch.float32).T - left.error[:, None]
    if shape.halves:
        scores = scores - (left.scale[:, None] * right.half if shape.scaled else right.half)
    return scores / right.scale if shape.scaled else scores
