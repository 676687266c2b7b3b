"""Exhaustive search over whole vectors: the control, which must find everything."""

from collections.abc import Iterator
from dataclasses import dataclass

from embdrift.index.kind import Build, IndexKind, Keeps, index_kind


@index_kind("flat")
@dataclass
class Flat(IndexKind):
    """Every vector is compared in float32; nothing is trained."""

    def builds(self) -> Iterator[Build]:
        """One index."""
        yield Build(self.kind, "Flat", "Flat", keeps=Keeps.nothing, gpu=True)
