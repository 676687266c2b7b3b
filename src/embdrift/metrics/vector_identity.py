"""Whether an item is nearest to its own old vector, or to what was another item's."""

from dataclasses import dataclass

import numpy as np
import torch

from embdrift.errors import InputError
from embdrift.metrics.paired_vectors import paired_vectors, unit_or_zero_rows
from embdrift.metrics.vector_movement import fit_procrustes, turned
from embdrift.types import Floats, Positions

ALIKE = 1e-6
"""Displacements that differ by less are equal: float32 products tell no more."""

MATCH = 0.1
"""Another item's old vector is the one that an item holds where it is this much nearer than the item's own."""

LEAST_MOVED = 1e-3
"""An item that moved by less still holds its own vector."""


@dataclass(frozen=True, eq=False)
class SelfSearch:
    """How far some items' new vectors are from their own old vectors, and from the nearest of all others'.

    Args:
        own: shape (s,), 1 - cosine of the old and new vector of each item
        other: shape (s,), 1 - cosine of its new vector and the nearest old vector of another item
        turned_back: True where the new vectors were turned by the best rotation, fitted on the items not searched
    """

    own: Floats
    other: Floats
    turned_back: bool

    @property
    def found(self) -> Floats:
        """Shape (s,), 1.0 where no other item's old vector is nearer than its own; NaN for zero vectors."""
        return np.where(np.isnan(self.own), np.nan, (self.own <= self.other + ALIKE).astype(np.float64))

    @property
    def anothers(self) -> Floats:
        """Shape (s,), 1.0 where an item holds what was another item's vector; NaN for zero vectors."""
        held = (self.own >= LEAST_MOVED) & (self.other + ALIKE <= MATCH * self.own)
        return np.where(np.isnan(self.own), np.nan, held.astype(np.float64))


def self_search(
    a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions, places: Positions
) -> tuple[SelfSearch, ...]:
    """Look for the new vectors of some items among the old vectors of all.

    Once as they are and, where enough items are left to fit it, once more after the rotation that lays the other items'
    new vectors over their old ones (`fit_procrustes`). One float32 product of the sampled vectors and all others.

    Args:
        a: reference vectors, shape (n, p), any supported type
        b: candidate vectors, shape (m, p)
        a_rows: shape (r,), rows of `a`
        b_rows: shape (r,), the rows of `b` that hold the same items
        places: shape (s,), entries of the pairing whose new vectors are looked for

    Returns:
        one search, or two

    Raises:
        InputError: when the dimensions differ, the rows are not as many on both sides, or a row does not exist

    Example:
        >>> a = torch.eye(3)
        >>> swapped = a[[1, 0, 2]]
        >>> self_search(a, swapped, np.arange(3), np.arange(3), np.arange(2))[0].found.tolist()
        [0.0, 0.0]
    """
    if a.shape[1] != b.shape[1]:
        raise InputError(f"vectors are looked for among others of their dimension, got {a.shape[1]} and {b.shape[1]}")
    old = torch.cat([block for _, block, _ in paired_vectors(a, b, a_rows[places], b_rows[places])])
    new = unit_or_zero_rows(torch.cat([block for _, _, block in paired_vectors(a, b, a_rows[places], b_rows[places])]))
    frames = [new]
    others = np.setdiff1d(np.arange(len(a_rows)), places)
    if len(others) >= a.shape[1]:
        frames.append(new @ fit_procrustes(a, b, a_rows[others], b_rows[others]).T)
    nearest = _nearest_other(a, b, a_rows, b_rows, places=places, looking=torch.cat(frames).float())
    zero = ((old == 0).all(dim=1) | (new == 0).all(dim=1)).numpy()
    unit_old = unit_or_zero_rows(old)
    return tuple(
        SelfSearch(
            own=np.where(zero, np.nan, turned(unit_old, frame)),
            other=1 - nearest[number * len(places) : (number + 1) * len(places)],
            turned_back=number == 1,
        )
        for number, frame in enumerate(frames)
    )


def _nearest_other(
    a: torch.Tensor, b: torch.Tensor, a_rows: Positions, b_rows: Positions, *, places: Positions, looking: torch.Tensor
) -> Floats:
    """Largest cosine of each vector that looks, shape (frames * s, p), with the old vector of any item but its own."""
    best = torch.full((len(looking),), -1.0)
    own = torch.from_numpy(places).repeat(len(looking) // len(places))
    for block, old, _ in paired_vectors(a, b, a_rows, b_rows):
        cosines = looking @ unit_or_zero_rows(old).float().T  # (frames * s, block)
        inside = (own >= block.start) & (own < block.stop)
        cosines[inside.nonzero()[:, 0], own[inside] - block.start] = -1.0
        best = torch.maximum(best, cosines.max(dim=1).values)
    return np.asarray(best.double().numpy())
