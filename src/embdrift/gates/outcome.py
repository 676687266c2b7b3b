"""What a gate can say: outcomes, their order and exit codes, and whether an axis moved."""

from collections.abc import Iterable
from enum import Enum


class Outcome(Enum):
    """What a rule, a candidate or a run came to.

    * pass: inside every limit
    * warn: beyond a limit that warns, not beyond one that fails
    * fail: beyond a limit that fails
    * inconclusive: the figure was due and is not there, or its interval does not tell
    * not_measured: the run holds no such figure; says nothing, neither good nor bad
    """

    pass_ = "pass"
    warn = "warn"
    fail = "fail"
    inconclusive = "inconclusive"
    not_measured = "not_measured"


class Axis(Enum):
    """Whether something moved between two versions; unknown where it was not measured or cannot be told."""

    unmoved = "unmoved"
    moved = "moved"
    unknown = "unknown"


# What was measured, from the best to the worst.
_FROM_BEST = (Outcome.pass_, Outcome.warn, Outcome.inconclusive, Outcome.fail)
NOT_PASSED = (Outcome.fail, Outcome.inconclusive, Outcome.warn)
"""What people have to look at, the worst first."""
_EXIT_CODES = {Outcome.pass_: 0, Outcome.warn: 0, Outcome.fail: 3, Outcome.inconclusive: 4, Outcome.not_measured: 4}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of several outcomes: fail before inconclusive before warn before pass.

    What was not measured does not count; where nothing was, the answer is inconclusive, since silence is no pass.
    """
    found = [one for one in outcomes if one is not Outcome.not_measured]
    return max(found, key=_FROM_BEST.index, default=Outcome.inconclusive)


def severity(outcome: Outcome) -> int:
    """Where an outcome stands in lists for people: 0 for the worst; what was not measured comes last."""
    return (*NOT_PASSED, Outcome.pass_, Outcome.not_measured).index(outcome)


def exit_code(outcome: Outcome) -> int:
    """What a pipeline is told: 0 for pass and warn, 3 for fail, 4 for inconclusive."""
    return _EXIT_CODES[outcome]
