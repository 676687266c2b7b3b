"""Which cohorts a table or a figure shows: the worst, and large enough to mean something."""

from dataclasses import dataclass

import pandas as pd

from embdrift.report.wording import plural

MOST = 20
FEWEST_ITEMS = 5


@dataclass(frozen=True, eq=False)
class ChosenCohorts:
    """The cohorts shown, the worst first, and what was left out.

    Args:
        rows: rows of `summary.csv`, of the cohorts shown only
        names: the cohorts, the worst first
        small: cohorts left out because they have fewer than `FEWEST_ITEMS` items
        further: cohorts left out because they moved less than those shown
    """

    rows: pd.DataFrame
    names: tuple[str, ...]
    small: int
    further: int

    @property
    def left_out(self) -> str:
        """What is not shown, as a sentence; empty where all is."""
        parts = []
        if self.further:
            parts.append(f"{plural(self.further, 'cohort')} that moved less")
        if self.small:
            parts.append(f"{plural(self.small, 'cohort')} of fewer than {FEWEST_ITEMS}")
        return f"Left out: {' and '.join(parts)}." if parts else ""


def cohort_rows(summary: pd.DataFrame, *, scope: str, metric: str, k: int) -> pd.DataFrame:
    """The rows of `summary.csv` about cohorts, for one metric at k."""
    chosen = (summary["scope"] == scope) & (summary["metric"] == metric) & (summary["cohort"] != "")
    return summary[chosen & ((summary["k"] == k) | summary["k"].isna())].dropna(subset=["value"])


def worst_cohorts(rows: pd.DataFrame, *, most: int = MOST) -> ChosenCohorts:
    """The cohorts with the lowest mean over the candidates; tiny ones only where there are no others."""
    by_name = rows.groupby("cohort", sort=True).agg(mean=("value", "mean"), n=("n", "max"))
    large = by_name[by_name["n"] >= FEWEST_ITEMS]
    shown = large if len(large) else by_name
    names = shown.sort_values("mean", kind="stable").index[:most]
    return ChosenCohorts(
        rows=rows[rows["cohort"].isin(names)],
        names=tuple(str(name) for name in names),
        small=len(by_name) - len(shown),
        further=len(shown) - len(names),
    )


def without_column(cohorts: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The column that all cohorts come from, and each one's value; no column where there are several."""
    columns = {name.partition("=")[0] for name in cohorts}
    if len(columns) != 1 or not all("=" in name for name in cohorts):
        return "", {name: name for name in cohorts}
    return columns.pop(), {name: name.partition("=")[2] or "(empty)" for name in cohorts}
