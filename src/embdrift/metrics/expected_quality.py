"""Retrieval quality where items of equal score may come in any order: its mean over all orders, in closed form."""

from collections.abc import Callable, Mapping, Sequence
from math import comb

import numpy as np

from embdrift.errors import InputError
from embdrift.metrics.quality import Quality
from embdrift.types import Floats, Positions


def expected_quality(
    ranked: Mapping[str, tuple[Sequence[str], Floats]],
    qrels: Mapping[str, Mapping[str, int]],
    measures: Sequence[str],
) -> Quality:
    """How good rankings are by people's judgements, averaged over every order that equal scores allow.

    nDCG, precision and recall add up over ranks, so that each item of a tie stands at each of its ranks for the same
    share of the orders (McSherry and Najork 2008). The reciprocal rank asks where the first relevant item of a tie
    comes: rank s + j with probability C(g - 1 - j, r - 1) / C(g, r) for r relevant items among g. Without ties, values
    are those of `judged_quality`: gain is the relevance itself, the discount 1 / log2(rank + 1).

    Args:
        ranked: by query id, the ids of the items found and their scores, best first, all items of a tie included
        qrels: by query id, judgements of items by id, 0 or less is not relevant; further queries are left out
        measures: `nDCG@k`, `P@k`, `R@k` or `RR@k`

    Returns:
        values per measure and query; NaN for queries without a relevant document
    Raises:
        InputError: when a measure is another one
    """
    parsed = {name: _measure(name) for name in measures}
    values = {name: np.full(len(ranked), np.nan) for name in measures}
    judged = 0
    for row, (query, (items, scores)) in enumerate(ranked.items()):
        relevance = {item: max(rel, 0) for item, rel in qrels.get(query, {}).items()}
        ideal = np.sort(np.array([rel for rel in relevance.values() if rel > 0], np.float64))[::-1]
        if not len(ideal):
            continue
        judged += 1
        gains = np.array([relevance.get(item, 0) for item in items], np.float64)
        starts = np.flatnonzero(np.concatenate(([True], scores[1:] != scores[:-1]))) if len(items) else np.empty(0, int)
        for name, (measure, k) in parsed.items():
            values[name][row] = measure(gains, starts, ideal, k)
    return Quality(values=values, unjudged=len(ranked) - judged)


def _ndcg(gains: Floats, starts: Positions, ideal: Floats, k: int) -> float:
    discounts = 1 / np.log2(np.arange(2, max(len(gains), len(ideal)) + 2))
    best = float((ideal * discounts[: len(ideal)])[:k].sum())
    return float((_spread(gains, starts) * discounts[: len(gains)])[:k].sum()) / best


def _precision(gains: Floats, starts: Positions, ideal: Floats, k: int) -> float:
    return float(_spread((gains > 0).astype(np.float64), starts)[:k].sum()) / k


def _recall(gains: Floats, starts: Positions, ideal: Floats, k: int) -> float:
    return float(_spread((gains > 0).astype(np.float64), starts)[:k].sum()) / len(ideal)


def _reciprocal_rank(gains: Floats, starts: Positions, ideal: Floats, k: int) -> float:
    ends = np.append(starts, len(gains))[1:]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        size, relevant = end - start, int((gains[start:end] > 0).sum())
        if relevant:
            places = np.arange(max(0, min(size, k - start)))
            first = np.array([comb(size - 1 - place, relevant - 1) / comb(size, relevant) for place in places.tolist()])
            return float((first / (start + places + 1)).sum())
    return 0.0


_Measure = Callable[[Floats, Positions, Floats, int], float]
_MEASURES: dict[str, _Measure] = {"nDCG": _ndcg, "P": _precision, "R": _recall, "RR": _reciprocal_rank}


def _measure(name: str) -> tuple[_Measure, int]:
    kind, _, k = name.partition("@")
    if kind not in _MEASURES or not k.isdecimal() or int(k) < 1:
        known = ", ".join(f"{one}@k" for one in _MEASURES)
        raise InputError(f"averaged over ties, quality is one of {known}, got {name!r}")
    return _MEASURES[kind], int(k)


def _spread(values: Floats, starts: Positions) -> Floats:
    """Each value replaced by the mean of its tie."""
    if not len(values):
        return values
    sizes = np.diff(np.append(starts, len(values)))
    return np.repeat(np.add.reduceat(values, starts) / sizes, sizes)
