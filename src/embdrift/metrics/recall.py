"""Recall of an index: what it found of what exact search finds."""

from dataclasses import dataclass

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.blocks import check_depth, row_slices
from embdrift.types import Array, Floats, Neighbors, Positions, Similarity


def recall(reference: Neighbors, found: Array, k: int, *, tolerance: Floats | float = 0.0) -> Floats:
    """Share of each query's k nearest that an index found: 1 is all.

    "Recall@k" means several things in this field. Here it compares ids: with s the k-th exact score, A the items that
    score more than s and T those that score exactly s, it is

        (|found and A| + min(|found and T|, k - |A|)) / k,

    so that an item which ties with the k-th is as good as the k-th, whatever the order among them, and no query counts
    for more than k. That is |found and exact k| / k where there are no ties (the k-recall@k of big-ann-benchmarks and
    DiskANN). An item found twice counts once; fewer than k found count as misses.

    A tolerance widens T to the scores within it. ann-benchmarks adds a fixed 0.001 to the distance; in a space where
    all vectors are alike that is more than what tells neighbors apart, and hides misses. Use one that follows the
    query's own distances, such as `tie_tolerance`.

    Args:
        reference: exact neighbors of q queries, the deeper than k the better: ties are looked up in it
        found: shape (q, k) or wider, items numbered as in the reference, best first, -1 for none
        k: neighbors per query, 1 <= k <= depth of the reference
        tolerance: how far below or above the k-th score an item still ties with it, for all queries or shape (q,)

    Returns:
        shape (q,), within 0 ... 1; NaN where so many items tie that the reference does not list them all, unless all k
        were found without them

    Raises:
        InputError: when the tables hold different numbers of queries, or k is out of range

    Example:
        >>> exact = Neighbors.from_arrays([[0, 1, 2]], scores=[[0.9, 0.5, 0.2]], n_corpus=9)
        >>> recall(exact, np.array([[1, 7]]), 2).tolist()
        [0.5]
    """
    _check(reference, found, k)
    allowed = np.broadcast_to(np.asarray(tolerance, np.float64), (reference.q,))
    values = np.empty(reference.q)
    for block in row_slices(reference.q, max(reference.depth, found.shape[1])):
        values[block] = _recall_block(reference.take(block), np.asarray(found[block, :k]), k, allowed[block])
    return values


def _recall_block(reference: Neighbors, found: Array, k: int, tolerance: Floats) -> Floats:
    level = reference.scores[:, k - 1]
    above = reference.scores > (level + tolerance)[:, None]
    tied = (reference.scores >= (level - tolerance)[:, None]) & ~above
    keys = _Keys(reference, found)
    hits_above = keys.count(keys.of(reference.positions, above), reference.q)
    listed_ties = np.concatenate([keys.of(reference.positions, tied), keys.of_ties(reference, tied[:, -1])])
    hits_tied = np.minimum(keys.count(listed_ties, reference.q), k - above.sum(axis=1))
    values = (hits_above + hits_tied) / k
    values[(values < 1) & _open_ended(reference, level, tolerance)] = np.nan
    return np.asarray(values)


