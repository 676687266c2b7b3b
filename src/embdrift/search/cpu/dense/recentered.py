"""Vectors around a centre, screened by their short differences from it: what float32 rounds is then short as well.

Vectors are points in float64: their directions (cosine), themselves times a power of two (L2, and the columns of inner
products), or themselves over their norms (the rows of inner products, which may be scaled). Let u = 2^-53, U = 2^-24,
and c be any point. A row i ranks the columns j by

    g_ij = <h_i, q_j> + b_j.

Cosine and L2: h_i = p_i - c, q_j = p_j - c and b_j = -|q_j|^2 / 2, so that g_ij = (|h_i|^2 - |h_i - q_j|^2) / 2. One
rounding makes each difference, so that |h_i - q_j| is |p_i - p_j| but for u w, w = |h_i| + |q_j|; b_j itself is off by
(d / 2 + 4) u w^2 at most. The defined squared distance errs by (L + 3) u of itself, L = d / 16 + 6 being the roundings
on the way through the sixteen lanes and their tree; so for L2, g differs from (|h_i|^2 + score) / 2 by another
(L / 2 + 4) u w^2. For cosine a point is off its exact direction by at most v = (L / 2 + 2) u, and the defined score off
the exact cosine by (2 L + 4) u. That cosine is 1 - |e_i - e_j|^2 / 2, so that g differs from |h_i|^2 / 2 + score - 1 by

    K (w + K) + (2 L + 4) u,    K = 2 v + u w,

at most, and by what b_j is off.

Inner product: t_i = <p_i, c> / |c|^2, which must be positive, and h_i = p_i / t_i - c, so that h_i is as good as
perpendicular to c; q_j = p_j - s_j c with s_j = <p_j, c> / |c|^2, of which only what is perpendicular to c is left; and
b_j = <c, p_j>. Then <p_i / t_i, p_j> = b_j + <h_i, q_j> but for s_j <h_i, c>, which is measured, and for roundings:
with M the longest |p_j|, (1.01 / t_i + |h_i|) u M of h_i, |h_i| (M + |q_j|) u of q_j, L u |c| M of b_j, and
(L + 2) u M / t_i of the defined score. Columns of very different norms thus need not lie near c, only in its direction.

Before h, q and b are rounded to float32 they are multiplied by powers of two, so that the longest h and q are about 1,
and b is counted from any one number. As in `screen`, what is screened is then off by at most

    (2 U + gamma_d) |h_i| max |q_j| + 2 U (|h_i| max |q_j| + max |b_j|),

and by 2^-124 for each component that is too small. A column surely among the best k of every row may have its b_j made
smaller, as long as it stays there.

Whether a column can matter at all: by Cauchy and Schwarz g_ij lies within b_j -+ |h_i| |q_j|. With h the longest row,
what has b_j + h |q_j| below the k-th largest b_j - h |q_j| is out, for all rows at once and without a product.
"""

from dataclasses import dataclass

import numpy as np

from embdrift.search.cpu.dense.exhaustive import products
from embdrift.search.cpu.prepared import Prepared
from embdrift.search.soundness import LANES
from embdrift.types import Array, Floats, Similarity

UNIT, UNIT64 = 2.0**-24, 2.0**-53
SLACK = 1.01
"""Covers the products of roundings and the float64 rounding of lengths, all far below 2^-10."""
_SMALLEST = 2.0**-1074
# Numbers below 2^-1022 may be lost wherever they appear; no scaled score that matters is as small as this.
_LOST = 2.0**-1000
_PERPENDICULAR = Similarity.inner_product


def lengths(rows: Array) -> Floats:
    """Euclidean lengths, shape (b,)."""
    squares: Floats = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return np.sqrt(squares)


def row_points(prepared: Prepared, wide: Array, norms: Floats) -> Floats:
    """The points of vectors that search, float64, shape (b, d)."""
    if prepared.task.similarity is Similarity.l2:
        return np.asarray(wide * np.float64(prepared.screen.scale))
    return np.asarray(wide / np.where(norms > 0, norms, 1.0)[:, None], np.float64)


