"""From single runs to the tables of a self-test."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from embdrift.selftest.expected import expected_table
from embdrift.selftest.harness import Outcome
from embdrift.selftest.matching import cells_found, matched
from embdrift.selftest.noticing import limits, noticed
from embdrift.selftest.ranking import ranking
from embdrift.selftest.result import SelfTest
from embdrift.selftest.shares import HARMS

_GATE_ALARMS = (("verdict", "fail"), ("verdict", "warn"), ("neighbors", "moved"), ("distribution", "moved"))
_RUN = ["fault", "strength", "seed"]


def gathered(found: Sequence[Outcome], facts: dict[str, Any], test_alarms: pd.DataFrame) -> SelfTest:
    """Put together what every planted run came to.

    Args:
        found: all runs; those of cases that the expected table lacks are repetitions in which nothing changed
        facts: what the self-test was run on
        test_alarms: how often each test alarmed where nothing changed
    """
    names = {(one.case.fault, one.case.strength) for one in found}
    table = {key: expected for key, expected in expected_table().items() if key in names}
    planted = [one for one in found if (one.case.fault, one.case.strength) in table]
    repeated = [one for one in found if (one.case.fault, one.case.strength) not in table]
    allowed = limits(_figures(repeated[0::2]))
    figures = _figures(planted)
    figures["noticed"] = noticed(figures, allowed)
    ranked = [ranking(figures, measure, sign=sign).assign(harm=harm) for harm, (measure, sign) in HARMS.items()]
    return SelfTest(
        facts=facts,
        cells=matched(planted, table),
        runs=pd.DataFrame([_run(one) for one in planted]),
        figures=figures,
        ranking=pd.concat(ranked, ignore_index=True)[["harm", "measure", "spearman", "low", "high", "n"]],
        false_alarms=_false_alarms(repeated[1::2], allowed),
        test_alarms=test_alarms,
    )


def _figures(found: Sequence[Outcome]) -> pd.DataFrame:
    frames = [
        one.figures.assign(fault=one.case.fault, strength=one.case.strength, seed=one.seed)
        for one in found
        if len(one.figures)
    ]
    columns = [*_RUN, "measure", "value", "departure"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _run(one: Outcome) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "fault": one.case.fault,
        "strength": one.case.strength,
        "seed": one.seed,
        **cells_found(one),
        "finding": "" if verdict is None else verdict.finding,
        "causes": "" if verdict is None else "; ".join(cause.name for cause in verdict.causes),
        "refused": one.refused,
    }


def _false_alarms(unchanged: Sequence[Outcome], allowed: dict[str, float]) -> pd.DataFrame:
    """Alarms of measures, axes and verdict on runs where nothing changed."""
    if not unchanged:
        return pd.DataFrame({"measure": [], "alarms": [], "runs": []})
    figures = _figures(unchanged)
    alarm = pd.Series(noticed(figures, allowed)).groupby(figures["measure"], sort=False)
    rows = [(measure, int(values.sum()), int(values.notna().sum())) for measure, values in alarm]
    cells = [cells_found(one) for one in unchanged]
    for cell, alarming in _GATE_ALARMS:
        rows.append((f"gate: {cell} {alarming}", sum(one[cell] == alarming for one in cells), len(cells)))
    return pd.DataFrame(rows, columns=["measure", "alarms", "runs"])
