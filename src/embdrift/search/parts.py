"""Positions in parts that fit."""

from embdrift.types import Positions

_NUMBERS = 2**21


def cut(values: Positions, size: int) -> list[Positions]:
    """Values in parts of at most so many."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def rows_at_once(dimensions: int, most: int) -> int:
    """How many corpus rows are made in float64 at a time: 16 MiB of numbers, at least 64 rows, and at most so many."""
    return min(most, max(64, _NUMBERS // dimensions))
