"""From the vectors that were found to the items that hold them: the table that the caller gets."""

from collections.abc import Iterator

import numpy as np
import torch

from embdrift.search.cuda.candidates import Candidates
from embdrift.search.cuda.duplicates import Distinct
from embdrift.search.cuda.operands import Kernels
from embdrift.search.task import SearchTask
from embdrift.types import TIE_LIMIT, Neighbors

Ranked = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
# Items ranked at a time: 256 MiB of scores, and a few times as much to rank them.
_ITEMS = 2**25


def answer(
    task: SearchTask, distinct: Distinct, found: Candidates, own: torch.Tensor, kernels: Kernels
) -> Iterator[Neighbors]:
    """The neighbours of consecutive queries, some queries at a time.

    Args:
        task: what is searched
        distinct: which items hold which vector
        found: proven candidates of each query
        own: int64, shape (rows,), the corpus position that each must not find, or -1
        kernels: of the device
    """
    # A query's own vector takes one place, so that so many members of each vector can be listed at most.
    members = distinct.weights.clamp(max=task.k + TIE_LIMIT + 2)
    lengths = torch.zeros(len(found) + 1, dtype=torch.int64, device=found.starts.device)
    lengths.index_add_(0, found.rows + 1, members[found.positions.to(torch.int64)])
    ends = lengths.cumsum(0).cpu().numpy()
    begin = 0
    while begin < len(found):
        end = max(begin + 1, int(np.searchsorted(ends, ends[begin] + _ITEMS, side="right")) - 1)
        index = torch.arange(begin, end, device=found.starts.device)
        part = found.take(index)
        entries = _items(distinct, part, own[begin:end], members)
        yield _table(task, distinct, part, own[begin:end], _ranked(entries, end - begin, kernels))
        begin = end


def _ranked(entries: tuple[torch.Tensor, torch.Tensor, torch.Tensor], n_rows: int, kernels: Kernels) -> Ranked:
    rows, items, scores = entries
    starts = torch.zeros(n_rows + 1, dtype=torch.int64, device=rows.device)
    torch.cumsum(torch.bincount(rows, minlength=n_rows), 0, out=starts[1:])
    return rows, items, scores, kernels.ranks(starts, rows, items, scores).to(torch.int64)


def _table(task: SearchTask, distinct: Distinct, found: Candidates, own: torch.Tensor, ranked: Ranked) -> Neighbors:
    k, n_rows = task.k, len(found)
    rows, items, scores, rank = ranked
    top = rank < k
    best = torch.empty((n_rows, k), dtype=torch.int64, device=rows.device)
    best_scores = torch.empty((n_rows, k), dtype=torch.float64, device=rows.device)
    best[rows[top], rank[top]] = items[top]
    best_scores[rows[top], rank[top]] = scores[top]
    last = best_scores[:, -1]
    tied = _tied(task, distinct, found, own, last) - (best_scores == last[:, None]).sum(1)
    listed = torch.where(tied > TIE_LIMIT, 0, tied)
    tie_starts = torch.zeros(n_rows + 1, dtype=torch.int64, device=rows.device)
    torch.cumsum(listed, 0, out=tie_starts[1:])
    further = ~top & (scores == last[rows]) & (listed[rows] > 0)
    tie_positions = torch.empty(int(tie_starts[-1]), dtype=torch.int64, device=rows.device)
    tie_positions[tie_starts[rows[further]] + rank[further] - k] = items[further]
    narrow = torch.int32 if task.position_type is np.int32 else torch.int64
    positions = best.to(narrow).cpu().numpy()
    return Neighbors(
        positions,
        best_scores.cpu().numpy(),
        tied.cpu().numpy(),
        tie_starts.cpu().numpy(),
        tie_positions.to(narrow).cpu().numpy(),
        task.n_corpus,
    )


def _items(
    distinct: Distinct, found: Candidates, own: torch.Tensor, members: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Row, item and score of each candidate item."""
    rows, vectors, scores = found.rows, found.positions.to(torch.int64), found.scores
    if distinct.plain:
        items = vectors
    else:
        copies = members[vectors]
        begins = copies.cumsum(0) - copies
        inside = torch.arange(int(copies.sum()), device=rows.device) - torch.repeat_interleave(begins, copies)
        items = distinct.members[torch.repeat_interleave(distinct.member_starts[vectors], copies) + inside]
        rows, scores = torch.repeat_interleave(rows, copies), torch.repeat_interleave(scores, copies)
    others = items != own[rows]
    return rows[others], items[others], scores[others]


def _tied(
    task: SearchTask, distinct: Distinct, found: Candidates, own: torch.Tensor, last: torch.Tensor
) -> torch.Tensor:
    """How many items score exactly `last` with each query, those that could not be listed included."""
    rows, vectors = found.rows, found.positions.to(torch.int64)
    at = found.scores == last[rows]
    hidden = torch.isin(own, torch.from_numpy(task.left_out).to(own.device))
    own_vector = torch.where((own >= 0) & ~hidden, distinct.group[own.clamp(min=0)], -1)
    items = distinct.weights[vectors] - (vectors == own_vector[rows]).to(torch.int64)
    tied = torch.where(found.level == last, found.further, 0)
    return tied.index_add(0, rows[at], items[at])


class Copies:
    """Hands what was found for each vector to every item that holds it, in the order of the items.

    Args:
        distinct: which items hold which vector
        start: the first item that is asked for
    """

    def __init__(self, distinct: Distinct, start: int) -> None:
        self._distinct = distinct
        self._next = start
        device = distinct.first.device
        searching = distinct.group >= 0
        last = torch.zeros(len(distinct), dtype=torch.int64, device=device)
        everyone = torch.arange(len(distinct.group), device=device)[searching]
        self._last = last.scatter_reduce(0, distinct.group[searching], everyone, "amax")
        end = torch.tensor([len(distinct.group)], device=device)
        self._ready = torch.cat([distinct.first, end]).flip(0).cummin(0).values.flip(0)
        self._slot = torch.full((len(distinct),), -1, dtype=torch.int64, device=device)
        self._held: Candidates | None = None

    @property
    def wanted(self) -> torch.Tensor:
        """Bool: the vectors that some item asked for holds."""
        return self._last >= self._next

    def take(self, begin: int, found: Candidates) -> tuple[torch.Tensor, Candidates]:
        """The items that are complete once vectors `begin` and after are found, and what each of them finds."""
        end = begin + len(found)
        numbers = torch.arange(begin, end, device=self._slot.device)
        if self._held is not None:
            held = torch.nonzero(self._slot >= 0)[:, 0]
            numbers, found = torch.cat([held, numbers]), joined(self._held.take(self._slot[held]), found)
        self._slot[numbers] = torch.arange(len(numbers), device=self._slot.device)
        first, self._next = self._next, max(self._next, int(self._ready[end]))
        items = torch.arange(first, self._next, device=self._slot.device)
        answers = found.take(self._slot[self._distinct.group[items]])
        later = torch.nonzero(self._last[numbers] >= self._next)[:, 0]
        self._held = found.take(later)
        self._slot[numbers] = -1
        self._slot[numbers[later]] = torch.arange(len(later), device=self._slot.device)
        return items, answers


def joined(a: Candidates, b: Candidates) -> Candidates:
    """The candidates of some rows and then those of others."""
    starts = torch.cat([a.starts, b.starts[1:] + a.starts[-1]])
    parts = (torch.cat([getattr(a, name), getattr(b, name)]) for name in ("positions", "scores", "level", "further"))
    return Candidates(starts, *parts)