def column_points(prepared: Prepared, wide: Array, norms: Floats) -> Floats:
    """The points of corpus vectors, float64, shape (m, d)."""
    if prepared.task.similarity is Similarity.cosine:
        return np.asarray(wide / norms[:, None], np.float64)
    return np.asarray(wide * np.float64(prepared.screen.scale))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows around a centre.

    Args:
        differences: h, float64, shape (b, d)
        lengths: |h|, shape (b,)
        factors: t, shape (b,)
        askew: shape (b,), a bound on |<h, c>| (only for inner products)
        lost: shape (b,), what products too small for float64 lose of a defined score
    """

    differences: Floats
    lengths: Floats
    factors: Floats
    askew: Floats
    lost: Floats


@dataclass(frozen=True, eq=False)
class Columns:
    """What is measured of columns around a centre, each of shape (m,): |q|, b with r = 0, and |p|."""

    lengths: Floats
    bias: Floats
    sizes: Floats

    def take(self, chosen: Array) -> "Columns":
        """Some of them."""
        return Columns(self.lengths[chosen], self.bias[chosen], self.sizes[chosen])


@dataclass(frozen=True, eq=False)
class Centre:
    """A point that rows and columns lie around.

    Args:
        prepared: what is searched
        point: float64, shape (d,); any but zero
    """

    prepared: Prepared
    point: Floats

    @property
    def perpendicular(self) -> bool:
        """Whether only what is perpendicular to the centre is left of columns."""
        return self.prepared.task.similarity is _PERPENDICULAR

    def rows(self, points: Floats, norms: Floats) -> Rows:
        """Rows from their points, with the norms of their vectors."""
        similarity, scale, d = self.prepared.task.similarity, self.prepared.screen.scale, points.shape[1]
        ones, zeros = np.ones(len(points)), np.zeros(len(points))
        if similarity is not _PERPENDICULAR:
            differences = points - self.point
            lost = zeros if similarity is Similarity.cosine else np.full(len(points), d * _SMALLEST * scale * scale)
            return Rows(differences, lengths(differences), ones, zeros, lost)
        factors = points @ self.point / (self.point @ self.point)
        differences = points / factors[:, None] - self.point
        sizes = lengths(differences)
        askew = np.abs(differences @ self.point) + 2 * (d + 4) * UNIT64 * sizes * self._size
        return Rows(differences, sizes, factors, askew, d * _SMALLEST * scale / norms / factors)

    def columns(self, points: Floats) -> tuple[Floats, Columns]:
        """Differences of columns from the centre, float64, shape (m, d), and what is measured of them."""
        if not self.perpendicular:
            differences = points - self.point
            sizes = lengths(differences)
            return differences, Columns(sizes, -(sizes**2) / 2, sizes)
        along = products(self.point[None], points)[0]
        differences = points - (along / (self.point @ self.point))[:, None] * self.point
        return differences, Columns(lengths(differences), along, lengths(points))

    @property
    def _size(self) -> float:
        return float(np.sqrt(self.point @ self.point))

    def rounded64(self, rows: Rows, longest: float, largest: float) -> Floats:
        """How far g is from what the defined scores say, by the rounding of float64, shape (b,).

        Args:
            rows: the rows
            longest: the largest |q|
            largest: the largest |p| of a column
        """
        d = rows.differences.shape[1]
        steps, together = d / LANES + 7, rows.lengths + longest
        similarity = self.prepared.task.similarity
        bias = (d / 2 + 4) * UNIT64 * together**2
        if similarity is Similarity.l2:
            error = (steps / 2 + 4) * UNIT64 * together**2 + bias
        elif similarity is Similarity.cosine:
            apart = (steps + 4 + together) * UNIT64
            error = apart * (together + apart) + (2 * steps + 4) * UNIT64 + bias
        else:
            shares = (steps + 4) / rows.factors + 2 * rows.lengths + steps * self._size
            error = UNIT64 * (shares * largest + rows.lengths * longest) + rows.askew * largest / self._size
        return np.asarray(SLACK * error + rows.lost + d * _LOST)
