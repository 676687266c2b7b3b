"""How well each measure predicts the harm that a fault does to retrieval."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from embdrift.types import Array, Floats

NAN = float("nan")
RESOLUTION = 1e-9
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
        return NAN
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _with_interval(values: Floats, damage: Floats, faults: Array, seed: int) -> tuple[float, float, float, int]:
    known = ~np.isnan(values) & ~np.isnan(damage)
    values, damage = values[known], damage[known]
    if len(values) < LEAST:
        return NAN, NAN, NAN, len(values)
    drawn = resampled(values, damage, _times_drawn(faults[known], seed))
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) > RESAMPLES / 2 else (NAN, NAN)
    return spearman(values, damage), float(low), float(high), len(values)


def _times_drawn(faults: Array, seed: int) -> Array:
    """How often each run comes up when whole faults are drawn, shape (RESAMPLES, runs)."""
    names, members = np.unique(faults, return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
    return drawn[:, members]


def resampled(a: Floats, b: Floats, times: Array) -> Floats:
    """Spearman's correlation of each resample, NaN where one side does not vary in it.

    Args:
        a: shape (n,)
        b: shape (n,)
        times: shape (r, n), how often each resample holds each pair
    Returns:
        shape (r,)
    """
    size = times.sum(axis=1, keepdims=True)
    x, y = (_ranks(values, times) for values in (a, b))
    x, y = (ranks - (times * ranks).sum(axis=1, keepdims=True) / size for ranks in (x, y))
    both, first, second = ((times * product).sum(axis=1) for product in (x * y, x * x, y * y))
    # A side that does not vary leaves rounding behind.
    varies = (first > RESOLUTION) & (second > RESOLUTION)
    return np.where(varies, both / np.sqrt(np.where(varies, first * second, 1.0)), NAN)


def _ranks(values: Floats, times: Array) -> Floats:
    """Mean ranks in each resample, shape (r, n)."""
    levels, place = np.unique(values, return_inverse=True)
    held = times @ np.eye(len(levels))[place]  # (r, levels)
    return np.asarray((np.cumsum(held, axis=1) - held + (held + 1) / 2)[:, place])
