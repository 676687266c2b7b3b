"""What each fault must come to, decided in advance from what it means; the table is `expected.csv` beside this file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

REFUSED = "refused"
"""Verdict on a version that cannot be compared, since its vectors break a rule."""

CELLS = ("distribution", "neighbors", "verdict")


@dataclass(frozen=True)
class Expected:
    """One row of the expected table.

    Args:
        fault: which fault
        strength: how strong
        cells: distribution and neighbors -> "moved", "unmoved" or "unknown"; verdict -> an outcome or "refused"
        borderline: cells where either answer is right, known in advance
        why: what the fault means
    """

    fault: str
    strength: str
    cells: Mapping[str, str]
    borderline: frozenset[str]
    why: str


def expected_table() -> dict[tuple[str, str], Expected]:
    """The table by fault and strength, in its order."""
    text = files("embdrift.selftest").joinpath("expected.csv").read_text("utf-8")
    rows = [
        Expected(
            fault=row["fault"],
            strength=row["strength"],
            cells={cell: row[cell] for cell in CELLS},
            borderline=frozenset(row["borderline"].split()),
            why=row["why"],
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return {(row.fault, row.strength): row for row in rows}
