"""The values that travel between the parts: checked once when made, trusted after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from embdrift.errors import InputError
from embdrift.settings import Similarity as Similarity  # noqa: PLC0414  at home here too, for who has vectors

Array = NDArray[Any]
Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8)


@dataclass(frozen=True, eq=False)
class EmbeddingSet:
    """One version of the vectors of a list of items.

    Args:
        name: what the version is called in tables and plots
        vectors: shape (n, d), on the CPU, in the type that the file holds; may be memory-mapped
        ids: shape (n,), int64 or str, unique; row numbers where the file holds none
        has_ids: False where `ids` are only row numbers
        similarity: how this version's vectors are compared
        card: how the vectors were made, where that is known (see `embdrift.embed`)
        source: the path or description that messages name

    Raises:
        InputError: when the shapes do not fit or the type is not supported
    """

    name: str
    vectors: torch.Tensor
    ids: Array
    has_ids: bool = True
    similarity: Similarity = Similarity.cosine
    card: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2:
            raise InputError(f"{self.label}: vectors must have two dimensions, got shape {tuple(self.vectors.shape)}")
        if self.vectors.dtype not in DTYPES:
            raise InputError(f"{self.label}: vectors of type {self.vectors.dtype} are not supported")
        if self.ids.shape != (self.n,):
            raise InputError(f"{self.label}: {self.n} vectors need {self.n} ids, got {len(self.ids)}")

    def __repr__(self) -> str:
        return f"EmbeddingSet({self.name!r}, {self.n} x {self.d} {str(self.vectors.dtype).removeprefix('torch.')})"

    @property
    def n(self) -> int:
        """Number of items."""
        return int(self.vectors.shape[0])

    @property
    def d(self) -> int:
        """Dimension."""
        return int(self.vectors.shape[1])

    @property
    def label(self) -> str:
        """How messages name this set."""
        return self.source or self.name


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest corpus items of each query, best first: by score descending, then by corpus position ascending.

    Args:
        positions: shape (q, depth), int32 or int64, rows of the corpus
        scores: shape (q, depth), float64, higher is closer
        tied_beyond: shape (q,), int64, how many further items score exactly as much as the last one listed
        tie_starts: shape (q + 1,), int64; `tie_positions[tie_starts[i]:tie_starts[i + 1]]` are those further items of
            query i, ascending. A row with more than `TIE_LIMIT` of them lists none, and only their number is known.
        tie_positions: shape (t,), positions
        n_corpus: corpus items that each query could have found (itself and left-out items not counted)
        fingerprint: content hash of the corpus searched (`embdrift.data.fingerprint`); empty where it was not taken
        ties_known: False where nobody recorded whether items beyond the last one listed score exactly as much
        item_ids: shape (n,), the id of each corpus row; None where none were given

    A row that found fewer than `depth` items ends in positions -1 with a score of minus infinity.

    Examples:
        >>> Neighbors.from_arrays([[2, 0], [0, 2]], distances=[[0.1, 0.4], [0.2, 0.3]], n_corpus=3)
        Neighbors(2 queries x 2 nearest of 3, ties beyond rank 2 unknown)
    """

    positions: Array
    scores: Floats
    tied_beyond: Positions
    tie_starts: Positions
    tie_positions: Array
    n_corpus: int
    fingerprint: str = ""
    ties_known: bool = True
    item_ids: Array | None = None

    def __post_init__(self) -> None:
        q = len(self.positions)
        if self.positions.shape != self.scores.shape or self.positions.ndim != 2:
            raise InputError(
                f"positions and scores must have the same shape, got {self.positions.shape} and {self.scores.shape}"
            )
        if self.tied_beyond.shape != (q,) or self.tie_starts.shape != (q + 1,):
            raise InputError(f"{q} rows of neighbors need {q} tie counts, got {len(self.tied_beyond)}")

    @classmethod
    def from_arrays(
        cls,
        indices: Any,
        *,
        scores: Any = None,
        distances: Any = None,
        n_corpus: int,
        own: Any = None,
        ids: Any = None,
    ) -> "Neighbors":
        """The table that faiss, hnswlib, scikit-learn or any other search returned, ready for `embdrift.metrics`.

        Whether items beyond the last column tie with it is not recorded: metrics take the lists as they are, and
        those that need to know (`boundary_ties` at the last rank) raise instead of guessing.

        Args:
            indices: shape (q, k), whole numbers: corpus positions, best first; -1 at the end of a row is no neighbor
            scores: shape (q, k), higher is closer, such as cosines or inner products
            distances: shape (q, k), lower is closer; exactly one of scores and distances is given
            n_corpus: number of items in the corpus that was searched
            own: shape (q,), each query's own corpus position, or True where query i is item i: the item is removed
                from its row (of a row that lacks it, the last neighbor goes), so the table is one column narrower
            ids: shape (n_corpus,), the id of each corpus row; `Neighbors.ids` then translates

        Raises:
            InputError: when shapes do not fit, both or neither of scores and distances are given, a row is not in
                order, lists an item twice or lists a position outside the corpus

        Examples:
            >>> table = Neighbors.from_arrays([[0, 2], [1, 0]], scores=[[1, 0.5], [1, 0.2]], n_corpus=3, own=True)
            >>> table.positions.tolist(), table.n_corpus
            ([[2], [0]], 2)
        """
        from embdrift.foreign_neighbors import neighbors_from_arrays

        return neighbors_from_arrays(indices, scores=scores, distances=distances, n_corpus=n_corpus, own=own, ids=ids)

    def __repr__(self) -> str:
        ties = "" if self.ties_known else f", ties beyond rank {self.depth} unknown"
        return f"Neighbors({self.q} queries x {self.depth} nearest of {self.n_corpus}{ties})"

    def ids(self) -> Array:
        """The ids of the neighbors, shape (q, depth); where a row has no neighbor, None.

        Raises:
            InputError: when the table was made without ids

        Examples:
            >>> Neighbors.from_arrays([[1, -1]], scores=[[0.5, 0]], n_corpus=2, ids=["a", "b"]).ids().tolist()
            [['b', None]]
        """
        if self.item_ids is None:
            raise InputError("this table holds positions only: pass `ids` where it is made, or read `positions`")
        found = np.asarray(self.item_ids)[np.maximum(self.positions, 0)]
        missing = np.asarray(self.positions) < 0
        if missing.any():
            found = found.astype(object)
            found[missing] = None
        return found

    @property
    def q(self) -> int:
        """Number of queries."""
        return int(self.positions.shape[0])

    @property
    def depth(self) -> int:
        """Neighbors listed per query."""
        return int(self.positions.shape[1])

    def take(self, rows: Positions | slice) -> "Neighbors":
        """The same table for some queries, in the order given, read into memory."""
        index = np.arange(self.q)[rows]
        starts, stops = self.tie_starts[index], self.tie_starts[index + 1]
        counts = stops - starts
        tie_starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        inside = np.arange(tie_starts[-1]) - np.repeat(tie_starts[:-1], counts)
        return Neighbors(
            positions=np.asarray(self.positions[index]),
            scores=np.asarray(self.scores[index]),
            tied_beyond=np.asarray(self.tied_beyond[index]),
            tie_starts=tie_starts,
            tie_positions=np.asarray(self.tie_positions[np.repeat(starts, counts) + inside]),
            n_corpus=self.n_corpus,
            fingerprint=self.fingerprint,
            ties_known=self.ties_known,
            item_ids=self.item_ids,
        )

    def shallower(self, k: int) -> "Neighbors":
        """The table that a search for only k neighbors would have given.

        Raises:
            InputError: when k is deeper than the table
        """
        if not 1 <= k <= self.depth:
            raise InputError(f"k must be between 1 and the table's depth {self.depth}, got {k}")
        if k == self.depth:
            return self
        return cut(self, k, last_scores=self.scores[:, -1])


