"""One look per candidate, the same in every figure of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embdrift.report.wording import short_names

# Okabe and Ito (2008), without yellow, which is too light on white, and black, which is the reference's
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# numbers without a common factor, so that two candidates of one colour differ in marker and line
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
INK = "#222222"
GREY = "#767676"
LIGHT = "#D9D9D9"

LineStyle = str | tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Look:
    """How one candidate is drawn, and the name that fits into a figure."""

    name: str
    colour: str
    marker: str
    line: LineStyle


def looks(candidates: Sequence[str]) -> Mapping[str, Look]:
    """A look for each candidate, by its place in the run."""
    names = short_names(candidates)
    return {
        candidate: Look(
            names[candidate],
            COLOURS[place % len(COLOURS)],
            MARKERS[place % len(MARKERS)],
            LINES[place % len(LINES)],
        )
        for place, candidate in enumerate(candidates)
    }
