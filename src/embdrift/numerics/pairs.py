"""Chosen pairs of a query and a corpus row: the score that their stored codes give, and how far arithmetic may stray.

A sum of d products in any order errs by at most gamma_d = d u / (1 - d u) times the sum of their absolute values
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), with u the unit roundoff of what sums are held
in. What is multiplied is known, so its rounding is no part of the bound, which starts from the operands themselves.
"""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.numerics.arithmetic import Side
from embdrift.numerics.cells import Arithmetic, Cell
from embdrift.numerics.exhaustive import pair_sums
from embdrift.numerics.formats import FLOATS
from embdrift.types import Array, Floats, Positions, Similarity

_CHUNK = 2**17

# Tensor cores line addends up with the largest and cut off what falls below (Fasi and others, "Numerical behavior of
# NVIDIA tensor cores", 2021): a few bits worse than rounding to nearest.
_TENSOR_CORE_SUM = 2.0**-21


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores of pairs from their stored codes.

    Args:
        scores: float64, shape (p,), from what is multiplied, summed in float64
        bounds: shape (p,), how far a kept score may lie from that
    """

    scores: Floats
    bounds: Floats


def pair_scores(
    corpus: Side,
    queries: Side,
    rows: Positions,
    positions: Positions,
    *,
    cell: Cell,
    similarity: Similarity,
    cuda: bool = False,
) -> PairScores:
    """The score of each pair as its stored codes have it, and the bound on what the cell's arithmetic makes of it.

    Args:
        corpus: the corpus
        queries: the queries
        rows: shape (p,), rows of the queries
        positions: shape (p,), rows of the corpus
        cell: in what arithmetic scores are computed and kept
        similarity: how vectors are compared
        cuda: whether a GPU computes them, whose sums are less exact
    """
    dots, sizes = np.empty(len(rows)), np.empty(len(rows))
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, min(start + _CHUNK, len(rows)))
        left, left_rows = _needed(queries, rows[part])
        right, right_rows = _needed(corpus, positions[part])
        pair_sums(left, right, left_rows, right_rows, dots[part], sizes[part])
    d = corpus.encoded.codes.shape[1]
    strayed = sum_bound(sizes, d, cell.arithmetic, cuda=cuda)
    return _finished(dots, strayed, (queries.norms[rows], corpus.norms[positions]), cell=cell, similarity=similarity)


def sum_bound(sizes: Floats, d: int, arithmetic: Arithmetic, *, cuda: bool) -> Floats:
    """How far a sum of d products may stray.

    Args:
        sizes: shape (p,), sums of the absolute values of the products
        d: products in a sum
        arithmetic: what they are multiplied and summed in
        cuda: whether tensor cores sum them
    """
    unit, tiny = FLOATS["float32"].unit, FLOATS["float32"].tiny
    if arithmetic is Arithmetic.float64:
        # both the definition's sum and the one here stray
        unit, tiny = 2 * FLOATS["float64"].unit, FLOATS["float64"].tiny
    elif arithmetic is Arithmetic.float16_accumulate:
        unit, tiny = FLOATS["float16"].unit, FLOATS["float16"].tiny
    elif cuda and arithmetic is not Arithmetic.float32:
        unit = _TENSOR_CORE_SUM
    strayed = sizes * (d * unit / (1 - d * unit) if d * unit < 1 else np.inf) + 2 * d * tiny
    if cuda and arithmetic is Arithmetic.tf32:
        # hardware may cut operands instead of rounding them as the operands here are
        strayed = strayed + 4 * FLOATS["tf32"].unit * sizes
    return np.asarray(strayed)


def _finished(
    dots: Floats, strayed: Floats, norms: tuple[Floats, Floats], *, cell: Cell, similarity: Similarity
) -> PairScores:
    left, right = norms
    scores, bounds = dots, strayed
    if similarity is Similarity.l2:
        scores, bounds = 2 * dots - left**2 - right**2, 2 * strayed + 2.0**-50 * (left**2 + right**2)
    elif similarity is Similarity.cosine and cell.arithmetic is not Arithmetic.codes:
        scores, bounds = dots / (left * right), strayed / (left * right) + 2.0**-50
    if cell.arithmetic is not Arithmetic.float64:
        bounds = bounds + _rounding(scores, bounds, "float32")
    return PairScores(scores, bounds + _rounding(scores, bounds, cell.kept.value))


def _rounding(scores: Floats, bounds: Floats, kept: str) -> Floats:
    """What rounding a score that is off by its bound to a format adds."""
    target = FLOATS[kept]
    return np.asarray((np.abs(scores) + bounds) * target.unit + target.tiny)


def _needed(side: Side, rows: Positions) -> tuple[Array, Positions]:
    if side.resident is not None:
        return side.resident.numpy(), rows
    needed, places = np.unique(rows, return_inverse=True)
    return side.operand(torch.from_numpy(needed)).numpy(), places
