"""Inverted lists of vectors rounded to float16 or 8 bits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, grid_of, index_kind
from embdrift.index.kinds.ivf_flat import ivf_build
from embdrift.index.kinds.scalar import ScalarCode


@index_kind("ivf_sq")
@dataclass
class IvfScalar(IndexKind):
    """As `ivf_flat`, with each component of a vector rounded.

    Args:
        nlist: how many lists
        code: how components are rounded
        nprobe: how many lists a search looks into
    """

    least: ClassVar = {"nlist": 1}
    nlist: list[int] = field(default_factory=lambda: [128])
    code: list[ScalarCode] = field(default_factory=lambda: [ScalarCode.fp16, ScalarCode.int8])
    nprobe: list[int] = field(default_factory=lambda: [1, 2, 4, 8, 16, 32])

    def builds(self) -> Iterator[Build]:
        """One index per number of lists and code."""
        for lists in self.nlist:
            for code in self.code:
                grid, gpu = grid_of(nprobe=self.nprobe), code is not ScalarCode.bf16
                yield ivf_build(self.kind, code.value, {"nlist": lists}, grid, gpu=gpu)