class _Keys:
    """Items of different rows as numbers that differ, so that all rows are looked up at once."""

    def __init__(self, reference: Neighbors, found: Array) -> None:
        most = [array.max(initial=0) for array in (reference.positions, reference.tie_positions, found)]
        self._step = int(max(most)) + 1
        rows = np.repeat(np.arange(len(found)), found.shape[1])
        flat = found.ravel().astype(np.int64)
        self._found = np.unique((rows * self._step + flat)[flat >= 0])

    def of(self, positions: Array, chosen: Array) -> Positions:
        """Keys of the chosen entries of a table of shape (q, depth)."""
        rows, columns = np.nonzero(chosen)
        return rows * self._step + positions[rows, columns].astype(np.int64)

    def of_ties(self, reference: Neighbors, chosen: Array) -> Positions:
        """Keys of the items listed as ties with the last neighbor, for the chosen rows."""
        rows = np.repeat(np.arange(reference.q), np.diff(reference.tie_starts))
        kept = chosen[rows]
        return rows[kept] * self._step + reference.tie_positions[kept].astype(np.int64)

    def count(self, wanted: Positions, q: int) -> Positions:
        """How many of the wanted items each row found, shape (q,)."""
        places = np.searchsorted(self._found, wanted)
        places[places == len(self._found)] = 0
        there = self._found[places] == wanted if len(self._found) else np.zeros(len(wanted), np.bool_)
        return np.bincount(wanted[there] // self._step, minlength=q)


def _open_ended(reference: Neighbors, level: Floats, tolerance: Floats) -> Array:
    """Whether items beyond those listed may tie with the k-th: the list ends within the ties, and not all is known."""
    last = reference.scores[:, -1]
    unlisted = reference.tied_beyond > np.diff(reference.tie_starts)
    # Exact ties with the last one are listed; what scores less than it is not, unless the list holds the whole corpus.
    further = (
        (tolerance > 0) & (last > level - tolerance) & (reference.depth + reference.tied_beyond < reference.n_corpus)
    )
    return np.asarray((last >= level - tolerance) & (unlisted | further))


def tie_tolerance(reference: Neighbors, k: int, *, similarity: Similarity, share: float = 1e-3) -> Floats:
    """How near a score must be to the k-th to count as a tie, relative to the query's own distances.

    A share of the distance at rank k: 1 - cosine, or the squared distance. An inner product has no zero to measure
    from, so there it is a share of how far the k-th score falls below the best one.

    Args:
        reference: exact neighbors
        k: the rank, 1 <= k <= depth
        similarity: what the scores are
        share: of that distance

    Returns:
        shape (q,), in units of the score, not negative

    Raises:
        InputError: when k is out of range, or the share negative

    Example:
        >>> exact = Neighbors.from_arrays([[0, 1, 2]], scores=[[0.9, 0.5, 0.25]], n_corpus=9)
        >>> tie_tolerance(exact, 2, similarity=Similarity.cosine, share=0.1).tolist()
        [0.05]
    """
    check_depth(k, reference.depth)
    if not share >= 0:
        raise InputError(f"a tie tolerance must be a share of at least 0, got {share}")
    level = reference.scores[:, k - 1]
    best = {Similarity.cosine: 1.0, Similarity.l2: 0.0}.get(similarity)
    top = reference.scores[:, 0] if best is None else np.full(len(level), best)
    return np.asarray(share * np.maximum(top - level, 0.0))


def tied_queries(reference: Neighbors, k: int, *, tolerance: Floats | float = 0.0) -> Array:
    """Whether an item beyond rank k ties with the k-th, so that the nearest k are a matter of choice.

    Args:
        reference: exact neighbors
        k: the rank, 1 <= k <= depth
        tolerance: as in `recall`

    Returns:
        bool, shape (q,)

    Raises:
        InputError: when k is out of range

    Example:
        >>> exact = Neighbors.from_arrays([[0, 1, 2]], scores=[[0.9, 0.5, 0.5]], n_corpus=9)
        >>> tied_queries(exact, 1).tolist(), tied_queries(exact, 2).tolist()
        ([False], [True])
    """
    check_depth(k, reference.depth)
    level = reference.scores[:, k - 1] - tolerance
    if k < reference.depth:
        return np.asarray(reference.scores[:, k] >= level)
    return np.asarray(reference.tied_beyond > 0)


@dataclass(frozen=True)
class RecallSpread:
    """How recall is spread over queries: one mean can come from all losing a little or from some losing all.

    Args:
        mean: over the queries whose recall is defined
        p1: the value that 1 % of the queries do not exceed
        p5: the value that 5 % of the queries do not exceed
        below_half: share of queries with a recall below 0.5
        below_four_fifths: share of queries with a recall below 0.8
        robustness: share of queries with a recall of at least the threshold (robustness-delta@k)
        n: queries that the figures rest on
    """

    mean: float
    p1: float
    p5: float
    below_half: float
    below_four_fifths: float
    robustness: float
    n: int


def recall_spread(values: Floats, *, threshold: float = 0.9) -> RecallSpread:
    """The spread of recall over queries; all NaN where no query's recall is defined.

    Args:
        values: shape (q,), NaN where not defined
        threshold: what counts as good enough for one query

    Example:
        >>> spread = recall_spread(np.array([1.0, 1.0, 0.4, 0.9]))
        >>> spread.mean, spread.below_half, spread.robustness
        (0.825, 0.25, 0.75)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        nan = float("nan")
        return RecallSpread(nan, nan, nan, nan, nan, nan, 0)
    low = np.quantile(known, [0.01, 0.05], method="inverted_cdf")
    return RecallSpread(
        mean=float(known.mean()),
        p1=float(low[0]),
        p5=float(low[1]),
        below_half=float((known < 0.5).mean()),
        below_four_fifths=float((known < 0.8).mean()),
        robustness=float((known >= threshold).mean()),
        n=len(known),
    )


def _check(reference: Neighbors, found: Array, k: int) -> None:
    check_depth(k, reference.depth)
    short = np.isneginf(reference.scores[:, -1])
    if short.any():
        query = int(short.argmax())
        raise InputError(
            f"the reference must list {reference.depth} neighbors of every query, and query {query} has fewer (-1):"
            " recall is measured against an exhaustive search"
        )
    if found.ndim != 2 or len(found) != reference.q:
        raise InputError(
            f"what was found must list the same {reference.q} queries row by row, got an array of shape {found.shape}"
        )
