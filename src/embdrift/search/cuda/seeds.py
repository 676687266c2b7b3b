"""Where each row's target comes from: neighbours known from an earlier version, or a sample of the corpus."""

import math

import torch

from embdrift.search.cuda.items import Block
from embdrift.search.cuda.launch import Shape, Side, group_maxima
from embdrift.search.cuda.tiles import WORD, Tiles

SMALLEST_SAMPLE = 8192
_SHARE = 16
# Numbers of a matrix of scores or maxima at a time: 512 MiB.
_AT_ONCE = 2**27


def sample_size(n: int) -> int:
    """How many corpus rows are looked at before the filter runs: all of a small corpus, else a sixteenth."""
    return min(n, max(SMALLEST_SAMPLE, n // _SHARE))


def sample_rank(n: int, sampled: int, depth: int) -> int:
    """Which of the best sampled scores to reach, so that the best `depth` of all probably do.

    About `depth * sampled / n` of them are in the sample, give or take the square root of that.
    """
    if sampled == n:
        return depth
    expected = depth * sampled / n
    return min(sampled, math.ceil(expected + 2.5 * math.sqrt(expected) + 1))


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


def _every_score(left: Side, right: Side, shape: Shape, tiles: Tiles) -> torch.Tensor:  # noqa: ARG001
    scores = left.rows.to(torch.float32) @ right.rows.to(torch.float32).T - left.error[:, None]
    if shape.halves:
        scores = scores - (left.scale[:, None] * right.half if shape.scaled else right.half)
    return scores / right.scale if shape.scaled else scores


def distinct_seeds(groups: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Vectors per row, each once and findable, the others -1; shape (rows, seeds).

    Args:
        groups: int64, shape (rows, seeds), vectors or -1
        valid: bool, which vectors a query can find
    """
    ordered = groups.sort(dim=1).values
    again = torch.zeros_like(ordered, dtype=torch.bool)
    again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    return torch.where(again | (ordered < 0) | ~valid[ordered.clamp(min=0)], -1, ordered)
