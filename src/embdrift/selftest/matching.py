"""The expected outcome of each fault, fixed in advance in `expected.csv`, and what was found, matched with it."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

from embdrift.selftest.harness import CaseOutcome

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


AS_EXPECTED = "as expected"
BORDERLINE = "borderline"
MISSED = "missed"
FALSE_ALARM = "false alarm"
DIFFERS = "differs"
WRONG = (MISSED, FALSE_ALARM)
"""States that make a gate one that cannot be trusted with these vectors."""

_ALARMS = {"neighbors": ("moved",), "verdict": ("fail", REFUSED)}
_CALM = {"neighbors": ("unmoved",), "verdict": ("pass", "warn")}


def cells_found(outcome: CaseOutcome) -> dict[str, str]:
    """The three cells of one run: both axes and the verdict."""
    if outcome.verdict is None:
        return {"distribution": "unknown", "neighbors": "unknown", "verdict": REFUSED}
    verdict = outcome.verdict
    return {
        "distribution": verdict.distribution_axis.value,
        "neighbors": verdict.neighbor_axis.value,
        "verdict": verdict.outcome.value,
    }


def matched(found: Sequence[CaseOutcome], table: Mapping[tuple[str, str], Expected]) -> pd.DataFrame:
    """Every cell of the table, with what was found over all seeds.

    Args:
        found: runs of the cases in the table, over any number of seeds
        table: what they must come to
    Returns:
        columns fault, strength, cell, expected, borderline, found, state; `found` counts answers where they differ
    """
    rows = []
    for key, expected in table.items():
        answers = [cells_found(one) for one in found if (one.case.fault, one.case.strength) == key]
        for cell in CELLS:
            counts = Counter(one[cell] for one in answers)
            state = _state(cell, expected, counts)
            rows.append((*key, cell, expected.cells[cell], cell in expected.borderline, _text(counts), state))
    columns = ["fault", "strength", "cell", "expected", "borderline", "found", "state"]
    return pd.DataFrame(rows, columns=columns)


def _state(cell: str, expected: Expected, counts: Mapping[str, int]) -> str:
    wanted = expected.cells[cell]
    if set(counts) == {wanted}:
        return AS_EXPECTED
    if cell in expected.borderline:
        return BORDERLINE
    alarms, calm = _ALARMS.get(cell, ()), _CALM.get(cell, ())
    if wanted in alarms and any(one in calm for one in counts):
        return MISSED
    if wanted in calm and any(one in alarms for one in counts):
        return FALSE_ALARM
    return DIFFERS


def _text(counts: Mapping[str, int]) -> str:
    if len(counts) < 2:
        return "".join(counts) or "not run"
    total = sum(counts.values())
    return ", ".join(f"{answer} {count}/{total}" for answer, count in sorted(counts.items()))
