"""Rows with the same bits are searched once, and what was found is handed to each of them."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.types import Positions

_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
# Numbers hashed or compared at a time: 256 MiB as int64.
_AT_ONCE = 2**25


@dataclass(frozen=True, eq=False)
class Distinct:
    """The different vectors of a corpus, in the order of the first item that a query can find of each.

    Args:
        first: int64, shape (m,), the smallest corpus position of each
        lead: int64, shape (m,), the smallest position that can be found, or `first` where none can
        group: int64, shape (n,), which of them each corpus position holds, -1 for one that is left out of the search
        member_starts: int64, shape (m + 1,), where each one's members begin
        members: int64, the positions that can be found, by vector and then ascending
        plain: every position is a vector of its own and can be found
    """

    first: torch.Tensor
    lead: torch.Tensor
    group: torch.Tensor
    member_starts: torch.Tensor
    members: torch.Tensor
    plain: bool

    @property
    def weights(self) -> torch.Tensor:
        """How many items a query can find of each vector, shape (m,)."""
        return self.member_starts.diff()

    def __len__(self) -> int:
        return len(self.first)


def find_distinct(corpus: torch.Tensor, left_out: Positions, *, all_search: bool, device: torch.device) -> Distinct:
    """Collapse rows with the same bits.

    Args:
        corpus: shape (n, d), on any device
        left_out: positions that nobody may find
        all_search: those positions search all the same; otherwise they are dropped, and may hold anything
        device: where the answer goes
    """
    n = len(corpus)
    findable = torch.ones(n, dtype=torch.bool, device=device)
    findable[torch.from_numpy(left_out).to(device)] = False
    kept = torch.arange(n, device=device) if all_search else torch.nonzero(findable)[:, 0]
    first_of = _first_equal(corpus, kept, device)
    # Without a member that can be found, a vector is placed by its first one.
    key = torch.where(findable[kept], kept, kept + n)
    best = torch.full((n,), 2 * n, dtype=torch.int64, device=device).scatter_reduce(0, first_of, key, "amin")
    firsts = torch.nonzero(best < 2 * n)[:, 0]
    leads = torch.where(best[firsts] < n, best[firsts], firsts)
    order = leads.argsort()
    first, lead = firsts[order], leads[order]
    number = torch.full((n,), -1, dtype=torch.int64, device=device)
    number[first] = torch.arange(len(first), device=device)
    group = torch.full((n,), -1, dtype=torch.int64, device=device)
    group[kept] = number[first_of]
    found = kept[findable[kept]]
    members = found[torch.sort(group[found], stable=True).indices]
    starts = torch.zeros(len(first) + 1, dtype=torch.int64, device=device)
    torch.cumsum(torch.bincount(group[found], minlength=len(first)), 0, out=starts[1:])
    return Distinct(first, lead, group, starts, members, len(first) == n and len(left_out) == 0)


def _first_equal(corpus: torch.Tensor, kept: torch.Tensor, device: torch.device) -> torch.Tensor:
    """For each kept position, the smallest one whose row has the same bits."""
    hashes = _hashes(corpus, kept, device)
    _, inverse = torch.unique(hashes, return_inverse=True)
    first = torch.full((len(kept),), len(corpus), dtype=torch.int64, device=device)
    first = first.scatter_reduce(0, inverse, kept, "amin")[inverse]
    copies = torch.nonzero(first != kept)[:, 0]
    different = copies[~_same_rows(corpus, kept[copies], first[copies])]
    # Rows that only share a hash stay on their own: two searches for one vector are slower, not wrong.
    first[different] = kept[different]
    return first


def _hashes(corpus: torch.Tensor, kept: torch.Tensor, device: torch.device) -> torch.Tensor:
    d = corpus.shape[1]
    draw = np.random.default_rng(d).integers(-(2**63), 2**63 - 1, d, dtype=np.int64) | 1
    factors = torch.from_numpy(draw).to(device)
    parts = [torch.zeros(0, dtype=torch.int64, device=device)]
    for at in torch.split(kept, max(1, _AT_ONCE // d)):
        parts.append((_bits(corpus, at).to(device).to(torch.int64) * factors).sum(1))
    return torch.cat(parts)


def _bits(corpus: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    begin, end = int(at[0]), int(at[-1]) + 1
    near = corpus[begin:end] if end - begin == len(at) else corpus[at.to(corpus.device)]
    return near.contiguous().view(_BITS[corpus.element_size()])


def _same_rows(corpus: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    parts = [torch.zeros(0, dtype=torch.bool, device=a.device)]
    step = max(1, _AT_ONCE // corpus.shape[1])
    for one, other in zip(torch.split(a, step), torch.split(b, step), strict=True):
        if len(one):
            bits = [corpus[at.to(corpus.device)].view(_BITS[corpus.element_size()]) for at in (one, other)]
            parts.append((bits[0] == bits[1]).all(1).to(a.device))
    return torch.cat(parts)
