"""Candidates of a run of rows: gathered from pairs, cut to what can still matter, merged across columns."""

from dataclasses import dataclass

import torch

from embdrift.search.cuda.operands import Kernels
from embdrift.types import TIE_LIMIT


@dataclass(frozen=True, eq=False)
class Candidates:
    """Exactly scored candidates of consecutive rows, against a part of the corpus.

    A row keeps what scores at least as much as its `depth`-th best candidate, but of those that tie with it only the
    first by position, up to `TIE_LIMIT` more than can be listed; the others are counted.

    Args:
        starts: int64, shape (rows + 1,), where each row's candidates begin
        positions: shape (entries,), which vectors they are
        scores: float64, shape (entries,)
        level: float64, shape (rows,), the score of the `depth`-th best; minus infinity with fewer candidates
        further: int64, shape (rows,), items that score as much as the level and are only counted
    """

    starts: torch.Tensor
    positions: torch.Tensor
    scores: torch.Tensor
    level: torch.Tensor
    further: torch.Tensor

    def __len__(self) -> int:
        return len(self.level)

    @property
    def rows(self) -> torch.Tensor:
        """The row of each entry, counted from the first."""
        return torch.repeat_interleave(torch.arange(len(self), device=self.starts.device), self.starts.diff())

    def take(self, index: torch.Tensor) -> "Candidates":
        """The candidates of some rows, in the order given."""
        lengths = self.starts.diff()[index]
        starts = _starts(lengths)
        inside = torch.arange(int(starts[-1]), device=starts.device) - torch.repeat_interleave(starts[:-1], lengths)
        at = torch.repeat_interleave(self.starts[index], lengths) + inside
        return Candidates(starts, self.positions[at], self.scores[at], self.level[index], self.further[index])

    def to(self, device: torch.device) -> "Candidates":
        """The same on another device."""
        fields = (self.starts, self.positions, self.scores, self.level, self.further)
        return Candidates(*(field.to(device) for field in fields))


def _starts(lengths: torch.Tensor) -> torch.Tensor:
    starts = torch.zeros(len(lengths) + 1, dtype=torch.int64, device=lengths.device)
    torch.cumsum(lengths, 0, out=starts[1:])
    return starts


def no_candidates(rows: int, device: torch.device, position_type: torch.dtype) -> Candidates:
    """What is known before anything was searched."""
    return Candidates(
        torch.zeros(rows + 1, dtype=torch.int64, device=device),
        torch.empty(0, dtype=position_type, device=device),
        torch.empty(0, dtype=torch.float64, device=device),
        torch.full((rows,), -torch.inf, dtype=torch.float64, device=device),
        torch.zeros(rows, dtype=torch.int64, device=device),
    )


def add(
    known: Candidates,
    found: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    *,
    depth: int,
    weights: torch.Tensor,
    kernels: Kernels,
) -> Candidates:
    """What is known after some more pairs were scored.

    Args:
        known: what was known before
        found: row (counted from the first), position and score of each new pair, in any order; no pair twice
        depth: candidates that matter per row
        weights: int64, for each position, how many items it stands for
        kernels: of the device
    """
    rows = torch.cat([known.rows, found[0].to(torch.int64)])
    order = torch.sort(rows).indices
    rows = rows[order]
    positions = torch.cat([known.positions, found[1].to(known.positions.dtype)])[order]
    scores = torch.cat([known.scores, found[2]])[order]
    return _keep_best((rows, positions, scores), (known.level, known.further), depth, weights, kernels)


def merge(a: Candidates, b: Candidates, *, depth: int, weights: torch.Tensor, kernels: Kernels) -> Candidates:
    """The candidates of the same rows against two parts of the corpus as those against both: associative.

    Args:
        a: against one part
        b: against another, with no position in common
        depth: as both were made with
        weights: as both were made with
        kernels: of the device
    """
    rows = torch.cat([a.rows, b.rows])
    order = torch.sort(rows).indices
    entries = (rows[order], torch.cat([a.positions, b.positions])[order], torch.cat([a.scores, b.scores])[order])
    level = torch.maximum(a.level, b.level)
    further = torch.where(a.level == level, a.further, 0) + torch.where(b.level == level, b.further, 0)
    return _keep_best(entries, (level, further), depth, weights, kernels)


def _keep_best(
    entries: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    counted_before: tuple[torch.Tensor, torch.Tensor],
    depth: int,
    weights: torch.Tensor,
    kernels: Kernels,
) -> Candidates:
    """Cut sorted entries to what can matter, with the level so far and the items counted at it."""
    rows, positions, scores = entries
    before, further = counted_before
    n_rows = len(before)
    rank = kernels.ranks(_starts(torch.bincount(rows, minlength=n_rows)), rows, positions, scores)
    level = torch.full_like(before, -torch.inf)
    last = rank == depth - 1
    level[rows[last]] = scores[last]
    reach = scores >= level[rows]
    kept = reach & (rank < depth + TIE_LIMIT + 1)
    dropped = reach & ~kept
    counted = torch.where(level == before, further, 0)
    counted.index_add_(0, rows[dropped], weights[positions[dropped].to(torch.int64)])
    lengths = torch.bincount(rows[kept], minlength=n_rows)
    return Candidates(_starts(lengths), positions[kept], scores[kept], level, counted)
