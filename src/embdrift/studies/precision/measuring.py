"""Everything that is measured about one cell on one scope."""

from dataclasses import dataclass, replace

import numpy as np

from embdrift.metrics import boundary_ties
from embdrift.numerics import (
    FLOATS,
    Lost,
    PairScores,
    Provenance,
    ScoreError,
    Side,
    expectation,
    expected_lost,
    find_lost,
    is_labelled,
    label_lost,
    pair_scores,
    provenance,
    score_error,
    score_noise,
    side,
)
from embdrift.progress import Progress
from embdrift.studies.engine.compare import Comparison, compare
from embdrift.studies.engine.tables import BLOCK, View
from embdrift.studies.precision.cell_search import CellSearch, CellTables, search_cell
from embdrift.studies.precision.scope import Scope, nearest
from embdrift.types import Array, Floats, Positions

ERROR_ROWS = 200
"""Queries whose score errors are held against theory and bounds, which need every component of every pair."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What became of one scope's neighbours in one cell.

    Args:
        search: the cell and the scope
        tables: what its search found
        both: every neighbour metric
        lost: every lost neighbour with its label; None where the cell is another metric
        provenance: stored rows that are not a fresh rounding of the reference, of the corpus and of the queries
        error: errors of kept scores; None where the cell is another metric
        predicted_lost: shape (q,), neighbours that noise of this size should cost; None where that cannot be said
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
    def scope(self) -> Scope:
        """Who searches."""
        return self.search.scope


def measure(search: CellSearch, progress: Progress) -> Measured:
    """Search one scope in one cell and hold it against the certified neighbours."""
    scope, cell = search.scope, search.cell
    k = scope.k
    wanted, true = nearest(scope.view, min(scope.view.depth, 3 * k))
    tables = search_cell(search, wanted)
    new = scope.seen(tables.final)
    both = compare(scope.view, new, k=k, n_items=len(scope.item_rows), progress=progress)
    checked = _provenance(search)
    comparable = is_labelled(cell)
    kept = tables.looked_up
    plain = cell.rescore is None
    return Measured(
        search=search,
        tables=tables,
        both=both,
        lost=_labelled(search, tables, checked) if comparable else None,
        provenance=checked,
        error=_error(search, wanted, true, kept) if comparable else None,
        predicted_lost=_predicted(scope, kept, true) if comparable and plain else None,
        as_listed=as_listed(scope.view, new, k),
        ties_created=_ties_created(scope.view, new, k),
        infinite=int(np.isinf(kept).sum() + np.isinf(tables.first.table.scores).sum()),
    )


def _predicted(scope: Scope, kept: Floats, true: Floats) -> Floats | None:
    _, scores = nearest(scope.view, scope.view.depth)
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
        similarity=scope.metric,
        cuda=search.device.type == "cuda",
    )
    return score_error(kept[chosen].ravel(), true[chosen].ravel(), theory, FLOATS[search.cell.kept.value])


def _provenance(search: CellSearch) -> dict[str, Provenance]:
    stored, scope = search.stored, search.scope
    found = {"corpus": provenance(stored.corpus, scope.version.corpus.vectors, stored.codec)}
    if stored.queries.storage is stored.codec.storage and scope.name == "queries":
        found["queries"] = provenance(stored.queries, scope.searching.vectors, stored.codec)
    return found


def _labelled(search: CellSearch, tables: CellTables, checked: dict[str, Provenance]) -> Lost:
    """Label what was lost, by what should be stored, whatever is."""
    scope = search.scope
    old, old_scores = nearest(scope.view, scope.k)
    new, _ = nearest(scope.seen(tables.final), scope.k)
    first = None
    if search.cell.rescore is not None:
        first = nearest(scope.seen(tables.first), tables.first.table.depth)[0]
    corpus, queries = search.corpus, search.queries
    if any(len(found.rows) for found in checked.values()):
        corpus, queries = _fresh(search)

    def stored(at: Positions, items: Positions) -> PairScores:
        return pair_scores(
            corpus, queries, scope.rows[at], scope.item_rows[items],
            cell=search.cell, similarity=scope.metric, cuda=search.device.type == "cuda",
        )  # fmt: skip

    truth = changed_truth(scope, old, new)
    return label_lost(old, old_scores, new, truth, stored=stored, first_stage=first)


def changed_truth(scope: Scope, old: Array, new: Array) -> Floats:
    """Certified scores of the new lists, shape (q, k), where they differ from the old ones; NaN elsewhere."""
    truth = np.full(new.shape, np.nan)
    changed = np.flatnonzero((np.sort(old, axis=1) != np.sort(new, axis=1)).any(axis=1))
    for start in range(0, len(changed), BLOCK):
        part = changed[start : start + BLOCK]
        truth[part] = scope.true_scores(part, new[part])
    return truth


def _fresh(search: CellSearch) -> tuple[Side, Side]:
    """Both sides as they should be stored."""
    scope, codec = search.scope, search.stored.codec
    corpus = side(codec.encode(scope.version.corpus.vectors), search.cell.arithmetic)
    if search.stored.queries is search.stored.corpus:
        return corpus, corpus
    if search.stored.queries.storage is not codec.storage:
        return corpus, search.queries
    return corpus, side(codec.encode(scope.searching.vectors), search.cell.arithmetic)


def as_listed(old: View, new: View, k: int) -> Floats:
    """Share of each query's nearest k that is among its new nearest k, ties broken by position in both, shape (q,)."""
    first, _ = nearest(old, k)
    lost, _ = find_lost(first, nearest(new, k)[0])
    return np.asarray(1 - np.bincount(lost, minlength=len(first)) / k)


def _ties_created(old: View, new: View, k: int) -> Floats:
    old, new = replace(old, depth=k), replace(new, depth=k)
    parts = []
    for start in range(0, len(old.rows), BLOCK):
        part = slice(start, start + BLOCK)
        before, after = boundary_ties(old.block(part), k), boundary_ties(new.block(part), k)
        parts.append(after & ~before)
    return np.concatenate(parts).astype(np.float64)
