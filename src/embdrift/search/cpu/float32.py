"""The screen: float32 scores that rank almost rightly, and a bound that says how far they can be off.

Rows are scaled (and for L2 centred) in float64 and rounded to float32 once. With u = 2^-24, the rounded rows x~, y~
differ from the scaled ones by at most u ||x||, u ||y||, and any order of summing d products errs by at most
gamma_d = d u / (1 - d u) times ||x~|| ||y~|| (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). So

    |screened - exact| <= (2 u + gamma_d + small) ||x|| max ||y||,

and for L2, which screens <x, y> - ||y||^2 / 2, rounding that term and the difference adds at most 2 u of their sizes.
A query may be scaled by any positive factor, the corpus only as a whole: by a power of two, which rounds nothing.
The defined score is itself a rounded sum: for products its error drowns in the bound above, but for L2 it grows with
||x - y||^2, which a query far from the corpus makes larger than everything else, so that it has a term of its own.

Float32 products as the error bound needs them.
"""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.search.cpu.kernels import squared_norms
from embdrift.search.task import SearchTask, wide_rows
from embdrift.types import Array, Floats, Positions, Similarity

BLOCK = 8192
_UNIT = 2.0**-24
# Covers the float64 rounding of norms, of the division and of the exact scores themselves, all below 2^-40 here.
_SLACK = 1.01
_UNIT64 = 2.0**-53
_SMALLEST = 2.0**-1074
Kind = type[np.float32] | type[np.float64]
"""Number format of screen rows."""
# Rows so many times as long as the median say nothing about where the others lie.
_LONG = 4
# Products with a longer query (for L2, which cannot scale it) could leave float32's range.
_LONGEST_QUERY = 2.0**60


@dataclass(frozen=True, eq=False)
class Screen:
    """How the rows of one search become float32 rows whose products rank them.

    Args:
        similarity: what the products stand for
        scale: power of two that corpus rows are multiplied by (not for cosine)
        centre: shape (d,), float64, taken from every scaled row (zero but for L2, which does not mind)
        largest: the largest norm of a corpus row after scaling and centring
    """

    similarity: Similarity
    scale: float
    centre: Floats
    largest: float

    def corpus_rows(self, wide: Array, norms: Floats, kind: Kind = np.float32) -> Array:
        """Screen rows, shape (b, d), of corpus rows with the given Euclidean norms."""
        if self.similarity is Similarity.cosine:
            return (wide / norms[:, None]).astype(kind)
        return (wide * np.float64(self.scale) - self.centre).astype(kind)

    def query_rows(self, wide: Array, norms: Floats, kind: Kind = np.float32) -> Array:
        """Screen rows, shape (b, d), of queries: of unit length where only their direction matters."""
        if self.similarity is Similarity.l2:
            # A query that does not fit into float32 becomes infinite here and gets an infinite margin.
            with np.errstate(over="ignore"):
                return self.corpus_rows(wide, norms, kind)
        return (wide / np.where(norms > 0, norms, 1.0)[:, None]).astype(kind)

    def halves(self, corpus_rows: Array) -> Array | None:
        """What to take from each corpus row's products before they are compared: half its squared norm for L2."""
        if self.similarity is not Similarity.l2:
            return None
        return (_lengths(corpus_rows) ** 2 / 2).astype(corpus_rows.dtype)

    def margins(self, query_rows: Array, norms: Floats) -> Floats:
        """Twice the bound on the error of each query's screened scores, shape (b,).

        It is infinite where they cannot screen a query: such a query is scored in full. In float64 the defined score,
        being a rounded sum itself, errs about as much as a screened one: three times the bound covers both.

        Args:
            query_rows: shape (b, d), the queries' screen rows
            norms: shape (b,), the queries' Euclidean norms before scaling
        """
        d = query_rows.shape[1]
        lengths = np.minimum(_lengths(query_rows), 2 * _LONGEST_QUERY)
        unit = _UNIT if query_rows.dtype == np.float32 else 3 * _UNIT64
        gamma = d * unit / (1 - d * unit)
        bound = (2 * unit + gamma) * lengths * self.largest
        if self.similarity is Similarity.l2:
            bound += 2 * unit * (lengths * self.largest + 2 * self.largest**2)
            bound += (d + 16) * _UNIT64 * (lengths + self.largest) ** 2
        # Components and products too small for float32 count as lost: d of them, each below 2^-126.
        margins = 2 * (_SLACK * bound + d * (2.0**-124 + self._lost_in_float64(norms)))
        return np.asarray(np.where(lengths <= _LONGEST_QUERY, margins, np.inf), np.float64)

    def _lost_in_float64(self, norms: Floats) -> Floats:
        """What a product too small for float64 loses of the defined score, in the screen's units, shape (b,)."""
        if self.similarity is Similarity.l2:
            return np.full(len(norms), _SMALLEST * self.scale * self.scale)
        if self.similarity is Similarity.inner_product:
            # A query of norm 0 is zero in float32: the screen then ties everything and drops nothing.
            lost = np.divide(_SMALLEST, norms, out=np.zeros(len(norms)), where=norms > 0)
            return np.asarray(self.scale * lost)
        return np.zeros(len(norms))


def _lengths(rows: Array) -> Floats:
    squares: Floats = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return np.sqrt(squares)


def row_norms(vectors: torch.Tensor, rows: Positions | None = None) -> Floats:
    """Euclidean norms, from fixed-order float64 sums, of some rows or of all, block by block."""
    result = np.empty(len(vectors) if rows is None else len(rows))
    for start in range(0, len(result), BLOCK):
        part = slice(start, start + BLOCK)
        result[part] = np.sqrt(squared_norms(wide_rows(vectors, part if rows is None else rows[part])))
    return result


def make_screen(task: SearchTask, corpus_norms: Floats) -> Screen:
    """Choose scale and centre for one search, from the norms of the corpus rows that can be found."""
    d = int(task.corpus.shape[1])
    if task.similarity is Similarity.cosine:
        return Screen(task.similarity, 1.0, np.zeros(d), 1.0)
    longest = float(np.delete(corpus_norms, task.left_out).max())
    scale = float(2.0 ** -np.ceil(np.log2(longest))) if longest > 0 else 1.0
    if task.similarity is Similarity.inner_product:
        return Screen(task.similarity, scale, np.zeros(d), longest * scale)
    centre = _mean(task, corpus_norms) * scale
    return Screen(task.similarity, scale, centre, _longest_after(task, scale, centre))


def _found_blocks(task: SearchTask) -> list[Positions]:
    found = np.flatnonzero(~task.skip())
    return [found[start : start + BLOCK] for start in range(0, len(found), BLOCK)]


def _mean(task: SearchTask, norms: Floats) -> Floats:
    """The mean of the rows that can be found, but for a few so long that it would be far from all others."""
    found = np.flatnonzero(~task.skip())
    usual = found[norms[found] <= _LONG * np.median(norms[found])]
    blocks = [usual[start : start + BLOCK] for start in range(0, len(usual), BLOCK)]
    total = sum(wide_rows(task.corpus, rows).sum(axis=0, dtype=np.float64) for rows in blocks)
    return np.asarray(total / len(usual))


def _longest_after(task: SearchTask, scale: float, centre: Floats) -> float:
    rows = (wide_rows(task.corpus, block) * np.float64(scale) - centre for block in _found_blocks(task))
    return float(max(_lengths(block).max() for block in rows))
