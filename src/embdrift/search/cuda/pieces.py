"""Cuts work into pieces that fit."""

from collections.abc import Iterator

import torch


def spans(begin: int, end: int, step: int) -> list[tuple[int, int]]:
    """Consecutive pieces of at most `step` rows."""
    return [(at, min(at + step, end)) for at in range(begin, end, step)]


def chunks(starts: torch.Tensor, most: int) -> Iterator[tuple[int, int, int]]:
    """Runs of parts that hold at most `most` pairs together, or a single part.

    Args:
        starts: int64, shape (parts + 1,), where the pairs of each part begin
        most: pairs in a run
    Returns:
        the first part, the last + 1 and the number of pairs of each run that is not empty
    """
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
