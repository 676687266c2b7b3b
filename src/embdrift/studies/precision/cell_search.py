"""One cell of the ladder on one scope: stored, searched, and scored again where that is asked for."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics import (
    Arithmetic,
    Cell,
    Codec,
    Encoded,
    Exhaustive,
    KeptFormat,
    Listed,
    QueryFormat,
    RescoreWith,
    Side,
    StorageFormat,
    fit,
    side,
)
from embdrift.numerics import pair_scores as stored_pair_scores
from embdrift.search import exact_search, pair_scores
from embdrift.studies.engine.tables import Searched
from embdrift.studies.precision.scope import Scope
from embdrift.types import Floats, Neighbors, Positions


@dataclass(frozen=True, eq=False)
class Stored:
    """The reference as a cell stores it.

    Args:
        codec: how vectors are stored
        corpus: the stored corpus
        queries: the stored queries; the corpus where it searches itself in the same form
    """

    codec: Codec
    corpus: Encoded
    queries: Encoded


def store(cell: Cell, scope: Scope, corpus: Encoded | None = None) -> Stored:
    """Store a scope's vectors as a cell does.

    Args:
        cell: the cell
        scope: whose vectors
        corpus: the corpus, where it has been stored before
    """
    vectors = scope.version.corpus.vectors
    codec = fit(cell.storage, vectors)
    corpus = codec.encode(vectors) if corpus is None else corpus
    searching = scope.searching.vectors
    if cell.query is QueryFormat.given:
        return Stored(codec, corpus, as_given(searching))
    return Stored(codec, corpus, corpus if scope.name == "corpus" else codec.encode(searching))


def as_given(vectors: torch.Tensor) -> Encoded:
    """Vectors that are not rounded at all."""
    exact = StorageFormat.float64 if vectors.dtype == torch.float64 else StorageFormat.float32
    return Codec(exact).encode(vectors)


@dataclass(frozen=True, eq=False)
class CellSearch:
    """A cell's search of one scope.

    Args:
        cell: the cell
        scope: who searches
        stored: what is searched
        corpus: the corpus, ready to multiply
        queries: the queries, ready to multiply
        device: where products are computed
    """

    cell: Cell
    scope: Scope
    stored: Stored
    corpus: Side
    queries: Side
    device: torch.device

    @property
    def own(self) -> bool:
        """Whether the corpus searches itself."""
        return self.scope.name == "corpus"

    def run(
        self, rows: Positions, depth: int, *, wanted: Positions | None = None, block_queries: int | None = None
    ) -> Listed:
        """The best of some rows in the cell's arithmetic, before anything is scored again.

        Args:
            rows: shape (q,), rows of the searching vectors
            depth: neighbours per row
            wanted: shape (q, w), corpus rows whose scores are wanted besides
            block_queries: queries at a time; None for the usual number
        """
        own = rows if self.own else np.full(len(rows), -1)
        if self.certified:
            return self._certified(rows, own, depth, wanted)
        left_out = self.scope.version.corpus.left_out
        skip = np.zeros(len(self.corpus), np.bool_)
        skip[left_out] = True
        search = Exhaustive(self.cell, self.scope.metric, self.corpus, self.queries, skip, self.device)
        if block_queries is None:
            return search.search(rows, own, depth, wanted=wanted)
        return search.search(rows, own, depth, wanted=wanted, block_queries=block_queries)

    @property
    def certified(self) -> bool:
        """Whether the cell computes what embdrift's exact search does: no rounding but that of the stored codes."""
        return self.cell.arithmetic is Arithmetic.float64 and self.cell.kept is KeptFormat.float64

    def _certified(self, rows: Positions, own: Positions, depth: int, wanted: Positions | None) -> Listed:
        corpus, queries = self.stored.corpus.decode(), self.stored.queries.decode()
        table = exact_search(
            corpus,
            depth,
            queries=queries,
            rows=rows,
            own=own,
            similarity=self.scope.metric,
            left_out=self.scope.version.corpus.left_out,
            device=str(self.device),
        )
        if wanted is None:
            return Listed(table, np.empty((len(rows), 0)))
        scores = pair_scores(corpus, wanted, queries=queries, rows=rows, similarity=self.scope.metric)
        return Listed(table, scores)

    def rescored(self, listed: Neighbors, rows: Positions) -> Neighbors:
        """The first list, scored again in float64 and put in that order; what it lacks stays lacking."""
        positions = np.sort(listed.positions.astype(np.int64), axis=1)
        scores = self._exact(positions, rows)
        order = np.argsort(-scores, axis=1, kind="stable")
        return Neighbors(
            positions=np.take_along_axis(positions, order, axis=1),
            scores=np.take_along_axis(scores, order, axis=1),
            tied_beyond=np.zeros(len(rows), np.int64),
            tie_starts=np.zeros(len(rows) + 1, np.int64),
            tie_positions=np.empty(0, np.int64),
            n_corpus=listed.n_corpus,
        )

    def _exact(self, positions: Positions, rows: Positions) -> Floats:
        queries = self.scope.searching.vectors
        metric = self.scope.metric
        if self.cell.rescore_with is RescoreWith.original:
            return pair_scores(
                self.scope.version.corpus.vectors, positions, queries=queries, rows=rows, similarity=metric
            )
        exact = Cell(arithmetic=Arithmetic.float64, kept=KeptFormat.float64)
        left, right = side(as_given(queries), exact.arithmetic), side(self.stored.corpus, exact.arithmetic)
        flat = np.repeat(rows, positions.shape[1])
        found = stored_pair_scores(right, left, flat, positions.ravel(), cell=exact, similarity=metric)
        return found.scores.reshape(positions.shape)


def cell_search(cell: Cell, scope: Scope, stored: Stored, device: torch.device) -> CellSearch:
    """Make a stored scope ready to multiply."""
    corpus = side(stored.corpus, cell.arithmetic)
    queries = corpus if stored.queries is stored.corpus else side(stored.queries, cell.arithmetic)
    return CellSearch(cell, scope, stored, corpus, queries, device)


@dataclass(frozen=True, eq=False)
class CellTables:
    """What a cell's search found.

    Args:
        first: the list in the cell's arithmetic, one row per searching row, ascending
        final: the same, or what scoring again made of it
        looked_up: shape (q, w), kept scores of the reference's nearest w, in canonical order of the queries
    """

    first: Searched
    final: Searched
    looked_up: Floats


def search_cell(search: CellSearch, wanted: Positions) -> CellTables:
    """Search all rows of a scope.

    Args:
        search: the cell on its scope
        wanted: shape (q, w), canonical numbers of the items whose scores are wanted, in canonical order of the queries
    """
    scope, cell = search.scope, search.cell
    order = np.argsort(scope.rows, kind="stable")
    rows = scope.rows[order]
    depth = scope.view.depth if cell.rescore is None else min(cell.rescore * scope.k, scope.view.n_corpus)
    listed = search.run(rows, depth, wanted=scope.item_rows[wanted[order]])
    looked_up = np.empty(listed.looked_up.shape)
    looked_up[order] = listed.looked_up
    first = Searched(listed.neighbors, rows)
    final = first if cell.rescore is None else Searched(search.rescored(listed.neighbors, rows), rows)
    return CellTables(first, final, looked_up)
