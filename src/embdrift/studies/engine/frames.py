"""Further tables of a study: curves and distributions that plots are drawn from."""

import numpy as np
import pandas as pd

from embdrift.metrics import chance_corrected, overlap_chance
from embdrift.studies.engine.compare import Comparison
from embdrift.studies.engine.floor import Floor
from embdrift.studies.engine.study import QuerySet
from embdrift.types import Array, Floats


def curve_frame(both: Comparison, floor: Floor, *, scope: str, candidate: str) -> pd.DataFrame:
    """Mean overlap at every k, with chance-corrected R_NX, chance and floor."""
    ks = np.arange(1, both.depth + 1)
    return pd.DataFrame(
        {
            "scope": scope,
            "candidate": candidate,
            "k": ks,
            "overlap": both.curve,
            "r_nx": [float(chance_corrected(both.curve[k - 1], int(k), both.n_corpus)) for k in ks],
            "chance": [overlap_chance(int(k), both.n_corpus) for k in ks],
            "floor": [floor.at(int(k)) for k in ks],
            "n": both.counted,
        }
    )


def displacement_frame(both: Comparison, *, scope: str, candidate: str) -> pd.DataFrame:
    """Median and 95th percentile of the new rank of the old j-th neighbour, and the share no longer listed."""
    return pd.DataFrame(
        {
            "scope": scope,
            "candidate": candidate,
            "old_rank": np.arange(1, both.k + 1),
            "new_rank_median": [_quantile(counts, 0.5) for counts in both.ranks],
            "new_rank_p95": [_quantile(counts, 0.95) for counts in both.ranks],
            "lost_share": [counts[-1] / counts.sum() if counts.any() else float("nan") for counts in both.ranks],
            "depth": both.depth,
        }
    )


def _quantile(counts: Array, share: float) -> float:
    """The smallest rank that at least this share of the counted ranks does not exceed, NaN where none is counted."""
    return float(np.searchsorted(np.cumsum(counts), share * counts.sum())) if counts.any() else float("nan")


def hubness_frame(occurrences: Floats, *, version: str) -> pd.DataFrame:
    """How many items occur how often among others' neighbours, in bins that double."""
    top = int(np.ceil(np.log2(max(float(occurrences.max(initial=1.0)), 1.0)))) + 1
    edges = np.concatenate(([0, 1], 2 ** np.arange(1, top + 1)))
    counts, _ = np.histogram(occurrences, bins=np.append(edges, np.inf))
    frame = pd.DataFrame(
        {"low": edges, "high": np.append(edges[1:] - 1, edges[-1]), "items": counts, "share": counts / len(occurrences)}
    )
    frame.insert(0, "version", version)
    frame.insert(0, "scope", QuerySet.corpus)
    return frame[: int(np.flatnonzero(counts).max(initial=0)) + 1]


def per_query_frame(
    ids: Array,
    values: dict[str, Floats],
    cohorts: dict[str, Array],
    texts: Array | None,
    *,
    scope: str,
    candidate: str,
) -> pd.DataFrame:
    """One row per query with every value measured on it.

    Args:
        ids: shape (q,)
        values: metric -> shape (q,)
        cohorts: cohort column -> shape (q,)
        texts: shape (q,), or None where texts are not kept
        scope: who searches
        candidate: the new version
    """
    columns: dict[str, object] = {"scope": scope, "candidate": candidate, "id": ids.astype(str).astype(object)}
    columns |= {f"cohort:{name}": label for name, label in cohorts.items()}
    columns |= values
    if texts is not None:
        columns["text"] = texts
    return pd.DataFrame(columns)
