"""Numbers changed a little everywhere, as another runtime, library or number format makes them."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.causes.rounding import format_rounding
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number

LEAST = 1e-7
"""Median relative error below this is float32's own rounding."""


def numeric_change(known: Evidence) -> Cause | None:
    """Every vector moved by about the same small share of its length, and no format's rounding explains it."""
    error = known.value("relative_error_median")
    if not (known.value("numeric_scale") == 1 and error >= LEAST) or format_rounding(known) is not None:
        return None
    words = f"vectors moved by {number(error)} of their length in the median, and none stands out"
    return Cause("a change of numerics: another runtime, library or number format", (words,))
