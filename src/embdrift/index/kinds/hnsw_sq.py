"""A layered graph over rounded vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, index_kind
from embdrift.index.kinds.hnsw_flat import GRAPH_LEAST, hnsw_builds
from embdrift.index.kinds.scalar import ScalarCode


@index_kind("hnsw_sq")
@dataclass
class HnswScalar(IndexKind):
    """As `hnsw_flat`, with each component of a vector rounded.

    Args:
        m: links per item; twice as many in the lowest layer
        ef_construction: candidates kept while an item is inserted
        ef_search: candidates kept while searching; faiss never keeps fewer than k
        code: how components are rounded
    """

    least: ClassVar = GRAPH_LEAST
    m: list[int] = field(default_factory=lambda: [16])
    ef_construction: list[int] = field(default_factory=lambda: [100])
    ef_search: list[int] = field(default_factory=lambda: [8, 16, 32, 64, 128, 256])
    code: list[ScalarCode] = field(default_factory=lambda: [ScalarCode.int8])

    def builds(self) -> Iterator[Build]:
        """One index per code, number of links and of candidates."""
        for code in self.code:
            yield from hnsw_builds(self.kind, self.m, self.ef_construction, self.ef_search, code=code.value)