def cut(table: Neighbors, k: int, *, last_scores: Floats) -> Neighbors:
    """The first k columns of a table, with what ties with the k-th counted and, up to `TIE_LIMIT`, listed.

    Args:
        table: neighbors; a row may end in padding of score minus infinity, beyond column k
        k: columns to keep
        last_scores: shape (q,), the score that the table's `tied_beyond` counts
    """
    level = table.scores[:, k - 1]
    inside = table.scores[:, k:] == level[:, None]
    reaches_end = level == last_scores
    tied = inside.sum(axis=1) + np.where(reaches_end, table.tied_beyond, 0)
    known = tied <= TIE_LIMIT
    rows: list[Array] = []
    for row in np.flatnonzero((tied > 0) & known):
        rows.append(table.positions[row, k:][inside[row]])
        if reaches_end[row]:
            rows.append(table.tie_positions[table.tie_starts[row] : table.tie_starts[row + 1]])
    return Neighbors(
        positions=table.positions[:, :k],
        scores=table.scores[:, :k],
        tied_beyond=tied,
        tie_starts=np.concatenate(([0], np.cumsum(np.where(known, tied, 0)))),
        tie_positions=np.concatenate([np.empty(0, table.positions.dtype), *rows]),
        n_corpus=table.n_corpus,
        fingerprint=table.fingerprint,
        ties_known=table.ties_known,
        item_ids=table.item_ids,
    )


TIE_LIMIT = 1024
"""Further tied items listed per query, at most; beyond it only their number is kept."""
