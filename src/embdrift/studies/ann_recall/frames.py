"""Tables of an ANN-recall study: what was built, searched, tuned, compared and decided."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from embdrift.metrics import overlap, overlap_null
from embdrift.metrics.recall import recall_spread, tie_tolerance, tied_queries
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.cells import FRESH, STALE
from embdrift.studies.ann_recall.comparing import TRANSFER, Comparison, search_words
from embdrift.studies.ann_recall.deciding import Decided
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepared import Prepared
from embdrift.studies.ann_recall.rows import cost_ratios
from embdrift.studies.ann_recall.settings import Setting, Settings, known_mean, words
from embdrift.studies.ann_recall.sweeping import Swept
from embdrift.studies.ann_recall.tuning import Tuned
from embdrift.types import Array, Neighbors

BINS = 20
MOST_LOST = 20


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
    spread = recall_spread(setting.per_query, threshold=threshold)
    seeds = np.array([float(np.nanmean(one)) if (~np.isnan(one)).any() else np.nan for one in setting.recall])
    tie_aware = setting.tie_aware[~np.isnan(setting.tie_aware)]
    return {
        "question": setting.place.question,
        "version": setting.place.version,
        "kind": setting.build.kind,
        "index": setting.place.index,
        "search": words(setting.point),
        "k": setting.k,
        "recall": spread.mean,
        "recall_lowest_seed": float(seeds.min()),
        "recall_highest_seed": float(seeds.max()),
        "recall_tie_aware": float(tie_aware.mean()) if len(tie_aware) else float("nan"),
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


def at_tuned(analysis: Analysis) -> Iterator[tuple[str, Tuned, Setting]]:
    """Every tuned index on the reference (fresh), on each candidate (transfer) and stale, with its answers there."""
    for one in analysis.tuned:
        if one.setting is None:
            continue
        yield FRESH, one, one.setting
        for candidate in analysis.candidates:
            for question, cells in ((TRANSFER, FRESH), (STALE, STALE)):
                found = analysis.settings.at(cells, candidate, one.setting)
                if found is not None:
                    yield question, one, found


def per_query_frame(analysis: Analysis) -> pd.DataFrame:
    """Recall of every query at the operating points: mean over build seeds."""
    half = np.where(analysis.split.tuning, "tuning", "reporting").astype(object)
    ids = analysis.asked.ids.astype(str).astype(object)
    columns = ["scope", "candidate", "question", "index", "search", "k", "id", "half", "recall"]
    frames = [
        pd.DataFrame(
            {
                "scope": analysis.asked.scope,
                "candidate": found.place.version,
                "question": question,
                "index": one.index,
                "search": search_words(one),
                "k": one.k,
                "id": ids,
                "half": half,
                "recall": found.per_query,
            }
        )
        for question, one, found in at_tuned(analysis)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def distribution_frame(per_query: pd.DataFrame) -> pd.DataFrame:
    """How many queries have which recall at the operating points, over the reporting half, in bins of 0.05."""
    edges = np.linspace(0, 1, BINS + 1)
    rows = []
    kept = per_query[(per_query["half"] == "reporting") & per_query["recall"].notna()]
    for place, group in kept.groupby(["question", "candidate", "index", "k"], sort=False):
        # A recall of exactly 1 has a bin of its own: it is what most queries should have.
        values = group["recall"].to_numpy()
        whole = values >= 1
        counts, _ = np.histogram(values[~whole], bins=edges)
        lows, amounts = [*edges[:-1], 1.0], [*counts.tolist(), int(whole.sum())]
        names = dict(zip(("question", "version", "index", "k"), place, strict=True))
        rows += [
            names | {"low": low, "queries": amount, "share": amount / len(values)}
            for low, amount in zip(lows, amounts, strict=True)
        ]
    return pd.DataFrame(rows, columns=["question", "version", "index", "k", "low", "queries", "share"])


def most_lost_frame(per_query: pd.DataFrame, k: int, texts: dict[str, str]) -> pd.DataFrame:
    """The queries that lost most recall between the reference and each candidate, at the headline k."""
    keys = ["index", "k", "id"]
    chosen = per_query[per_query["k"] == k]
    reference = chosen[chosen["question"] == FRESH].set_index(keys)["recall"].rename("recall_reference")
    others = chosen[chosen["question"] != FRESH].join(reference, on=keys)
    others = others.assign(change=others["recall"] - others["recall_reference"])
    lost = others[others["change"] < 0].sort_values("change", kind="stable")
    lost = lost.groupby(["question", "candidate", "index"], sort=False).head(MOST_LOST)
    lost = lost.assign(text=[texts.get(one, "") for one in lost["id"]])
    columns = ["question", "candidate", "index", "search", "k", "id", "text", "recall_reference", "recall", "change"]
    order = ["candidate", "question", "index", "change", "id"]
    return lost[columns].sort_values(order, kind="stable", ignore_index=True)


def overlap_frame(versions: Sequence[Prepared], ks: Sequence[int]) -> pd.DataFrame:
    """How many neighbours exact search keeps between the reference and each candidate: what no index can mend."""
    every = np.unique(np.concatenate([version.ids.astype(str) for version in versions]))
    reference, *candidates = (_numbered(version, every) for version in versions)
    rows = [
        {
            "candidate": version.name,
            "k": k,
            "overlap": known_mean(overlap(reference, candidate, k)),
            "null": overlap_null(k, max(reference.n_corpus, candidate.n_corpus)),
            "n": candidate.q,
        }
        for version, candidate in zip(versions[1:], candidates, strict=True)
        for k in ks
    ]
    return pd.DataFrame(rows)


def _numbered(version: Prepared, every: Array) -> Neighbors:
    """Exact neighbours with items numbered by their place among all ids, alike in every version."""
    numbers = np.full(int(version.rows.max()) + 1, -1)
    numbers[version.rows] = np.searchsorted(every, version.ids.astype(str))
    truth = version.truth
    return replace(truth, positions=numbers[truth.positions], tie_positions=numbers[truth.tie_positions])


def ties_frame(versions: Sequence[Prepared], ks: Sequence[int], options: AnnOptions) -> pd.DataFrame:
    """How many queries have items that tie with the k-th, exactly and nearly."""
    rows = []
    for version in versions:
        for k in ks:
            tolerance = tie_tolerance(version.truth, k, metric=version.metric, share=options.tie_share)
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
