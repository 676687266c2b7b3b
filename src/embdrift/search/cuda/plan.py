"""How much of a search happens at a time on one device."""

from dataclasses import dataclass

import torch

from embdrift.search.cuda.tiles import Tiles, choose_tiles
from embdrift.search.cuda.units import DEPTH
from embdrift.search.task import SearchTask

# Of the memory that is free on the device: the vectors and their float16 rows; candidates and masks need the rest.
_RESIDENT_SHARE = 0.55
# Of the same, for each of the four blocks that are held while others are read and copied.
_BLOCK_SHARE = 0.1
_NUMBERS_PER_ROW = 256


@dataclass(frozen=True)
class Plan:
    """What is held and done at a time; it changes memory and speed, not results.

    Args:
        resident: all vectors stay on the device
        block: corpus rows on the device at a time, where they do not
        mask: pairs in one bitmask, of which two are held
        pairs: pairs decoded and scored at a time
        tiles: tile shape of the filter kernel, None to choose it
        crowded: candidates held per row and neighbour wanted before they are cut to what matters
    """

    resident: bool
    block: int
    mask: int = 2**34
    pairs: int = 2**25
    tiles: Tiles | None = None
    crowded: int = 8

    def tiles_for(self, d: int, *, scaled: bool) -> Tiles:
        """The tile shape of one search."""
        return choose_tiles(d, scaled=scaled) if self.tiles is None else self.tiles


def make_plan(task: SearchTask, device: torch.device) -> Plan:
    """A plan that fits into the memory that is free on the device."""
    n, d = task.corpus.shape
    row = d * task.corpus.element_size() + -(-d // DEPTH) * DEPTH * 2 + _NUMBERS_PER_ROW
    if device.type != "cuda":
        return Plan(resident=True, block=n)
    free, _ = torch.cuda.mem_get_info(device)
    rows = n if task.queries is task.corpus else n + len(task.rows)
    block = max(2**14, int(_BLOCK_SHARE * free) // row // 256 * 256)
    return Plan(resident=rows * row <= _RESIDENT_SHARE * free, block=block)
