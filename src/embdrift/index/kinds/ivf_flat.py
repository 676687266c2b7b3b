"""Inverted lists of whole vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, grid_of
from embdrift.index.registry import index_kind


@index_kind("ivf_flat")
@dataclass
class IvfFlat(IndexKind):
    """The vectors lie in lists around centroids found by k-means; a search looks into the nearest few lists.

    Args:
        nlist: how many lists
        nprobe: how many of them a search looks into
    """

    least: ClassVar = {"nlist": 1}
    nlist: list[int] = field(default_factory=lambda: [128])
    nprobe: list[int] = field(default_factory=lambda: [1, 2, 4, 8, 16, 32])

    def builds(self) -> Iterator[Build]:
        """One index per number of lists."""
        for lists in self.nlist:
            grid = grid_of(nprobe=self.nprobe)
            name = f"IVF{lists},Flat"
            yield Build(
                self.kind,
                name,
                name,
                grid,
                settings={"nlist": lists},
                random=True,
                least_training=lists,
                lists=lists,
                gpu=True,
            )
