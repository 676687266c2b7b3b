"""How numbers are written in the sentences of a verdict."""

import math
from collections.abc import Sequence


def number(value: float) -> str:
    """Four digits that count, and a true minus sign."""
    if not math.isfinite(value):
        return "not defined" if math.isnan(value) else str(value).replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def percent(share: float) -> str:
    """A share in per cent, with three digits that count."""
    return f"{100 * share:.3g} %".replace("-", "−") if math.isfinite(share) else "not defined"


def with_interval(value: float, low: float, high: float) -> str:
    """A figure, with its interval where it has one."""
    if math.isnan(low) and math.isnan(high):
        return number(value)
    return f"{number(value)} ({number(low)} to {number(high)})"


def listed(names: Sequence[str]) -> str:
    """Names as a phrase: "a", "a and b", "a, b and c"."""
    return ", ".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"
