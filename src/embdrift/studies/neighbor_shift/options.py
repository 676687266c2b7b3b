"""Options of neighbor shift, and its registration."""

from dataclasses import dataclass

from embdrift.errors import InputError
from embdrift.studies.registry import Study, register_study


@dataclass
class NeighborShiftOptions:
    """How neighbor shift is measured.

    Args:
        query_sample: measure this many sampled rows against the whole corpus; None for all
        noise_floor: measure the effect of one float32 rounding
        examples: most moved items to show per candidate

    Raises:
        InputError: when a setting is out of range
    """

    query_sample: int | None = None
    noise_floor: bool = True
    examples: int = 10

    def __post_init__(self) -> None:
        if self.query_sample is not None and self.query_sample < 2:
            raise InputError(f"query_sample must be at least 2, got {self.query_sample}; leave it out to measure all")
        if self.examples < 0:
            raise InputError(f"examples must not be negative, got {self.examples}")


STUDY = register_study(
    Study("neighbor_shift", NeighborShiftOptions, "embdrift.studies.neighbor_shift.study:neighbor_shift")
)
