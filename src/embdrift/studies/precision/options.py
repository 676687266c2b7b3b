"""Options of a precision study, and its registration."""

from dataclasses import dataclass, field

from embdrift.errors import InputError
from embdrift.numerics import PrecisionCell, check_ladder, default_ladder
from embdrift.studies.registry import Study, register_study

MOST_PAIRS = 4 * 10**8
"""Scores per cell up to which all rows search; beyond it, as many sampled rows as that allows, but at least 1,000."""

_LEAST_ROWS = 1000


@dataclass
class PrecisionOptions:
    """Options of a precision study.

    Args:
        ladder: the cells: how vectors are stored, in what arithmetic scores are computed, in what format they are kept
        query_sample: sampled rows that search the whole corpus; None for all, or for as many as keep a cell
            within 400 million scores
        repeats: how often a search is repeated to time it and to see whether it gives the same again
        timed_queries: queries that such a search has
        examples: lost neighbors, and items that stand out, to list per cell or candidate
    """

    ladder: list[PrecisionCell] = field(default_factory=default_ladder)
    query_sample: int | None = None
    repeats: int = 3
    timed_queries: int = 256
    examples: int = 50

    def __post_init__(self) -> None:
        if self.query_sample is not None and self.query_sample < 2:
            raise InputError(
                f"query_sample must be at least 2, got {self.query_sample}; leave it out to choose by size"
            )
        if self.repeats < 1 or self.timed_queries < 1:
            raise InputError(
                f"repeats and timed_queries must be at least 1, got {self.repeats} and {self.timed_queries}"
            )
        if self.examples < 0:
            raise InputError(f"examples must not be negative, got {self.examples}")
        check_ladder(self.ladder)

    def rows(self, q: int, n: int) -> int:
        """The number of q rows that search n items."""
        if self.query_sample is not None:
            return min(self.query_sample, q)
        return q if q * n <= MOST_PAIRS else min(q, max(_LEAST_ROWS, MOST_PAIRS // n))


STUDY = register_study(
    Study(
        "precision",
        PrecisionOptions,
        "embdrift.studies.precision.study:precision_study",
        needs_candidates=False,
        other_work="an exhaustive search per cell of the ladder",
    )
)
