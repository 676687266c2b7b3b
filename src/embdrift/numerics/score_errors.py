"""How far kept scores are from the float64 truth, in the units that people use for it, and what theory expects."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics.arithmetic import Side, multiplied_as, ulp
from embdrift.numerics.cells import Arithmetic, Cell
from embdrift.numerics.encoding import wide
from embdrift.numerics.formats import FLOATS, INTEGERS, FloatFormat, float_of
from embdrift.numerics.pairs import sum_bound
from embdrift.types import Floats, Positions, Similarity

# Root mean square of a rounding error, relative to the number and to the unit roundoff, for significands spread evenly
# on a logarithmic scale: sqrt of the mean over m in [1, 2) of 1 / (3 m^2), weighted 1 / (m ln 2).
ROUNDING_RMS = 0.4246
_CHUNK = 2**13


@dataclass(frozen=True, eq=False)
class ScoreError:
    """Errors of kept scores of chosen pairs.

    Args:
        errors: shape (p,), kept minus true
        ulps: shape (p,), their sizes in units of the last place of the kept format at the true score
        expected: root mean square that theory expects
        bounds: shape (p,), what no error may exceed: worst-case rounding of both vectors, and the arithmetic's bound
    """

    errors: Floats
    ulps: Floats
    expected: float
    bounds: Floats

    @property
    def rms(self) -> float:
        """Root mean square of the errors."""
        return float(np.sqrt(np.mean(self.errors**2)))

    @property
    def share_of_bound(self) -> float:
        """The largest error as a share of its bound; above 1 something is wrong."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(self.errors == 0, 0.0, np.abs(self.errors) / self.bounds)
        return float(shares.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Expectation:
    """What theory says about the error of each pair's score, before any code is looked at.

    Args:
        worst: shape (p,), no error is larger
        variance: shape (p,), of the error
    """

    worst: Floats
    variance: Floats


def score_error(kept: Floats, true: Floats, theory: Expectation, target: FloatFormat) -> ScoreError:
    """Gather the errors of pairs.

    Args:
        kept: shape (p,), scores as a cell keeps them
        true: shape (p,), certified float64 scores
        theory: of the same pairs
        target: the format that scores are kept in
    """
    units = ulp(torch.from_numpy(true), target).numpy()
    expected = float(np.sqrt(theory.variance.mean()))
    return ScoreError(kept - true, np.abs(kept - true) / units, expected, theory.worst)


def expectation(
    corpus: torch.Tensor,
    queries: torch.Tensor,
    sides: tuple[Side, Side],
    rows: Positions,
    positions: Positions,
    *,
    cell: Cell,
    similarity: Similarity,
    cuda: bool = False,
) -> Expectation:
    """Bound and variance of score errors, from the formats alone.

    A stored component x is off by at most half a unit in the last place (half a step for whole numbers), and on average
    by 0.4246 u x in the root mean square (a step over sqrt(12)). Products of two such numbers add up: variance
    sum(x^2 v_y + y^2 v_x), bound sum(|x| e_y + |y| e_x + e_x e_y) and the bound of the arithmetic.

    Args:
        corpus: original vectors, shape (n, d)
        queries: original vectors, shape (m, d)
        sides: corpus and queries as the cell stores them
        rows: shape (p,), rows of the queries
        positions: shape (p,), rows of the corpus
        cell: formats and arithmetic
        similarity: how vectors are compared
        cuda: whether a GPU computes
    """
    worst, variance = np.empty(len(rows)), np.empty(len(rows))
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, min(start + _CHUNK, len(rows)))
        left, right = _moved(queries, sides[1], rows[part], cell), _moved(corpus, sides[0], positions[part], cell)
        x, y = left.values, right.values
        sizes = ((x.abs() + left.off) * (y.abs() + right.off)).sum(dim=1).numpy()
        off = (x.abs() * right.off + y.abs() * left.off + left.off * right.off).sum(dim=1).numpy()
        bound = off + sum_bound(sizes, x.shape[1], cell.arithmetic, cuda=cuda)
        spread = (_spread(left, right, similarity) + _spread(right, left, similarity)).numpy()
        norms = (x.norm(dim=1).numpy(), y.norm(dim=1).numpy())
        stored = (sides[1].norms[rows[part]], sides[0].norms[positions[part]])
        scaled = _Products((x * y).sum(dim=1).numpy(), bound, spread, norms, stored)
        worst[part], variance[part] = _scored(scaled, cell, similarity)
    return Expectation(worst, variance)


