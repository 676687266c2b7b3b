"""A layered graph over whole vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from embdrift.index.kind import Build, IndexKind, Keeps, grid_of, index_kind

GRAPH_LEAST = {"m": 2, "ef_construction": 1}


@index_kind("hnsw_flat")
@dataclass
class HnswFlat(IndexKind):
    """Each item links to near ones; a search walks the links towards the query.

    Args:
        m: links per item; twice as many in the lowest layer
        ef_construction: candidates kept while an item is inserted
        ef_search: candidates kept while searching; faiss never keeps fewer than k
    """

    least: ClassVar = GRAPH_LEAST
    m: list[int] = field(default_factory=lambda: [16])
    ef_construction: list[int] = field(default_factory=lambda: [100])
    ef_search: list[int] = field(default_factory=lambda: [8, 16, 32, 64, 128, 256])

    def builds(self) -> Iterator[Build]:
        """One index per number of links and of candidates."""
        yield from hnsw_builds(self.kind, self.m, self.ef_construction, self.ef_search, code="Flat")


def hnsw_builds(
    kind: str, m: list[int], ef_construction: list[int], ef_search: list[int], code: str
) -> Iterator[Build]:
    """One graph per number of links and of candidates over vectors kept in a code."""
    for links in m:
        for candidates in ef_construction:
            factory = f"HNSW{links},{code}"
            yield Build(
                kind,
                f"{factory} efc{candidates}",
                factory,
                grid_of(ef_search=ef_search),
                settings={"m": links, "ef_construction": candidates},
                keeps=Keeps.graph,
                random=True,
            )
