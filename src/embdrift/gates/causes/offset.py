"""One vector was added to all."""

from embdrift.gates.causes.evidence import Evidence
from embdrift.gates.verdict import Cause
from embdrift.gates.words import number, percent

MOST = 0.8
"""An offset explains the movement where at least so large a share of its mean square is common to all items."""

LEAST_MOVED = 1e-6
"""Mean movement below this share of the vectors' length is rounding, whatever it has in common."""


def offset(known: Evidence) -> Cause | None:
    """All vectors moved by nearly the same difference."""
    share = known.row("offset_share")
    length = known.value("offset_length")
    if share is None or not (share.value >= MOST and length >= LEAST_MOVED):
        return None
    return Cause(
        "constant offset",
        (
            f"one vector, {number(length)} of the median length, added to all explains {percent(share.value)} of the"
            " movement",
        ),
    )
