"""What proves each row of an answer, and what it took."""

from dataclasses import dataclass

import numpy as np

from embdrift.types import Array, Floats, Positions

FIRST_PASS, REDONE, EXHAUSTIVE = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Certificate:
    """Why each row's neighbours are those of an exhaustive search in float64.

    A row is proven when the score of its last neighbour is so high that everything which could reach it, by the bound
    on the screen's error, was scored exactly.

    Args:
        device: where it was computed
        arithmetic: in what the screen was computed
        passes: int8, shape (q,): 1 proven in the first pass, 2 redone once, 3 scored against the whole corpus
        bound: float64, shape (q,), how far a screened score can be off, in the unit of the scores; infinite where a
            row could not be screened, NaN where the search kept no record
        candidates: int64, shape (q,), pairs scored exactly for the row, in all its passes; -1 without a record
    """

    device: str
    arithmetic: str
    passes: Array
    bound: Floats
    candidates: Positions

    @property
    def proven_first(self) -> int:
        """Rows proven in the first pass."""
        return int((self.passes == FIRST_PASS).sum())

    @property
    def redone(self) -> int:
        """Rows that took more than one pass."""
        return int((self.passes > FIRST_PASS).sum())


def join(parts: list[Certificate]) -> Certificate:
    """The certificates of consecutive rows as one; at least one part."""
    return Certificate(
        parts[0].device,
        parts[0].arithmetic,
        np.concatenate([part.passes for part in parts]),
        np.concatenate([part.bound for part in parts]),
        np.concatenate([part.candidates for part in parts]),
    )
