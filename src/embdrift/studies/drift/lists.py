"""The first k results of every item or query of a version, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from embdrift.metrics import unresolved
from embdrift.studies.engine.matching import sample
from embdrift.studies.engine.study import CommonOptions, QuerySet, Version, search_depth
from embdrift.studies.engine.tables import NeighborTable, Tables
from embdrift.types import Array, Floats, Positions


@dataclass(frozen=True, eq=False)
class ListBlock:
    """A block of result lists.

    Args:
        where: shape (b,), which of the version's lists they are
        items: shape (b, k), places of the results among `ResultLists.items`
        scores: shape (b, k), their scores, higher is closer
        resolved: shape (b,), False where too many items tie with the last result to say which are in the list
    """

    where: Positions
    items: Positions
    scores: Floats
    resolved: Array


@dataclass(frozen=True, eq=False)
class ResultLists:
    """The lists of one version in one scope.

    Args:
        searching: shape (q,), ids of the rows that search, as text, in canonical order
        items: shape (n,), ids of what can be found, as text, in canonical order
        k: results in a list
        everyone: whether all rows search, or a sample of them
        table: their neighbors
    """

    searching: Array
    items: Array
    k: int
    everyone: bool
    table: NeighborTable

    def blocks(self) -> Iterator[ListBlock]:
        """The lists, equal scores by id."""
        for part, found in self.table.blocks():
            resolved = ~unresolved(found, self.k)
            positions, scores = found.positions[:, : self.k], found.scores[:, : self.k]
            yield ListBlock(np.arange(part.start, part.stop), positions.astype(np.int64), scores, resolved)


def lists_of(
    tables: Tables, version: Version, scope: QuerySet, common: CommonOptions, query_sample: int | None
) -> ResultLists:
    """The lists of a version, from the tables that the neighbor-shift study searched.

    Args:
        tables: where neighbors come from
        version: which has queries where the scope asks for them
        scope: who searches
        common: k, and the seed of the sample
        query_sample: sampled rows that search; None for all
    """
    ids, rows = version.searching(scope).ordered_ids, version.searching(scope).ordered_rows
    chosen = np.arange(len(ids)) if query_sample is None else sample(ids, query_sample, common.seed)
    searched = tables.of(version, scope, search_depth(common.k), rows=None if query_sample is None else rows[chosen])
    k = min(common.k, searched.found.depth)
    items = version.corpus.ordered_ids.astype(str).astype(object)
    return ResultLists(ids[chosen].astype(str).astype(object), items, k, len(chosen) == len(ids), searched.shallower(k))
