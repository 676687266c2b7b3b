"""Any index that faiss can make from a description in a string."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from embdrift.index.kind import Build, IndexKind, Keeps, grid_of, index_kind

_LISTS = re.compile(r"(?:^|,)IVF(\d+)")


@index_kind("factory")
@dataclass
class Factory(IndexKind):
    """Indexes by their `index_factory` strings, such as `OPQ16,IVF256,PQ16`.

    Args:
        strings: the descriptions
        search: search parameters by faiss's names (`nprobe`, `efSearch`, `k_factor_rf`, `ht`, …), each with its values;
            an index takes those that it has
    """

    strings: list[str] = field(default_factory=list)
    search: dict[str, list[int]] = field(default_factory=dict)

    def builds(self) -> Iterator[Build]:
        """One index per string."""
        for text in self.strings:
            found = _LISTS.search(text)
            lists = int(found[1]) if found else 0
            has = {
                "nprobe": bool(lists),
                "efSearch": text.startswith("HNSW"),
                "k_factor_rf": "Refine(" in text or "RFlat" in text,
            }
            values = {name: every for name, every in self.search.items() if has.get(name, True)}
            keeps = Keeps.graph if text.startswith("HNSW") else Keeps.training
            grid = grid_of(**values)
            yield Build(
                self.kind, text, text, grid, keeps=keeps, random=True, least_training=max(lists, 1), lists=lists
            )
