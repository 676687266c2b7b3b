"""The two axes in words: what has moved, and what that means for whoever ships it."""

from embdrift.gates.causes import Evidence, strangers
from embdrift.gates.outcome import Axis, Outcome

NOTHING = "nothing moved: distribution and neighbours are those of the reference"
SAFE = "distribution moved, neighbours kept: safe after a full re-embedding, fatal if old and new vectors are mixed"
SCRAMBLED = "distribution unmoved, neighbours scrambled: documents and vectors no longer belong together"
CHANGED = "distribution unmoved, neighbours moved: a change that no test of the distribution sees, and users will"
BOTH = "both moved: users will see other results"

_ONE_UNKNOWN = {
    (Axis.unknown, Axis.unmoved): "neighbours kept; whether the distribution moved was not measured",
    (Axis.unknown, Axis.moved): "neighbours moved: users will see other results; whether the distribution moved was"
    " not measured",
    (Axis.moved, Axis.unknown): "distribution moved; whether the neighbours did cannot be told",
    (Axis.unmoved, Axis.unknown): "distribution unmoved; whether the neighbours moved cannot be told",
    (Axis.unknown, Axis.unknown): "neither axis was measured: whether anything moved cannot be told",
}  # fmt: skip


def finding(known: Evidence, outcome: Outcome) -> str:
    """What moved, in words; that a candidate fails although its neighbours are kept is said too."""
    other = outcome is Outcome.fail and known.neighbors is Axis.unmoved
    return f"{_moved(known)}{'; other rules fail' if other else ''}"


def _moved(known: Evidence) -> str:
    axes = (known.distribution, known.neighbors)
    if axes in _ONE_UNKNOWN:
        return _ONE_UNKNOWN[axes]
    if axes == (Axis.unmoved, Axis.moved):
        return SCRAMBLED if strangers(known) else CHANGED
    return {(Axis.unmoved, Axis.unmoved): NOTHING, (Axis.moved, Axis.unmoved): SAFE}.get(axes, BOTH)