@dataclass(frozen=True, eq=False)
class _Products:
    """Products of pairs with their bounds and variances, and the lengths of both sides, original and stored."""

    dots: Floats
    bound: Floats
    spread: Floats
    norms: tuple[Floats, Floats]
    stored: tuple[Floats, Floats]


def _scored(pairs: _Products, cell: Cell, similarity: Similarity) -> tuple[Floats, Floats]:
    """Bound and variance of scores from those of products."""
    scores, bound, spread, slack = pairs.dots, pairs.bound, pairs.spread, 0.0 * pairs.dots
    norms, stored = pairs.norms, pairs.stored
    if similarity is Similarity.cosine:
        length = stored[0] * stored[1]
        scores = scores / (norms[0] * norms[1])
        bound, spread = bound / length, spread / length**2
        slack = np.abs(scores) * np.abs(norms[0] * norms[1] / length - 1)
    elif similarity is Similarity.l2:
        scores = 2 * scores - norms[0] ** 2 - norms[1] ** 2
        moved = np.abs(stored[0] ** 2 - norms[0] ** 2) + np.abs(stored[1] ** 2 - norms[1] ** 2)
        slack = moved + 2.0**-24 * np.abs(scores)
        bound, spread = 2 * bound, 4 * spread
    bound = bound + slack
    kept = FLOATS[cell.kept.value]
    half = ulp(torch.from_numpy(scores), kept).numpy() / 2
    size = np.abs(scores) + bound
    narrow = 2.0**-24 * size if cell.arithmetic is not Arithmetic.float64 else 2.0**-50 * size
    return bound + narrow + (size + narrow) * kept.unit + kept.tiny, spread + half**2 / 3


@dataclass(frozen=True, eq=False)
class _Moved:
    """Original components of one side of pairs, and what rounding does to each; all float64, shape (p, d).

    Args:
        values: the components
        off: how far each may be off
        stored: variance of what storing adds
        multiplied: variance of what rounding before the multiplication adds
    """

    values: torch.Tensor
    off: torch.Tensor
    stored: torch.Tensor
    multiplied: torch.Tensor


def _spread(one: _Moved, other: _Moved, similarity: Similarity) -> torch.Tensor:
    """Variance of a product from the errors of one side, shape (p,).

    A cosine divides by the length of the stored vector, so that the part of the storage error along the vector itself
    cancels: y becomes y - (x.y / x.x) x.
    """
    x, y = one.values, other.values
    slope = y
    if similarity is Similarity.cosine:
        slope = y - ((x * y).sum(dim=1) / (x * x).sum(dim=1))[:, None] * x
    return (slope**2 * one.stored + y**2 * one.multiplied).sum(dim=1)


def _moved(vectors: torch.Tensor, side: Side, rows: Positions, cell: Cell) -> _Moved:
    """What storing and multiplying do to some rows of one side."""
    index = torch.from_numpy(rows)
    values = wide(vectors[index]).double()
    encoded = side.encoded.take(index)
    step = None if encoded.scale is None else encoded.scale.double()
    target = float_of(encoded.storage)
    if encoded.storage in INTEGERS:
        assert step is not None
        # values outside the range that scales were fitted on are cut off at its end
        off = torch.maximum(0.5000001 * step.expand_as(values), (encoded.decode() - values).abs())
        variance = (step**2 / 12).expand_as(values)
    else:
        assert target is not None
        factor = 1.0 if step is None else step
        off = 1.0000001 * target.unit * values.abs() + target.tiny * factor
        normal = values.abs() >= 2.0**target.least_exponent * factor
        variance = torch.where(
            normal, (ROUNDING_RMS * target.unit * values) ** 2, torch.as_tensor(target.tiny * factor) ** 2 / 3
        )
    multiplied = FLOATS[multiplied_as(cell.arithmetic)]
    if multiplied.bits < (target.bits if target is not None and step is None else 24):
        off = off + multiplied.unit * (values.abs() + off) + multiplied.tiny
        return _Moved(values, off, variance, (ROUNDING_RMS * multiplied.unit * values) ** 2)
    if step is not None and multiplied.bits < 53:
        off = off + multiplied.unit * (values.abs() + off)
    return _Moved(values, off, variance, torch.zeros_like(values))
