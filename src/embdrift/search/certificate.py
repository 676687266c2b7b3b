"""What stands behind an exact answer: how its rows were proven, and by how much arithmetic."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """How the rows of one search were proven equal to exhaustive search; every row was.

    Args:
        rows: rows searched
        proven_at_once: rows that the first pass proved
        redone: rows that needed a second pass
        scored_in_full: rows of which every exact score was computed
        mean_bound: mean bound on the error of a screened score, of the rows that could be screened (for cosine: of the
            cosine; else in the screen's units on a CPU, and in those of the scores on a GPU)
        candidates_per_row: exact scores per row, on average, of the rows not scored in full
        arithmetic: number format of the screen
        device: what ran it
    """

    rows: int
    proven_at_once: int
    redone: int
    scored_in_full: int
    mean_bound: float
    candidates_per_row: float
    arithmetic: str
    device: str


@dataclass
class Tally:
    """Counts, while a search runs, what its certificate will say."""

    arithmetic: str = "float32"
    device: str = "cpu"
    rows: int = 0
    redone: int = 0
    scored_in_full: int = 0
    candidates: int = 0
    bound_sum: float = 0.0
    bounds: int = 0

    def certificate(self) -> Certificate:
        """What was counted so far."""
        kept = self.rows - self.scored_in_full
        return Certificate(
            rows=self.rows,
            proven_at_once=kept - self.redone,
            redone=self.redone,
            scored_in_full=self.scored_in_full,
            mean_bound=self.bound_sum / self.bounds if self.bounds else 0.0,
            candidates_per_row=self.candidates / kept if kept else 0.0,
            arithmetic=self.arithmetic,
            device=self.device,
        )
