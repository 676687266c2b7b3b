"""Inverted lists of whole vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, Point, grid_of, index_kind


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
            yield ivf_build(self.kind, "Flat", {"nlist": lists}, grid_of(nprobe=self.nprobe), gpu=True)


def ivf_build(
    kind: str, code: str, settings: dict[str, int], grid: tuple[Point, ...], *, gpu: bool, least_training: int = 0
) -> Build:
    """Inverted lists of vectors kept in a code.

    Args:
        kind: name of the index type
        code: what the lists hold, as `index_factory` writes it
        settings: build settings, `nlist` among them
        grid: search settings
        gpu: whether a GPU can search it
        least_training: vectors that the code needs to be trained, beside one for each list
    """
    lists = settings["nlist"]
    name = f"IVF{lists},{code}"
    return Build(
        kind,
        name,
        name,
        grid,
        settings=settings,
        random=True,
        least_training=max(lists, least_training),
        lists=lists,
        gpu=gpu,
    )
