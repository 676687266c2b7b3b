"""Tables of an ANN-recall study: of indexes (built, searched, tuned, compared, decided) and of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from embdrift.metrics import overlap, overlap_chance
from embdrift.metrics.interval import known_mean
from embdrift.metrics.recall import tie_tolerance, tied_queries
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.compare import RecallComparison
from embdrift.studies.ann_recall.decide import IndexDecision
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepare import PreparedVersion
from embdrift.studies.ann_recall.settings import SearchSetting, SearchSettings, words
from embdrift.studies.ann_recall.summary import cost_ratios
from embdrift.studies.ann_recall.sweep import TrialResult
from embdrift.studies.ann_recall.trials import Condition
from embdrift.types import Array, Floats, Neighbors

BINS = 20
MOST_LOST = 20


def cells_frame(swept: Sequence[TrialResult]) -> pd.DataFrame:
    """One row per trial: its state, and the cost of building the index."""
    rows = [
        {
            "question": one.trial.condition.value,
            "version": one.trial.filled_with.name,
            "trained_on": one.trial.trained_on.name,
            "kind": one.trial.build.kind,
            "index": one.trial.build.name,
            "seed": one.trial.seed,
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


def left_out_frame(swept: Sequence[TrialResult]) -> pd.DataFrame:
    """Search settings that were not searched, and why; each once."""
    rows = [
        {"index": one.trial.build.name, "search": words(each.facts.point), "k": each.facts.k, "note": each.facts.note}
        for one in swept
        for each in one.searches
        if each.recall is None
    ]
    return pd.DataFrame(rows, columns=["index", "search", "k", "note"]).drop_duplicates(ignore_index=True)


def curve_frame(settings: SearchSettings, threshold: float) -> pd.DataFrame:
    """One row per index, search setting and k: recall, its spread over queries and seeds, speed and work."""
    return pd.DataFrame([_curve_row(setting, threshold) for setting in settings.all()])


def _curve_row(setting: SearchSetting, threshold: float) -> dict[str, object]:
    spread = setting.spread(threshold)
    seeds = [known_mean(one) for one in setting.recall]
    return {
        "question": setting.key.condition.value,
        "version": setting.key.version,
        "kind": setting.build.kind,
        "index": setting.key.index,
        "search": setting.words,
        "k": setting.key.k,
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
    for point in analysis.points:
        setting, split = point.setting, analysis.split
        row = {"index": point.index, "k": point.k, "target": target, "search": point.words, "best_tuning": point.best}
        row |= {"recall_tuning": setting.mean(split.tuning) if setting else float("nan")}
        row |= {"recall_reporting": setting.mean(split.reporting) if setting else float("nan")}
        row |= {"note": "" if setting else analysis.why_unanswered(point)}
        rows.append(row)
    return pd.DataFrame(rows)


def comparisons_frame(compared: Sequence[RecallComparison]) -> pd.DataFrame:
    """One row per tuned index and question."""
    rows = [
        {
            "question": one.condition.value,
            "candidate": one.candidate,
            "index": one.point.index,
            "search": one.point.words,
            "k": one.point.k,
            "recall_reference": one.recall_reference,
            "recall": one.recall,
            "change": one.change.mean,
            "low": one.change.low,
            "high": one.change.high,
            "p": one.change.p,
            "p_holm": one.p_holm,
            "reseed": one.reseed,
            "verdict": one.verdict.value,
            "n": one.change.n,
            "note": one.note,
        }
        for one in compared
    ]
    columns = ["question", "candidate", "index", "search", "k", "recall_reference", "recall", "change", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "p", "p_holm", "reseed", "verdict", "n", "note"])


def equal_frame(analysis: Analysis, target: float) -> pd.DataFrame:
    """One row per index, version and k: the cost of the target, and its ratio to the reference's cost."""
    rows = [
        {
            "question": key.condition.value,
            "version": key.version,
            "index": key.index,
            "k": key.k,
            "target": target,
            "state": cost.state.value,
            "search": cost.search,
            "best": cost.best,
            "distances": cost.distances,
            "milliseconds": cost.milliseconds,
            **cost_ratios(analysis.costs, key, analysis.reference),
        }
        for key, cost in analysis.costs.items()
    ]
    return pd.DataFrame(rows)


def decisions_frame(decided: Sequence[IndexDecision]) -> pd.DataFrame:
    """One row per candidate, index and k: the decision on the tuned index."""
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


