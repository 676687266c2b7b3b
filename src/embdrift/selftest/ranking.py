"""How well each measure predicts the harm that a fault does to retrieval."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from embdrift.types import Floats

RESAMPLES = 200
LEAST = 10
"""Runs that a correlation must rest on."""


def ranking(figures: pd.DataFrame, harm: str, *, sign: float, seed: int = 0) -> pd.DataFrame:
    """Spearman's correlation of every measure with one kind of harm, over all planted runs; the best first.

    The interval resamples whole faults, since strengths and seeds of one fault are much alike.

    Args:
        figures: columns fault, strength, seed, measure, value, departure
        harm: the measure that tells the harm; it is not ranked itself
        sign: -1 where a lower value of it is worse
        seed: of the resampling
    Returns:
        columns measure, spearman, low, high, n; NaN where a measure is the same everywhere or rests on too few runs
    """
    wide = figures.pivot_table(index=["fault", "strength", "seed"], columns="measure", values="departure", dropna=False)
    values = figures[figures["measure"] == harm].set_index(["fault", "strength", "seed"])["value"]
    damage = sign * values.reindex(wide.index).to_numpy(float)
    faults = wide.index.get_level_values("fault").to_numpy()
    rows = [
        (measure, *_with_interval(wide[measure].to_numpy(float), damage, faults, seed))
        for measure in wide.columns
        if measure != harm
    ]
    frame = pd.DataFrame(rows, columns=["measure", "spearman", "low", "high", "n"])
    return frame.sort_values(["spearman", "measure"], ascending=[False, True], ignore_index=True)


def spearman(a: Floats, b: Floats) -> float:
    """Spearman's rank correlation, ties by mean rank; NaN where one side does not vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _with_interval(values: Floats, damage: Floats, faults: Floats, seed: int) -> tuple[float, float, float, int]:
    known = ~np.isnan(values) & ~np.isnan(damage)
    values, damage, faults = values[known], damage[known], faults[known]
    if len(values) < LEAST:
        return float("nan"), float("nan"), float("nan"), len(values)
    members = [np.flatnonzero(faults == fault) for fault in np.unique(faults)]
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[one] for one in random.integers(0, len(members), len(members))])
        drawn.append(spearman(values[rows], damage[rows]))
    found = np.array(drawn)
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, [0.025, 0.975]) if len(found) > RESAMPLES / 2 else (np.nan, np.nan)
    return spearman(values, damage), float(low), float(high), len(values)
