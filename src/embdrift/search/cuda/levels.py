"""What a row's neighbours surely reach: the exact score of the last of enough columns that are given."""

import torch

from embdrift.search.cuda.passes import Sides, defined_scores
from embdrift.search.cuda.pieces import spans
from embdrift.types import Similarity

# Pairs that are scored at a time.
_AT_ONCE = 2**24


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
    most = _AT_ONCE if few_columns else sides.plan.block
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
