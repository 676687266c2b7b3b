"""Tile shapes of the filter kernel: how many rows, columns and dimensions one program multiplies at a time."""

from dataclasses import dataclass

WORD = 32
"""Pairs in one word of the bitmask."""


@dataclass(frozen=True)
class Tiles:
    """One configuration of the filter kernel.

    Args:
        rows: rows of a tile
        columns: columns of a tile, a multiple of 32
        depth: dimensions multiplied at a time
        warps: groups of 32 threads a tile is spread over
        stages: loads in flight
        group: row tiles that walk the columns together, so that the cache serves both sides
    """

    rows: int
    columns: int
    depth: int = 64
    warps: int = 8
    stages: int = 3
    group: int = 16

    @property
    def words(self) -> int:
        """Words of the bitmask that one tile fills."""
        return self.rows * self.columns // WORD


# Two programs fit on a multiprocessor, so that one multiplies while the other filters: worth most where d is short.
SMALL = Tiles(128, 128, warps=4)
# 85 operations per byte that comes from the cache, against 64 for the small one: worth most where d is long.
WIDE = Tiles(128, 256)
# Half as many products per thread: leaves registers for units of each row's own.
SPARE = Tiles(128, 128, stages=4)

CONFIGURATIONS = (
    WIDE,
    Tiles(128, 256, stages=4),
    Tiles(256, 128),
    SMALL,
    SPARE,
    Tiles(64, 256, warps=4, stages=2),
    Tiles(128, 256, group=8),
)
"""What `scripts/gpu` tries; the kernel compiles for each of them without spilling registers."""

_LONG = 256


def choose_tiles(d: int, *, scaled: bool) -> Tiles:
    """The configuration for vectors of dimension d, with or without units of each row's own."""
    if scaled:
        return SPARE
    return SMALL if d <= _LONG else WIDE
