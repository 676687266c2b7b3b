"""Faults that hand vectors to other items: the set of vectors stays as it is, to the bit."""

import numpy as np
import torch

from embdrift.data.synthetic import dealt
from embdrift.selftest.faults.rows import some_rows
from embdrift.types import Array, Positions


def permuted(vectors: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """The vectors with a share of the rows dealt out among themselves, so that none of these keeps its own.

    Args:
        vectors: shape (n, d)
        share: of the rows that change hands
        seed: chooses the rows and their new vectors
    """
    return _dealt_among(vectors, some_rows(len(vectors), share, seed), seed)


def scrambled_within(vectors: torch.Tensor, groups: Array, share: float, seed: int) -> torch.Tensor:
    """The vectors dealt out among the members of each group: items stay in their neighborhood, with wrong vectors.

    Args:
        vectors: shape (n, d)
        groups: shape (n,), the group of each row
        share: of each group's rows that change hands
        seed: chooses the rows and their new vectors
    """
    result = vectors
    for number, group in enumerate(np.unique(groups)):
        members = np.flatnonzero(groups == group)
        chosen = members[some_rows(len(members), share, seed + number)]
        result = _dealt_among(result, chosen, seed + number)
    return result


def _dealt_among(vectors: torch.Tensor, rows: Positions, seed: int) -> torch.Tensor:
    at = torch.from_numpy(rows)
    result = vectors.clone()
    result[at] = dealt(vectors[at], seed)
    return result