def per_query_frame(analysis: Analysis) -> pd.DataFrame:
    """Recall of every query at the operating points: mean over build seeds."""
    half = np.where(analysis.split.tuning, "tuning", "reporting").astype(object)
    ids = analysis.queries.ids.astype(str).astype(object)
    columns = ["scope", "candidate", "question", "index", "search", "k", "id", "half", "recall"]
    frames = [
        pd.DataFrame(
            {
                "scope": analysis.queries.scope,
                "candidate": found.key.version,
                "question": condition.value,
                "index": point.index,
                "search": point.words,
                "k": point.k,
                "id": ids,
                "half": half,
                "recall": found.per_query,
            }
        )
        for condition, point, found in analysis.at_points()
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def distribution_frame(analysis: Analysis) -> pd.DataFrame:
    """Histogram of recall per query at the operating points, over the reporting half, in bins of 0.05.

    Of every build seed's own answers: their mean per query would hide that one index fails where another does not.
    """
    rows = []
    for condition, point, found in analysis.at_points():
        about = {"question": condition.value, "version": found.key.version, "index": point.index, "k": point.k}
        values = found.recall[:, analysis.split.reporting]
        rows += [about | each for each in _bins(values[~np.isnan(values)], seeds=len(values))]
    return pd.DataFrame(rows, columns=["question", "version", "index", "k", "low", "queries", "share"])


def _bins(values: Floats, *, seeds: int) -> Iterator[dict[str, float]]:
    """Queries and their share in each bin, by the bin's lower edge; nothing where no recall is defined."""
    if not len(values):
        return
    # A recall of exactly 1 has a bin of its own: it is what most queries should have.
    edges = np.linspace(0, 1, BINS + 1)
    whole = values >= 1
    # one twentieth may be stored as a little less than the edge that it should lie on
    counts, _ = np.histogram(np.round(values[~whole], 12), bins=np.round(edges, 12))
    for low, amount in zip([*edges[:-1].tolist(), 1.0], [*counts.tolist(), int(whole.sum())], strict=True):
        yield {"low": low, "queries": amount / seeds, "share": amount / len(values)}


def most_lost_frame(per_query: pd.DataFrame, k: int, texts: dict[str, str]) -> pd.DataFrame:
    """The queries that lost most recall between the reference and each candidate, at the headline k."""
    keys = ["index", "k", "id"]
    chosen = per_query[per_query["k"] == k]
    reference = chosen[chosen["question"] == Condition.fresh.value].set_index(keys)["recall"].rename("recall_reference")
    others = chosen[chosen["question"] != Condition.fresh.value].join(reference, on=keys)
    others = others.assign(change=others["recall"] - others["recall_reference"])
    lost = others[others["change"] < 0].sort_values("change", kind="stable")
    lost = lost.groupby(["question", "candidate", "index"], sort=False).head(MOST_LOST)
    lost = lost.assign(text=[texts.get(one, "") for one in lost["id"]])
    columns = ["question", "candidate", "index", "search", "k", "id", "text", "recall_reference", "recall", "change"]
    order = ["candidate", "question", "index", "change", "id"]
    return lost[columns].sort_values(order, kind="stable", ignore_index=True)


def overlap_frame(versions: Sequence[PreparedVersion], ks: Sequence[int]) -> pd.DataFrame:
    """Neighbors that exact search keeps between the reference and each candidate: the change that no index can undo."""
    every = np.unique(np.concatenate([version.ids.astype(str) for version in versions]))
    reference, *candidates = (_numbered(version, every) for version in versions)
    rows = [
        {
            "candidate": version.name,
            "k": k,
            "overlap": known_mean(overlap(reference, candidate, k)),
            "chance": overlap_chance(k, max(reference.n_corpus, candidate.n_corpus)),
            "n": candidate.q,
        }
        for version, candidate in zip(versions[1:], candidates, strict=True)
        for k in ks
    ]
    return pd.DataFrame(rows)


def _numbered(version: PreparedVersion, every: Array) -> Neighbors:
    """Exact neighbors with items numbered by their place among all ids, alike in every version."""
    numbers = np.full(int(version.rows.max()) + 1, -1)
    numbers[version.rows] = np.searchsorted(every, version.ids.astype(str))
    truth = version.truth
    return replace(truth, positions=numbers[truth.positions], tie_positions=numbers[truth.tie_positions])


def ties_frame(versions: Sequence[PreparedVersion], ks: Sequence[int], options: AnnOptions) -> pd.DataFrame:
    """Number of queries with items that tie with the k-th neighbor, exactly and nearly."""
    rows = []
    for version in versions:
        for k in ks:
            tolerance = tie_tolerance(version.truth, k, similarity=version.similarity, share=options.tie_share)
            rows.append(
                {
                    "version": version.name,
                    "k": k,
                    "tied_exactly": int(tied_queries(version.truth, k).sum()),
                    "tied_nearly": int(tied_queries(version.truth, k, tolerance=tolerance).sum()),
                    "n": version.truth.q,
                }
            )
    return pd.DataFrame(rows)
