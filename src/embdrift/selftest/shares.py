"""Seeds put together: who noticed what, what the gate said, and what retrieval lost."""

import numpy as np
import pandas as pd

HARMS = {"lost neighbours": ("overlap", -1.0), "lost nDCG": ("ndcg_change (queries)", -1.0)}
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
        one row per case in the order planted, columns distribution, neighbours, verdict
    """
    alarms = runs[["fault", "strength"]].assign(
        distribution=runs["distribution"] == "moved",
        neighbours=runs["neighbors"] == "moved",
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
