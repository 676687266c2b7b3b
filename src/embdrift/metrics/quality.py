"""Retrieval quality against relevance judgments, per query: of one ranking, and averaged over every order of ties."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Floats, Positions

if TYPE_CHECKING:
    from ir_measures import Measure


@dataclass(frozen=True, eq=False)
class Quality:
    """Retrieval quality per query.

    Args:
        values: by measure, shape (q,) in the order of the rankings; NaN for queries without a relevant document
        unjudged: number of those queries
    """

    values: Mapping[str, Floats]
    unjudged: int


def judged_quality(
    ranked: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]], measures: Sequence[str]
) -> Quality:
    """How good rankings are by people's judgments, as measured by trec_eval through the library ir_measures.

    The order of the ranking counts as it is: ir_measures would read scores as float32 and order equal ones by id, so
    it is given the ranks in place of the scores. A query without a document judged relevant (above 0) has no defined
    quality: trec_eval would score it 0, here it is NaN and counted.

    Args:
        ranked: by query id, the ids of the items found, best first
        qrels: by query id, judgments of items by id, 0 or less is not relevant; further queries are left out
        measures: names in ir_measures' notation: `nDCG@10`, `RR` (its mean is MRR), `R@100` (the share of all relevant
            items found, unlike the recall of an index)

    Returns:
        values per measure and query; higher is better

    Raises:
        InputError: when a measure is unknown or needs a package that is not installed, or a ranking holds an item twice

    Example:
        >>> judged_quality({"q": ["a", "b", "c"]}, {"q": {"b": 1}}, ["RR", "P@2"]).values["RR"].tolist()
        [0.5]
    """
    import ir_measures

    parsed = {name: _measure(name) for name in measures}
    run = {query: _scores(query, items) for query, items in ranked.items()}
    judged = {query: dict(qrels[query]) for query in ranked if any(rel > 0 for rel in qrels.get(query, {}).values())}
    row_of = {query: row for row, query in enumerate(ranked)}
    values = {name: np.full(len(ranked), np.nan) for name in measures}
    if judged:
        found = ir_measures.iter_calc(list(set(parsed.values())), judged, {query: run[query] for query in judged})
        by_query = {(value.measure, value.query_id): value.value for value in found}
        for name, measure in parsed.items():
            for query in judged:
                values[name][row_of[query]] = by_query.get((measure, query), 0.0)  # a ranking without items
    return Quality(values=values, unjudged=len(ranked) - len(judged))


def _scores(query: str, items: Sequence[str]) -> dict[str, float]:
    scores = {item: float(len(items) - place) for place, item in enumerate(items)}
    if len(scores) != len(items):
        raise InputError(f"the ranking of query {query!r} holds an item twice; each item can be found once")
    return scores


def _measure(name: str) -> "Measure":
    import ir_measures

    try:
        measure = ir_measures.parse_measure(name)
        supported = ir_measures.DefaultPipeline.supports(measure)
    except (NameError, ValueError, TypeError, AssertionError) as error:  # it asserts that parameters are valid
        raise InputError(f"{name!r} is not a measure that ir_measures knows; try nDCG@10, RR or R@100") from error
    if not supported:
        raise InputError(f"{name!r} needs a package beside ir_measures that is not installed; try nDCG@10, RR or R@100")
    return measure


def expected_quality(
    ranked: Mapping[str, tuple[Sequence[str], Floats]],
    qrels: Mapping[str, Mapping[str, int]],
    measures: Sequence[str],
) -> Quality:
    """How good rankings are by people's judgments, averaged over every order that equal scores allow.

    nDCG, precision and recall add up over ranks, so that each item of a tie stands at each of its ranks for the same
    share of the orders (McSherry and Najork 2008). The reciprocal rank asks where the first relevant item of a tie
    comes: rank s + j with probability C(g - 1 - j, r - 1) / C(g, r) for r relevant items among g. Without ties, values
    are those of `judged_quality`: gain is the relevance itself, the discount 1 / log2(rank + 1).

    Args:
        ranked: by query id, the ids of the items found and their scores, best first, all items of a tie included
        qrels: by query id, judgments of items by id, 0 or less is not relevant; further queries are left out
        measures: `nDCG@k`, `P@k`, `R@k` or `RR@k`

    Returns:
        values per measure and query; NaN for queries without a relevant document
    Raises:
        InputError: when a measure is another one

    Example:
        >>> ranked = {"q": (["a", "b"], np.array([0.5, 0.5]))}
        >>> expected_quality(ranked, {"q": {"b": 1}}, ["RR@2"]).values["RR@2"].tolist()
        [0.75]
    """
    parsed = {name: _averaged(name) for name in measures}
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


_Averaged = Callable[[Floats, Positions, Floats, int], float]
_AVERAGED: dict[str, _Averaged] = {"nDCG": _ndcg, "P": _precision, "R": _recall, "RR": _reciprocal_rank}


def _averaged(name: str) -> tuple[_Averaged, int]:
    kind, _, k = name.partition("@")
    if kind not in _AVERAGED or not k.isdecimal() or int(k) < 1:
        known = ", ".join(f"{one}@k" for one in _AVERAGED)
        raise InputError(f"averaged over ties, quality is one of {known}, got {name!r}")
    return _AVERAGED[kind], int(k)


def _spread(values: Floats, starts: Positions) -> Floats:
    """Each value replaced by the mean of its tie."""
    if not len(values):
        return values
    sizes = np.diff(np.append(starts, len(values)))
    return np.repeat(np.add.reduceat(values, starts) / sizes, sizes)
