"""Which score each row looks for in the first pass: one that its neighbours probably, or surely, reach."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from embdrift.search.cuda.items import Block, Goal
from embdrift.search.cuda.passes import Sides
from embdrift.search.cuda.pieces import spans
from embdrift.search.cuda.sampling import sampled_targets
from embdrift.search.cuda.seeds import crowd, sample_rank, sample_size
from embdrift.search.cuda.units import kernel_error


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
