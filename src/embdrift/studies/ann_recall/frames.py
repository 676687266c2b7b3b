"""Tables of an ANN-recall study about indexes: what was built, searched, tuned, compared and decided."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.cells import FRESH
from embdrift.studies.ann_recall.comparing import Comparison, search_words
from embdrift.studies.ann_recall.deciding import Decided
from embdrift.studies.ann_recall.rows import cost_ratios
from embdrift.studies.ann_recall.settings import Setting, Settings, known_mean, words
from embdrift.studies.ann_recall.sweeping import Swept
from embdrift.types import Array


def cells_frame(swept: Sequence[Swept]) -> pd.DataFrame:
    """One row per index built: what became of it, and what it cost."""
    rows = [
        {
            "question": one.cell.question,
            "version": one.cell.holds.name,
            "trained_on": one.cell.trained.name,
            "kind": one.cell.build.kind,
            "index": one.cell.build.name,
            "seed": one.cell.seed,
            "state": one.state.value,
            "ran_on": one.built.ran_on,
            "build_seconds": one.built.build_seconds,
            "index_bytes": one.built.index_bytes,
            "peak_memory_bytes": one.built.peak_memory_bytes,
            "imbalance": one.built.imbalance,
            "kept": one.is_kept,
            "note": one.note,
        }
        for one in swept
    ]
    return pd.DataFrame(rows)


def left_out_frame(swept: Sequence[Swept]) -> pd.DataFrame:
    """Search settings that were not searched, and why; each once."""
    rows = [
        {"index": one.cell.build.name, "search": words(each.facts.point), "k": each.facts.k, "note": each.facts.note}
        for one in swept
        for each in one.searches
        if each.recall is None
    ]
    return pd.DataFrame(rows, columns=["index", "search", "k", "note"]).drop_duplicates(ignore_index=True)


def curve_frame(settings: Settings, threshold: float) -> pd.DataFrame:
    """One row per index, search setting and k: recall, its spread over queries and seeds, speed and work."""
    return pd.DataFrame([_curve_row(setting, threshold) for setting in settings.all()])


def _curve_row(setting: Setting, threshold: float) -> dict[str, object]:
    spread = setting.spread(threshold)
    seeds = [known_mean(one) for one in setting.recall]
    return {
        "question": setting.place.question,
        "version": setting.place.version,
        "kind": setting.build.kind,
        "index": setting.place.index,
        "search": words(setting.point),
        "k": setting.k,
        "recall": spread.mean,
        "recall_lowest_seed": min(seeds),
        "recall_highest_seed": max(seeds),
        "recall_tie_aware": known_mean(setting.tie_aware),
        "p1": spread.p1,
        "p5": spread.p5,
        "below_0.5": spread.below_half,
        "below_0.8": spread.below_four_fifths,
        "robustness": spread.robustness,
        "distances": setting.distances,
        **_rates("batch", setting.batch),
        **_rates("single", setting.single),
        "seeds": len(setting.recall),
        "n": spread.n,
    }


def _rates(name: str, rates: Array) -> dict[str, float]:
    """Queries per second over repetitions and seeds: median, slowest, fastest."""
    return {
        f"{name}_qps": float(np.median(rates[:, 0])),
        f"{name}_qps_slowest": float(rates[:, 1].min()),
        f"{name}_qps_fastest": float(rates[:, 2].max()),
    }


def points_frame(analysis: Analysis, target: float) -> pd.DataFrame:
    """One row per index and k: its operating point, tuned on the reference."""
    rows = []
    for one in analysis.tuned:
        setting, split = one.setting, analysis.split
        row = {"index": one.index, "k": one.k, "target": target, "search": search_words(one), "best_tuning": one.best}
        row |= {"recall_tuning": setting.mean(split.tuning) if setting else float("nan")}
        row |= {"recall_reporting": setting.mean(split.reporting) if setting else float("nan")}
        row |= {"note": analysis.reasons.why(FRESH, analysis.reference, one.index, one.k) if not setting else ""}
        rows.append(row)
    return pd.DataFrame(rows)


def comparisons_frame(compared: Sequence[Comparison]) -> pd.DataFrame:
    """One row per tuned index and question."""
    rows = [
        {
            "question": one.question,
            "candidate": one.candidate,
            "index": one.tuned.index,
            "search": search_words(one.tuned),
            "k": one.tuned.k,
            "recall_reference": one.recall_reference,
            "recall": one.recall,
            "change": one.change.mean,
            "low": one.change.low,
            "high": one.change.high,
            "p": one.change.p,
            "p_holm": one.p_holm,
            "reseed": one.reseed,
            "verdict": one.verdict,
            "n": one.change.n,
            "note": one.note,
        }
        for one in compared
    ]
    columns = ["question", "candidate", "index", "search", "k", "recall_reference", "recall", "change", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "p", "p_holm", "reseed", "verdict", "n", "note"])


def equal_frame(analysis: Analysis, target: float) -> pd.DataFrame:
    """One row per index, version and k: the cost of the target, and how many times that of the reference."""
    rows = [
        asdict(place)
        | {
            "target": target,
            "state": one.state,
            "search": one.search,
            "best": one.best,
            "distances": one.distances,
            "milliseconds": one.milliseconds,
        }
        | cost_ratios(analysis.equal, place, analysis.reference)
        for place, one in analysis.equal.items()
    ]
    return pd.DataFrame(rows)


def decisions_frame(decided: Sequence[Decided]) -> pd.DataFrame:
    """One row per candidate, index and k: what to do with the tuned index."""
    return pd.DataFrame(
        [
            {
                "candidate": one.candidate,
                "index": one.index,
                "k": one.k,
                "decision": one.decision.value,
                "note": one.note,
            }
            for one in decided
        ]
    )
