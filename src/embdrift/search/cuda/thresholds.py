"""What a row's neighbours surely reach: the exact score of the last of enough columns that are given.

A target for each row from screened scores with a sample of the corpus.

How much of a corpus is sampled, which of the sampled scores is the target, and which seeds count.

Which score each row looks for in the first pass: one that its neighbours probably, or surely, reach.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from embdrift.search.cuda.float16 import kernel_error
from embdrift.search.cuda.operands import Kernels, Shape
from embdrift.search.cuda.passes import Sides, defined_scores
from embdrift.search.cuda.plain import lowest_scores
from embdrift.search.cuda.plan import spans
from embdrift.search.cuda.rows import Block, Goal
from embdrift.search.cuda.tiles import WORD, Tiles
from embdrift.types import Similarity

# Pairs that are scored at a time.
_PAIRS_AT_ONCE = 2**24


def levels(sides: Sides, index: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """The best and the `depth`-th best defined score of each row with its columns; minus infinity where they are fewer.

    Args:
        sides: the search
        index: int64, shape (m,), rows
        columns: int64, shape (m, s), for each of them, different columns that can be found, or -1

    Returns:
        float64, shape (m, 2)
    """
    if columns.shape[1] < sides.depth:
        return torch.full((len(index), 2), -torch.inf, dtype=torch.float64, device=index.device)
    # Each pair may bring a column of its own to the device, unless all rows are given the same ones.
    few_columns = sides.plan.resident or columns.stride(0) == 0
    most = _PAIRS_AT_ONCE if few_columns else sides.plan.block
    pieces = spans(0, len(index), max(1, most // columns.shape[1]))
    parts = [_levels(sides, index[begin:end], columns[begin:end]) for begin, end in pieces]
    return torch.cat([torch.empty((0, 2), dtype=torch.float64, device=index.device), *parts])


def _levels(sides: Sides, index: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    scores = torch.full(columns.shape, -torch.inf, dtype=torch.float64, device=index.device)
    there = columns >= 0
    at, chosen = torch.nonzero(there)[:, 0], columns[there]
    left = sides.rows.source.take(index)
    right, places = _columns(sides, chosen)
    distance = sides.rows.units.similarity is Similarity.l2
    sums = sides.kernels.pair_sums(left, right, (at, places), distance=distance)
    norms = sides.rows.measured.norms[index[at]], sides.columns.measured.norms[chosen]
    scores[there] = defined_scores(sides.rows.units.similarity, sums, *norms)
    return scores.topk(sides.depth, dim=1).values[:, [0, -1]]


def _columns(sides: Sides, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Vectors of at least the chosen columns, and where among them each is."""
    source = sides.columns.source
    if source.resident:
        return source.part(0, len(source)), chosen
    needed, places = torch.unique(chosen, return_inverse=True)
    return source.take(needed), places


# Numbers of a matrix of scores or maxima at a time: 512 MiB.
_SCORES_AT_ONCE = 2**27


