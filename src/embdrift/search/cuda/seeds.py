"""How much of a corpus is sampled, which of the sampled scores is the target, and which seeds count."""

import math

import torch

SMALLEST_SAMPLE = 8192
_SHARE = 16
FEWEST_CROWDED = 8192
"""So many candidates are scored exactly sooner than a row is screened again."""


def sample_size(n: int, most: int) -> int:
    """How many corpus rows are looked at before the filter runs: all of a small corpus, else a sixteenth.

    Args:
        n: corpus rows
        most: rows that fit on the device, where not all do; a smaller sample lets more pairs through
    """
    return min(n, max(SMALLEST_SAMPLE, min(n // _SHARE, most)))


def sample_rank(n: int, sampled: int, depth: int) -> int:
    """Which of the best sampled scores to reach, so that the best `depth` of all probably do.

    About `depth * sampled / n` of them are in the sample, give or take the square root of that.
    """
    if sampled == n:
        return depth
    expected = depth * sampled / n
    return min(sampled, math.ceil(expected + 2.5 * math.sqrt(expected) + 1))


def crowd(n: int, depth: int) -> int:
    """More candidates of one row than this take longer to score exactly than to screen again, against all n columns."""
    return max(FEWEST_CROWDED, 32 * depth, n // 128)


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
