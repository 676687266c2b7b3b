"""Tables of an ANN-recall study about queries: their recall, who lost most, ties, what exact search keeps."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from embdrift.metrics import overlap, overlap_chance
from embdrift.metrics.recall import tie_tolerance, tied_queries
from embdrift.studies.ann_recall.analysis import Analysis
from embdrift.studies.ann_recall.cells import FRESH
from embdrift.studies.ann_recall.comparing import search_words
from embdrift.studies.ann_recall.options import AnnOptions
from embdrift.studies.ann_recall.prepared import Prepared
from embdrift.studies.ann_recall.settings import known_mean
from embdrift.types import Array, Floats, Neighbors

BINS = 20
MOST_LOST = 20


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
        for question, one, found in analysis.at_tuned()
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def distribution_frame(analysis: Analysis) -> pd.DataFrame:
    """How many queries have which recall at the operating points, over the reporting half, in bins of 0.05.

    Of every build seed's own answers: their mean per query would hide that one index fails where another does not.
    """
    rows = []
    for question, one, found in analysis.at_tuned():
        place = {"question": question, "version": found.place.version, "index": one.index, "k": one.k}
        values = found.recall[:, analysis.split.reporting]
        rows += [place | each for each in _bins(values[~np.isnan(values)], seeds=len(values))]
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
            "chance": overlap_chance(k, max(reference.n_corpus, candidate.n_corpus)),
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
            tolerance = tie_tolerance(version.truth, k, similarity=version.metric, share=options.tie_share)
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