def sampled_targets(
    rows: Block, sample: Block, shape: Shape, tiles: Tiles, rank: int, *, kernels: Kernels
) -> tuple[torch.Tensor, torch.Tensor]:
    """The screened score of each row's `rank`-th best sampled vector, less its error, float64, in its target's units.

    Beside it, the share of all vectors that the filter will let through with that target, or few more.

    It takes the best of every 32 scores for their sum of places: two of the best may hide behind one another, which
    makes the target lower and more pairs pass, never fewer.
    """
    groups = len(sample.side) // WORD
    grouped = rank <= groups // 4
    width = groups if grouped else len(sample.side)
    targets, passing = [], []
    for begin, end in spans(0, len(rows.side), max(256, _SCORES_AT_ONCE // max(1, width) // 256 * 256)):
        side = rows.side.part(begin, end)
        if grouped:
            scores = kernels.group_maxima(side, sample.side, shape, tiles)
        else:
            scores = lowest_scores(side, sample.side, shape)
        best = scores.topk(rank, dim=1).values[:, -1]
        targets.append(best.to(torch.float64))
        passing.append((scores >= (best - 2 * side.error)[:, None]).sum(1))
    found = torch.cat(passing).to(torch.float64)
    if not grouped:
        return torch.cat(targets), found / len(sample.side)
    # Of every 32, one that passes hides the others: 1 - (1 - share)^32 is the part of the groups with any.
    return torch.cat(targets), 1 - (1 - found.clamp(max=groups - 0.5) / groups) ** (1 / WORD)


SMALLEST_SAMPLE = 8192
_SHARE = 16
FEWEST_CROWDED = 8192
"""So many candidates are scored exactly sooner than a row is screened again."""


def sample_size(n: int, most: int) -> int:
    """How many corpus rows are looked at before the filter runs: all of a small corpus, else a sixteenth.

    Args:
        n: corpus rows
        most: rows that fit on the device, where not all do; a smaller sample lets more pairs through
    """
    return min(n, max(SMALLEST_SAMPLE, min(n // _SHARE, most)))


def sample_rank(n: int, sampled: int, depth: int) -> int:
    """Which of the best sampled scores to reach, so that the best `depth` of all probably do.

    About `depth * sampled / n` of them are in the sample, give or take the square root of that.
    """
    if sampled == n:
        return depth
    expected = depth * sampled / n
    return min(sampled, math.ceil(expected + 2.5 * math.sqrt(expected) + 1))


def crowd(n: int, depth: int) -> int:
    """More candidates of one row than this take longer to score exactly than to screen again, against all n columns."""
    return max(FEWEST_CROWDED, 32 * depth, n // 128)


def distinct_seeds(groups: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Vectors per row, each once and findable, the others -1; shape (rows, seeds).

    Args:
        groups: int64, shape (rows, seeds), vectors or -1
        valid: bool, which vectors a query can find
    """
    ordered = groups.sort(dim=1).values
    again = torch.zeros_like(ordered, dtype=torch.bool)
    again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    return torch.where(again | (ordered < 0) | ~valid[ordered.clamp(min=0)], -1, ordered)


@dataclass(frozen=True, eq=False)
class Targets:
    """What each row's products must reach.

    Args:
        coarse: float32, shape (m,)
        crowded: bool, shape (m,), rows for which more pairs would reach it than are worth scoring exactly
        asked: bool, shape (m,), rows whose neighbours are asked for
    """

    coarse: torch.Tensor
    crowded: torch.Tensor
    asked: torch.Tensor

    @property
    def searching(self) -> torch.Tensor:
        """Bool: the rows that take part in the first pass."""
        return self.asked & ~self.crowded

    @property
    def first_pass(self) -> torch.Tensor:
        """Float32: what is looked for in the first pass, infinity by rows that look for nothing."""
        return torch.where(self.searching, self.coarse, torch.inf)


def choose_targets(sides: Sides, asked: torch.Tensor, known: torch.Tensor | None) -> Targets:
    """A target for each row.

    Args:
        sides: the search
        asked: bool, shape (m,), rows whose neighbours are asked for
        known: float64, shape (m, 2), the best score of each row with some columns, and one that its neighbours surely
            reach or minus infinity (see `levels`); None where nothing is known
    """
    valid = torch.nonzero(sides.weights > 0)[:, 0]
    limit = crowd(len(valid), sides.depth)
    if known is None:
        coarse, passing = sampled(sides, valid, None)
        return Targets(coarse, passing > limit, asked)
    best, last = known.unbind(1)
    coarse, crowded = sides.bound.targets(last), torch.zeros_like(asked)
    # Where the screen cannot tell the best of them from the last, it may not tell either from very many others.
    alike = best - last <= 2 * sides.bound.in_scores()
    unsure = torch.nonzero(asked & (alike | torch.isneginf(last)))[:, 0]
    if len(unsure):
        targets, passing = sampled(sides, valid, unsure)
        coarse[unsure] = torch.where(torch.isneginf(last[unsure]), targets, coarse[unsure])
        crowded[unsure] = passing > limit
    return Targets(coarse, crowded, asked)


def lower_targets(sides: Sides, index: torch.Tensor) -> torch.Tensor:
    """Targets that about four times as many columns reach, float32, for rows that too few reached theirs of."""
    valid = torch.nonzero(sides.weights > 0)[:, 0]
    return sampled(replace(sides, depth=min(4 * sides.depth, len(valid))), valid, index)[0]


def sampled(sides: Sides, valid: torch.Tensor, index: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Targets from screened scores with some columns, float32, and about how many of all columns will reach them.

    Args:
        sides: the search
        valid: int64, the columns that can be found
        index: int64, rows; None for all
    """
    n, size = len(valid), sample_size(len(valid), sides.block)
    generator = torch.Generator(valid.device).manual_seed(n)
    chosen = torch.randperm(n, generator=generator, device=valid.device)[:size] if size < n else slice(None)
    sample = sides.columns.chosen(valid[chosen])
    rank, shape = sample_rank(n, size, sides.depth), sides.shape(symmetric=False)
    parts = [
        sampled_targets(rows, sample, shape, sides.tiles, rank, kernels=sides.kernels) for rows in _rows(sides, index)
    ]
    targets, shares = (torch.cat(part) for part in zip(*parts, strict=True))
    bound = sides.bound if index is None else sides.bound.take(index)
    return bound.rounded(targets), shares * n


def _rows(sides: Sides, index: torch.Tensor | None) -> Iterator[Block]:
    """The rows, piece by piece.

    Their targets are their errors, which the scores are lowered by: vectors closer together than those then do not fail
    their own screened scores, and where every vector is in the sample, the target is reached for certain.
    """
    error = kernel_error(sides.bound)
    count = len(sides.rows) if index is None else len(index)
    pieces = spans(0, count, sides.plan.block)
    if index is None:
        yield from sides.rows.blocks(pieces, Goal(error, error))
        return
    for begin, end in pieces:
        part = index[begin:end]
        yield sides.rows.chosen(part, Goal(error[part], error[part]))
