"""One cell of the ladder on one scope: stored, searched, rescored if asked for, and compared with the reference."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics import (
    FLOATS,
    Arithmetic,
    Codec,
    Encoded,
    Exhaustive,
    KeptFormat,
    Listed,
    Lost,
    Operands,
    PairScores,
    PrecisionCell,
    Provenance,
    QueryFormat,
    RescoreWith,
    ScoreError,
    StorageFormat,
    expectation,
    expected_lost,
    fit,
    is_labeled,
    label_lost,
    operands,
    provenance,
    score_error,
    score_noise,
    stored_pair_scores,
)
from embdrift.progress import Progress
from embdrift.search import exact_search, pair_scores
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.study import QuerySet
from embdrift.studies.engine.tables import NeighborTable
from embdrift.studies.precision.reference import ReferenceNeighbors, as_listed, changed_truth, ties_created
from embdrift.types import Floats, Neighbors, Positions

ERROR_ROWS = 200
"""Queries whose score errors are held against theory and bounds, which need every component of every pair."""


@dataclass(frozen=True, eq=False)
class StoredVectors:
    """The reference as a cell stores it.

    Args:
        codec: how vectors are stored
        corpus: the stored corpus
        queries: the stored queries; the corpus where it searches itself in the same form
    """

    codec: Codec
    corpus: Encoded
    queries: Encoded


def store(cell: PrecisionCell, scope: ReferenceNeighbors, corpus: Encoded | None = None) -> StoredVectors:
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
        return StoredVectors(codec, corpus, as_given(searching))
    return StoredVectors(codec, corpus, corpus if scope.name is QuerySet.corpus else codec.encode(searching))


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

    cell: PrecisionCell
    scope: ReferenceNeighbors
    stored: StoredVectors
    corpus: Operands
    queries: Operands
    device: torch.device

    @property
    def own(self) -> bool:
        """Whether the corpus searches itself."""
        return self.scope.name is QuerySet.corpus

    def run(
        self, rows: Positions, depth: int, *, wanted: Positions | None = None, block_queries: int | None = None
    ) -> Listed:
        """The best of some rows in the cell's arithmetic, before anything is scored again.

        Args:
            rows: shape (q,), rows of the searching vectors
            depth: neighbors per row
            wanted: shape (q, w), corpus rows whose scores are wanted besides
            block_queries: queries at a time; None for the usual number
        """
        own = rows if self.own else np.full(len(rows), -1)
        if self.certified:
            return self._certified(rows, own, depth, wanted)
        left_out = self.scope.version.corpus.left_out
        skip = np.zeros(len(self.corpus), np.bool_)
        skip[left_out] = True
        search = Exhaustive(self.cell, self.scope.similarity, self.corpus, self.queries, skip, self.device)
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
            similarity=self.scope.similarity,
            left_out=self.scope.version.corpus.left_out,
            device=str(self.device),
        )
        if wanted is None:
            return Listed(table, np.empty((len(rows), 0)))
        scores = pair_scores(corpus, wanted, queries=queries, rows=rows, similarity=self.scope.similarity)
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
        similarity = self.scope.similarity
        if self.cell.rescore_with is RescoreWith.original:
            return pair_scores(
                self.scope.version.corpus.vectors, positions, queries=queries, rows=rows, similarity=similarity
            )
        exact = PrecisionCell(arithmetic=Arithmetic.float64, kept=KeptFormat.float64)
        left, right = operands(as_given(queries), exact.arithmetic), operands(self.stored.corpus, exact.arithmetic)
        flat = np.repeat(rows, positions.shape[1])
        found = stored_pair_scores(right, left, flat, positions.ravel(), cell=exact, similarity=similarity)
        return found.scores.reshape(positions.shape)


def cell_search(
    cell: PrecisionCell, scope: ReferenceNeighbors, stored: StoredVectors, device: torch.device
) -> CellSearch:
    """Make a stored scope ready to multiply."""
    corpus = operands(stored.corpus, cell.arithmetic)
    queries = corpus if stored.queries is stored.corpus else operands(stored.queries, cell.arithmetic)
    return CellSearch(cell, scope, stored, corpus, queries, device)


@dataclass(frozen=True, eq=False)
class CellTables:
    """The lists that a cell's search found.

    Args:
        first: the list in the cell's arithmetic, one row per searching row, ascending
        final: the same list, rescored where the cell says so
        looked_up: shape (q, w), kept scores of the reference's nearest w, in canonical order of the queries
    """

    first: NeighborTable
    final: NeighborTable
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
    depth = scope.table.depth if cell.rescore is None else min(cell.rescore * scope.k, scope.table.n_corpus)
    listed = search.run(rows, depth, wanted=scope.item_rows[wanted[order]])
    looked_up = np.empty(listed.looked_up.shape)
    looked_up[order] = listed.looked_up
    first = scope.table.of_search(listed.neighbors, rows)
    final = first if cell.rescore is None else scope.table.of_search(search.rescored(listed.neighbors, rows), rows)
    return CellTables(first, final, looked_up)


@dataclass(frozen=True, eq=False)
class CellResult:
    """One scope's neighbors in one cell, compared with the reference.

    Args:
        search: the cell and the scope
        tables: the lists that its search found
        both: every neighbor metric
        lost: every lost neighbor with its label; None where the cell scores by another similarity
        provenance: stored rows that are not a fresh rounding of the reference, of the corpus and of the queries
        error: errors of kept scores; None where the cell scores by another similarity
        predicted_lost: shape (q,), neighbors that noise of this size should cost; None where that cannot be said
        as_listed: shape (q,), share of the nearest k that is listed again, with ties as the search breaks them
        ties_created: shape (q,), whether a tie cuts the new list where none cut the old
        infinite: kept scores that are infinite
    """

    search: CellSearch
    tables: CellTables
    both: Comparison
    lost: Lost | None
    provenance: dict[str, Provenance]
    error: ScoreError | None
    predicted_lost: Floats | None
    as_listed: Floats
    ties_created: Floats
    infinite: int

    @property
    def scope(self) -> ReferenceNeighbors:
        """Who searches."""
        return self.search.scope


def measure(search: CellSearch, progress: Progress) -> CellResult:
    """Search one scope in one cell and hold it against the certified neighbors."""
    scope, cell = search.scope, search.cell
    k = scope.k
    wanted, true = scope.table.nearest(min(scope.table.depth, 3 * k))
    tables = search_cell(search, wanted)
    new = tables.final
    both = compare(scope.table, new, k=k, n_items=len(scope.item_rows), progress=progress)
    checked = _provenance(search)
    comparable = is_labeled(cell)
    kept = tables.looked_up
    plain = cell.rescore is None
    return CellResult(
        search=search,
        tables=tables,
        both=both,
        lost=_labelled(search, tables, checked) if comparable else None,
        provenance=checked,
        error=_error(search, wanted, true, kept) if comparable else None,
        predicted_lost=_predicted(scope, kept, true) if comparable and plain else None,
        as_listed=as_listed(scope.table, new, k),
        ties_created=ties_created(scope.table, new, k),
        infinite=int(np.isinf(kept).sum() + np.isinf(tables.first.found.scores).sum()),
    )


def _predicted(scope: ReferenceNeighbors, kept: Floats, true: Floats) -> Floats | None:
    _, scores = scope.table.nearest(scope.table.depth)
    with np.errstate(invalid="ignore"):
        noise = score_noise(kept, true)
    return expected_lost(scores, noise, scope.k) if np.isfinite(noise).all() else None


def _error(search: CellSearch, wanted: Positions, true: Floats, kept: Floats) -> ScoreError:
    scope = search.scope
    # evenly spread, so that no order in the ids shows
    chosen = np.unique(np.linspace(0, len(wanted) - 1, min(ERROR_ROWS, len(wanted))).astype(np.int64))
    rows = np.repeat(scope.rows[chosen], wanted.shape[1])
    items = scope.item_rows[wanted[chosen]].ravel()
    theory = expectation(
        scope.version.corpus.vectors,
        scope.searching.vectors,
        (search.corpus, search.queries),
        rows,
        items,
        cell=search.cell,
        similarity=scope.similarity,
        device=search.device,
    )
    return score_error(kept[chosen].ravel(), true[chosen].ravel(), theory, FLOATS[search.cell.kept.value])


def _provenance(search: CellSearch) -> dict[str, Provenance]:
    stored, scope = search.stored, search.scope
    found = {"corpus": provenance(stored.corpus, scope.version.corpus.vectors, stored.codec)}
    if stored.queries.storage is stored.codec.storage and scope.name is QuerySet.queries:
        found["queries"] = provenance(stored.queries, scope.searching.vectors, stored.codec)
    return found


def _labelled(search: CellSearch, tables: CellTables, checked: dict[str, Provenance]) -> Lost:
    """Label what was lost, by what should be stored, whatever is."""
    scope = search.scope
    old, old_scores = scope.table.nearest(scope.k)
    new, _ = tables.final.nearest(scope.k)
    first = None
    if search.cell.rescore is not None:
        first = tables.first.nearest(tables.first.found.depth)[0]
    corpus, queries = search.corpus, search.queries
    if any(len(found.rows) for found in checked.values()):
        corpus, queries = _fresh(search)

    def stored(at: Positions, items: Positions) -> PairScores:
        return stored_pair_scores(
            corpus, queries, scope.rows[at], scope.item_rows[items],
            cell=search.cell, similarity=scope.similarity, device=search.device,
        )  # fmt: skip

    truth = changed_truth(scope, old, new)
    return label_lost(old, old_scores, new, truth, stored=stored, first_stage=first)


def _fresh(search: CellSearch) -> tuple[Operands, Operands]:
    """Both sides as they should be stored."""
    scope, codec = search.scope, search.stored.codec
    corpus = operands(codec.encode(scope.version.corpus.vectors), search.cell.arithmetic)
    if search.stored.queries is search.stored.corpus:
        return corpus, corpus
    if search.stored.queries.storage is not codec.storage:
        return corpus, search.queries
    return corpus, operands(codec.encode(scope.searching.vectors), search.cell.arithmetic)
