"""Which measures notice a fault: a figure further from no change than it ever is where nothing changed."""

import numpy as np
import pandas as pd

from embdrift.types import Floats

LEVEL = 0.05
"""Level of every test: a p-value at or below it is an alarm."""

# What these figures are where nothing changed; those that the reference has too are held against its own, and all
# others are 0.
_KEPT = 1.0
_NO_CHANGE = {
    "overlap": _KEPT, "overlap_with_added_removed": _KEPT, "jaccard": _KEPT, "rbo": _KEPT, "r_nx": _KEPT,
    "r_nx_area": _KEPT, "cka_debiased": _KEPT, "noise_equivalent_overlap": _KEPT, "golden_spearman": _KEPT,
    "index_coverage": _KEPT, "self_found": _KEPT, "domain_auc": 0.5,
}  # fmt: skip
# Below what chance gives they say nothing: where the same documents are on both sides, chance is below 0.5 and 0.
_ONE_SIDED = ("domain_auc", "mmd")
_ROUNDING = 1e-6
# What describes one version, or how a change came about, is no measure of change; and quality by its change is one.
_NO_MEASURES = (
    "tie_exposure", "hubness_reference", "hubness_candidate", "offset_share", "offset_length", "as_if_stored", "ndcg",
    "rr", "recall", "precision",
)  # fmt: skip
_JUDGED = ("ndcg", "rr", "recall", "precision")
# Of one candidate alone, Holm's correction changes nothing.
_CORRECTED = "_p_holm"


def is_test(measure: str) -> bool:
    """Whether a measure is a p-value."""
    return measure.partition(" ")[0].endswith("_p")


def figures_of(summary: pd.DataFrame, *, candidate: str, reference: str, k: int) -> pd.DataFrame:
    """The figures of one candidate, each with how far it is from no change.

    Args:
        summary: of a drift run
        candidate: its name
        reference: the reference's name
        k: headline number of neighbours
    Returns:
        columns measure, value, departure; one row per figure of all items together
    """
    whole = summary[(summary["cohort"] == "") & (summary["k"].isna() | (summary["k"] == k) | _at_depth(summary))]
    own = whole[whole["candidate"] == candidate]
    own = own[~own["metric"].isin(_NO_MEASURES) & ~own["metric"].str.endswith(_CORRECTED)]
    before = whole[whole["candidate"] == reference].set_index(["scope", "metric"])["value"].to_dict()
    rows = []
    for scope, metric, value in own[["scope", "metric", "value"]].itertuples(index=False):
        resting = 1.0 if is_test(metric) else before.get((scope, metric), _NO_CHANGE.get(metric, 0.0))
        change = float(value) - resting
        departure = max(change, 0.0) if metric in _ONE_SIDED and not np.isnan(change) else abs(change)
        rows.append((measure_name(metric, scope), float(value), departure))
    return pd.DataFrame(rows, columns=["measure", "value", "departure"]).drop_duplicates("measure")


def main_measure(measure: str) -> bool:
    """Whether a measure is about the corpus, or about the answers to queries; those of the queries' vectors are not."""
    metric, _, scope = measure.partition(" ")
    return not scope or metric in ("overlap", "rbo", "top1_flip") or metric.startswith(_JUDGED)


def measure_name(metric: str, scope: str) -> str:
    """A figure's name, with its scope where that is not the corpus."""
    return metric if scope == "corpus" else f"{metric} ({scope})"


def limits(same: pd.DataFrame) -> dict[str, float]:
    """The furthest that each measure was from no change where nothing changed.

    Args:
        same: columns measure, departure
    """
    furthest = same.groupby("measure")["departure"].max()
    return {str(measure): float(limit) for measure, limit in furthest.items()}


def noticed(figures: pd.DataFrame, allowed: dict[str, float]) -> Floats:
    """1 where a figure raises an alarm, 0 where it does not, NaN where it is not defined.

    Args:
        figures: columns measure, value, departure
        allowed: `limits` of runs where nothing changed; tests need none, their level is `LEVEL`
    """
    tests = figures["measure"].map(is_test).to_numpy(bool)
    departure = figures["departure"].to_numpy(float)
    # What is not defined where nothing changed, such as the overlap with added items, may not be there at all.
    limit = np.fmax(figures["measure"].map(allowed).to_numpy(float), _ROUNDING)
    alarm = np.where(tests, figures["value"].to_numpy(float) <= LEVEL, departure > limit)
    return np.where(np.isnan(figures["value"].to_numpy(float)), np.nan, alarm)


def _at_depth(summary: pd.DataFrame) -> pd.Series:
    """Recall and reciprocal rank read all ranks that were searched."""
    return summary["metric"].isin(["rr", "recall", "rr_change", "recall_change"])
