"""How numbers, names and texts are worded, alike in tables, titles and sentences."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from embdrift.metrics.catalog import Metric

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NOT_DEFINED = "not defined"
# the space does not break a line between number and sign
PER_CENT = "\u00a0%"


@dataclass(frozen=True)
class ScopeWords:
    """What the queries of a scope, and what they find, are called."""

    title: str
    one: str
    many: str
    found: str


SCOPES = {
    "corpus": ScopeWords("Corpus against itself", "item", "items", "nearest neighbours"),
    "queries": ScopeWords("Queries against the corpus", "query", "queries", "best results"),
}


def scope_words(scope: str) -> ScopeWords:
    """The words of a scope; one that this version does not know is called by its own name."""
    return SCOPES.get(scope, ScopeWords(f"Scope {scope}", "query", "queries", "nearest neighbours"))


def percent(share: float, decimals: int = 1) -> str:
    """A share in per cent; what is short of all or more than none never rounds to 100 % or 0 %."""
    if not math.isfinite(share):
        return NOT_DEFINED
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f}{PER_CENT}"
    for digits in range(decimals, 7):
        text = f"{100 * share:.{digits}f}"
        if float(text) not in {0.0, 100.0}:
            return f"{text.replace('-', '−')}{PER_CENT}"
    return f"just under 100{PER_CENT}" if share > 0.5 else f"just over 0{PER_CENT}"


def number(value: float, decimals: int = 4) -> str:
    """A number with fixed decimals; one that would round to zero keeps one significant digit."""
    if not math.isfinite(value):
        return NOT_DEFINED
    if value != 0 and abs(value) < 0.5 * 10**-decimals:
        return f"{value:.0e}".replace("-", "−")
    return f"{value:.{decimals}f}".replace("-", "−")


def count(value: float) -> str:
    """A count with thousands separated."""
    return f"{value:,.0f}" if math.isfinite(value) else NOT_DEFINED


def number_word(value: int) -> str:
    """Small whole numbers as words."""
    return WORDS[value] if 0 < value < len(WORDS) else str(value)


def the_nearest(k: int, found: str) -> str:
    """How the k nearest are called: "the ten nearest neighbours", and at k = 1 "the nearest neighbour"."""
    return f"the {found.removesuffix('s')}" if k == 1 else f"the {number_word(k)} {found}"


def plural(amount: int, noun: str) -> str:
    """An amount with its noun: "1 id", "1,200 ids"."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def joined(names: Sequence[str]) -> str:
    """Names as a phrase: "a", "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def one_line(text: str) -> str:
    """The text on one line, without what could hide or reorder it: control, direction and half characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    kept = (" " if unicodedata.category(mark) in {"Cc", "Zl", "Zp"} else mark for mark in whole)
    shown = (mark for mark in kept if unicodedata.bidirectional(mark) not in DIRECTION_MARKS)
    return " ".join("".join(shown).split())


DIRECTION_MARKS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def excerpt(text: str, length: int = 120) -> str:
    """The beginning of a text, on one line, cut at a word where there is one."""
    line = one_line(text)
    if len(line) <= length:
        return line
    head, _, _ = line[: length - 1].rpartition(" ")
    return f"{(head if len(head) > length // 2 else line[: length - 1]).rstrip('.,;:…')}…"


def short_names(names: Sequence[str], length: int = 26) -> dict[str, str]:
    """Each name short enough for a figure: cut in its middle, since versions differ at their ends; all different."""
    shown: dict[str, str] = {}
    for name in names:
        short = cut_middle(one_line(name), length)
        again = sum(other == short or other.startswith(f"{short} (") for other in shown.values())
        shown[name] = f"{short} ({again + 1})" if again else short
    return shown


def cut_middle(text: str, length: int) -> str:
    """The text with its middle left out where it is longer than `length`."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[head + 1 - length :]}"


def value_words(metric: Metric, value: float) -> str:
    """A metric's value as sentences print it: shares in percent, anything else as a number."""
    return percent(value) if metric.as_share else number(value)
