"""Product quantization to 4 bits, compared in registers, with or without a second look at whole vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, grid_of, index_kind


@index_kind("pq_fastscan")
@dataclass
class PqFastScan(IndexKind):
    """Every vector is compared by its 4-bit codes, many at a time.

    Args:
        pieces: pieces per vector; the dimension must be a multiple of it
        nlist: how many inverted lists; 0 for none
        nprobe: how many lists a search looks into, where there are any
        k_factor: candidates per neighbor whose whole vectors are looked at again; empty for no second look
    """

    least: ClassVar = {"pieces": 1, "nlist": 0}
    pieces: list[int] = field(default_factory=lambda: [64])
    nlist: list[int] = field(default_factory=lambda: [0])
    nprobe: list[int] = field(default_factory=lambda: [1, 2, 4, 8, 16, 32])
    k_factor: list[int] = field(default_factory=lambda: [1, 4, 16])

    def builds(self) -> Iterator[Build]:
        """One index per number of pieces and of lists."""
        for lists in self.nlist:
            for pieces in self.pieces:
                name = f"IVF{lists}," * bool(lists) + f"PQ{pieces}x4fs" + ",RFlat" * bool(self.k_factor)
                values = {"k_factor": self.k_factor} if self.k_factor else {}
                values |= {"nprobe": self.nprobe} if lists else {}
                grid = grid_of(**values)
                yield Build(
                    self.kind,
                    name,
                    name,
                    grid,
                    settings={"pieces": pieces, "nlist": lists},
                    random=True,
                    least_training=max(lists, 16),
                    lists=lists,
                )
