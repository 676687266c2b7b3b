"""Rows among very many others that float16 cannot tell from their neighbours: screened again, around a centre.

Templated texts have vectors so close together that the rounding of float16 hides which of them are nearest. For rows
that lie around a point c, what is multiplied is therefore not p_i but the short difference q_i = p_i - c:

    <p_i, p_j> = <q_i, p_j> + <c, p_j>,

the second term in float64 once for each column. All that is lost by rounding to float16 and by the sum of products is
then in proportion to |q_i| instead of |p_i|; what float64 loses, in proportion to |p_i| + |c| + max |p_j|, is added
(see `units`). The kernel takes -<c, p_j> for what it takes half a squared norm for under L2, in float32: scores nearer
to one another than about 2^-21 of their size are still not told apart, and such pairs are all scored exactly.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch

from embdrift.search.cuda.candidates import Candidates
from embdrift.search.cuda.float16 import (
    Bound,
    Measured,
    half_rows,
    kernel_bias,
    kernel_error,
    kernel_scale,
    make_bound,
    power_of_two,
)
from embdrift.search.cuda.operands import Shape, Side
from embdrift.search.cuda.passes import Sides, search_block
from embdrift.search.cuda.plan import spans
from embdrift.search.cuda.rows import Block, Items
from embdrift.search.cuda.thresholds import levels
from embdrift.types import Similarity

_FINE = Shape(scaled=True, halves=True, symmetric=False)
# Rows belong to a group if they are nearer to its centre than this share of its length.
_RADIUS = 2.0**-4
_MOST_GROUPS = 16
# Columns around a centre whose exact scores say what a row must reach.
_SAMPLED = 4096
# Float64 numbers of a group's rows: 256 MiB, and a few times as much for what is made of them.
_AT_ONCE = 2**25


def groups(items: Items, index: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Centres of some rows, and the places in `index` of those that lie around each; far ones are in no group."""
    left = torch.arange(len(index), device=index.device)
    most = max(1, _AT_ONCE // items.units.d)
    for _ in range(_MOST_GROUPS):
        if not len(left):
            return
        centre = items.points(index[left[:1]])[0]
        pieces = (index[part] for part in torch.split(left, most))
        distances = torch.cat([_size(items.points(piece) - centre) for piece in pieces])
        near = distances <= _RADIUS * _size(centre[None])
        for places in torch.split(left[near], most):
            yield centre, places
        left = left[~near]


def search_finely(
    sides: Sides, index: torch.Tensor, centre: torch.Tensor
) -> tuple[Candidates, torch.Tensor, torch.Tensor] | None:
    """Search some rows around a centre against all columns.

    Args:
        sides: the search
        index: the rows
        centre: float64, shape (d,), a point
    Returns:
        their candidates, how many pairs were scored for each, and a score such that no pair that reaches it is missing;
        None where too few columns lie around the centre to tell what a row must reach
    """
    bias = _bias(sides.columns, centre)
    around = _around(sides, centre, bias)
    if len(around) < sides.depth:
        return None
    columns = around.expand(len(index), -1)
    level = levels(sides, index, columns)[:, 1]
    bound, rows = _centred(sides, index, centre)
    scale = kernel_scale(bound.units, bound.rows.exponents)
    side = Side(rows, bound.targets(level), scale, torch.zeros_like(scale), kernel_error(bound))
    left = Block(0, sides.rows.source.take(index), bound.rows.norms, side)
    halves = kernel_bias(bound.units, sides.columns.measured, bias)
    blocks = sides.columns.blocks(spans(0, len(sides.columns), sides.block))
    found, counts = search_block(sides, left, (_with_halves(block, halves) for block in blocks), _FINE)
    return found, counts + len(around), level


def _size(points: torch.Tensor) -> torch.Tensor:
    return points.square().sum(1).sqrt()


def _bias(columns: Items, centre: torch.Tensor) -> torch.Tensor:
    """-<c, p_j>, and half the squared norm more under L2, float64."""
    parts = []
    for begin, end, vectors in columns.source.parts(spans(0, len(columns), max(256, _AT_ONCE // len(centre)))):
        points = columns.units.points(vectors, columns.measured.norms[begin:end], corpus=True)
        parts.append(-(points @ centre))
    bias = torch.cat(parts)
    return bias + columns.measured.sizes.square() / 2 if columns.units.similarity is Similarity.l2 else bias


def _around(sides: Sides, centre: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Some columns that can be found and lie as near to the centre as twice the rows around it do."""
    sizes = sides.columns.measured.sizes
    dots = sizes.square() / 2 - bias if sides.rows.units.similarity is Similarity.l2 else -bias
    squared = sizes.square() - 2 * dots + centre.square().sum()
    near = torch.nonzero((sides.weights > 0) & (squared <= (2 * _RADIUS) ** 2 * centre.square().sum()))[:, 0]
    return near[:: max(1, len(near) // _SAMPLED)]


def _centred(sides: Sides, index: torch.Tensor, centre: torch.Tensor) -> tuple[Bound, torch.Tensor]:
    """The bound of some rows less a centre, and their float16 rows."""
    units, whole = replace(sides.rows.units, scaled=True), sides.rows.measured.take(index)
    differences = sides.rows.points(index) - centre
    exponents = units.exponents(_size(differences), searches_corpus=False)
    rows, lengths, residuals = half_rows(differences, exponents)
    measured = Measured(whole.norms, whole.sizes, exponents, lengths, residuals)
    longest = sides.columns.measured.sizes.max() + _size(centre[None])
    further = (whole.sizes + longest) * power_of_two(exponents)
    return make_bound(units, measured, sides.columns.measured, further=further), rows


def _with_halves(block: Block, halves: torch.Tensor) -> Block:
    return replace(block, side=replace(block.side, half=halves[block.begin : block.end]))
