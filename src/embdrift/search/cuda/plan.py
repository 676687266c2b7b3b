"""Cuts work into pieces that fit.

How much of a search happens at a time on one device.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from embdrift.search.cuda.float16 import DEPTH
from embdrift.search.cuda.tiles import Tiles, choose_tiles
from embdrift.search.task import SearchTask


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


# Of the memory that is free on the device: the vectors and their float16 rows; candidates and masks need the rest.
_RESIDENT_SHARE = 0.55
# Of the same, for each of the four blocks that are held while others are read and copied.
_BLOCK_SHARE = 0.1
_NUMBERS_PER_ROW = 256
_SMALLEST_BLOCK = 2**14
_LARGEST_MASK, _SMALLEST_MASK = 2**31, 2**24
_MOST_PAIRS, _FEWEST_PAIRS = 2**25, 2**18
# Of the memory that is free: one bitmask of the two or three that are held; and bytes per pair that is sorted.
_MASK_SHARE, _PAIR_BYTES = 1 / 32, 2048


@dataclass(frozen=True)
class Plan:
    """What is held and done at a time; it changes memory and speed, not results.

    Args:
        resident: all vectors stay on the device
        block: corpus rows on the device at a time, where they do not
        mask: bytes of one bitmask, of which two are held
        pairs: pairs decoded and scored at a time
        tiles: tile shape of the filter kernel, None to choose it
        crowded: candidates held per row and neighbour wanted before they are cut to what matters
    """

    resident: bool
    block: int
    mask: int = _LARGEST_MASK
    pairs: int = _MOST_PAIRS
    tiles: Tiles | None = None
    crowded: int = 8

    def tiles_for(self, d: int, *, scaled: bool) -> Tiles:
        """The tile shape of one search."""
        return choose_tiles(d, scaled=scaled) if self.tiles is None else self.tiles

    def smaller(self) -> "Plan | None":
        """A plan that needs less memory, for a device that ran out of it; None where there is none."""
        smaller = replace(
            self,
            resident=False,
            block=self.block if self.resident else max(_SMALLEST_BLOCK, self.block // 2),
            mask=max(_SMALLEST_MASK, self.mask // 4),
            pairs=max(_FEWEST_PAIRS, self.pairs // 4),
            crowded=2,
        )
        return None if smaller == self else smaller


def make_plan(task: SearchTask, device: torch.device) -> Plan:
    """A plan that fits into the memory that is free on the device."""
    n, d = task.corpus.shape
    if device.type != "cuda":
        return Plan(resident=True, block=n, mask=2**26)
    row = d * task.corpus.element_size() + -(-d // DEPTH) * DEPTH * 2 + _NUMBERS_PER_ROW
    free, _ = torch.cuda.mem_get_info(device)
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    rows = n if task.queries is task.corpus else n + len(task.rows)
    return Plan(
        resident=rows * row <= _RESIDENT_SHARE * free,
        block=max(_SMALLEST_BLOCK, int(_BLOCK_SHARE * free) // row // 256 * 256),
        mask=min(_LARGEST_MASK, max(_SMALLEST_MASK, int(_MASK_SHARE * free))),
        pairs=min(_MOST_PAIRS, max(_FEWEST_PAIRS, free // _PAIR_BYTES)),
    )
