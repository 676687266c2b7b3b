"""From single runs to the tables of a self-test: seeds put together, shares noticed and alarmed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from embdrift.selftest.harness import CaseOutcome
from embdrift.selftest.matching import WRONG, cells_found, expected_table, matched
from embdrift.selftest.noticing import limits, noticed
from embdrift.selftest.ranking import ranking


@dataclass(frozen=True, eq=False)
class SelfTest:
    """What a self-test found.

    Args:
        facts: what it was run on
        cells: columns fault, strength, cell, expected, borderline, found, state
        runs: columns fault, strength, seed, distribution, neighbors, verdict, finding, causes, refused
        figures: columns fault, strength, seed, measure, value, departure, noticed
        ranking: columns harm, measure, spearman, low, high, n
        false_alarms: columns measure, alarms, runs: where nothing changed, on runs that set no limit
        test_alarms: columns design, test, alarms, runs
    """

    facts: dict[str, Any]
    cells: pd.DataFrame
    runs: pd.DataFrame
    figures: pd.DataFrame
    ranking: pd.DataFrame
    false_alarms: pd.DataFrame
    test_alarms: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def trusted(self) -> bool:
        """Whether nothing that must be noticed was missed, and nothing harmless was called harm."""
        return not self.cells["state"].isin(WRONG).any()


HARMS = {"lost neighbors": ("overlap", -1.0), "lost nDCG": ("ndcg_change (queries)", -1.0)}
"""Harm -> the measure that tells it, and -1 where a lower value is worse."""


def share_noticed(figures: pd.DataFrame) -> pd.DataFrame:
    """Share of the seeds in which each measure noticed each case; NaN where it was defined in none.

    Args:
        figures: columns fault, strength, measure, noticed
    Returns:
        one row per case in the order planted, one column per measure that is defined somewhere
    """
    order = figures[["fault", "strength"]].drop_duplicates()
    wide = figures.pivot_table(index=["fault", "strength"], columns="measure", values="noticed", dropna=False)
    wide = wide.reindex(pd.MultiIndex.from_frame(order))
    return wide[list(figures["measure"].drop_duplicates())].astype(np.float64).dropna(axis="columns", how="all")


def share_alarmed(runs: pd.DataFrame) -> pd.DataFrame:
    """Share of the seeds in which either axis moved, and in which the verdict would stop a pipeline.

    Args:
        runs: columns fault, strength, distribution, neighbors, verdict
    Returns:
        one row per case in the order planted, columns distribution, neighbors, verdict
    """
    alarms = runs[["fault", "strength"]].assign(
        distribution=runs["distribution"] == "moved",
        neighbors=runs["neighbors"] == "moved",
        verdict=~runs["verdict"].isin(["pass", "warn"]),
    )
    return alarms.groupby(["fault", "strength"], sort=False).mean()


def harm_of(figures: pd.DataFrame) -> pd.DataFrame:
    """What each case cost on average, as shares.

    Args:
        figures: columns fault, strength, measure, departure
    Returns:
        one row per case that could be measured, one column per kind of harm; below 0 where retrieval gained
    """
    lost = {}
    for harm, (measure, sign) in HARMS.items():
        rows = figures[figures["measure"] == measure]
        unchanged = 1.0 if measure == "overlap" else 0.0
        change = (rows["value"] - unchanged) * sign
        lost[harm] = change.groupby([rows["fault"], rows["strength"]], sort=False).mean()
    return pd.DataFrame(lost)


_GATE_ALARMS = (("verdict", "fail"), ("verdict", "warn"), ("neighbors", "moved"), ("distribution", "moved"))
_RUN = ["fault", "strength", "seed"]


def gathered(found: Sequence[CaseOutcome], facts: dict[str, Any], test_alarms: pd.DataFrame) -> SelfTest:
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


def _figures(found: Sequence[CaseOutcome]) -> pd.DataFrame:
    frames = [
        one.figures.assign(fault=one.case.fault, strength=one.case.strength, seed=one.seed)
        for one in found
        if len(one.figures)
    ]
    columns = [*_RUN, "measure", "value", "departure"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _run(one: CaseOutcome) -> dict[str, Any]:
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


def _false_alarms(unchanged: Sequence[CaseOutcome], allowed: dict[str, float]) -> pd.DataFrame:
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
