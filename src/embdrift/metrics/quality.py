"""Retrieval quality against relevance judgements, per query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embdrift.errors import InputError
from embdrift.types import Floats

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
    """How good rankings are by people's judgements, as measured by trec_eval through the library ir_measures.

    The order of the ranking counts as it is: ir_measures would read scores as float32 and order equal ones by id, so
    it is given the ranks in place of the scores. A query without a document judged relevant (above 0) has no defined
    quality: trec_eval would score it 0, here it is NaN and counted.

    Args:
        ranked: by query id, the ids of the items found, best first
        qrels: by query id, judgements of items by id, 0 or less is not relevant; further queries are left out
        measures: names in ir_measures' notation: `nDCG@10`, `RR` (its mean is MRR), `R@100` (the share of all relevant
            items found, unlike the recall of an index)

    Returns:
        values per measure and query; higher is better

    Raises:
        InputError: when a measure is unknown or needs a package that is not installed, or a ranking holds an item twice
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
