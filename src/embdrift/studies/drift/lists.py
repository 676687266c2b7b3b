"""The first k results of every item or query of a version, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from embdrift.metrics import unresolved
from embdrift.studies.engine.matching import canonical, canonical_numbering, sample
from embdrift.studies.engine.study import CommonOptions, Version, search_depth
from embdrift.studies.engine.tables import BLOCK, Tables, View, searching_set
from embdrift.types import Array, Floats, Positions


@dataclass(frozen=True, eq=False)
class Block:
    """Some of the lists.

    Args:
        where: shape (b,), which of the version's lists they are
        items: shape (b, k), places of the results among `Lists.items`
        scores: shape (b, k), theirs, higher is closer
        told: shape (b,), False where too many items tie with the last result to say which are in the list
    """

    where: Positions
    items: Positions
    scores: Floats
    told: Array


@dataclass(frozen=True, eq=False)
class Lists:
    """The lists of one version in one scope.

    Args:
        searching: shape (q,), ids of who searches, as text, in canonical order
        items: shape (n,), ids of what can be found, as text, in canonical order
        k: results in a list
        everyone: whether all there are search, or a sample
        view: what they find
    """

    searching: Array
    items: Array
    k: int
    everyone: bool
    view: View

    def blocks(self) -> Iterator[Block]:
        """The lists, equal scores by id."""
        for start in range(0, len(self.searching), BLOCK):
            part = np.arange(start, min(start + BLOCK, len(self.searching)))
            found = self.view.block(part)
            told = ~unresolved(found, self.k)
            yield Block(part, found.positions[:, : self.k].astype(np.int64), found.scores[:, : self.k], told)


def lists_of(tables: Tables, version: Version, scope: str, common: CommonOptions, query_sample: int | None) -> Lists:
    """The lists of a version, from the tables that the neighbour-shift study searched.

    Args:
        tables: where neighbours come from
        version: which has queries where the scope asks for them
        scope: "corpus" or "queries"
        common: k, and the seed of the sample
        query_sample: sampled rows that search; None for all
    """
    ids, rows = canonical(searching_set(version, scope))
    chosen = np.arange(len(ids)) if query_sample is None else sample(ids, query_sample, common.seed)
    searched = tables.of(version, scope, search_depth(common.k), rows=None if query_sample is None else rows[chosen])
    k = min(common.k, searched.table.depth)
    view = View(searched, rows[chosen], canonical_numbering(version.corpus), k, searched.table.n_corpus)
    items = canonical(version.corpus)[0].astype(str).astype(object)
    return Lists(ids[chosen].astype(str).astype(object), items, k, len(chosen) == len(ids), view)
