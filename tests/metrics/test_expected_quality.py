"""Quality averaged over ties, against every order of the tied items, each judged by pytrec_eval."""

from itertools import permutations, product

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.errors import InputError
from embdrift.metrics import expected_quality, judged_quality

MEASURES = ["nDCG@3", "P@3", "R@3", "RR@3", "nDCG@5", "RR@5"]


def every_order(items, scores):
    """All rankings that the scores allow."""
    levels = sorted(set(scores), reverse=True)
    ties = [[item for item, score in zip(items, scores, strict=True) if score == level] for level in levels]
    for orders in product(*(permutations(tie) for tie in ties)):
        yield [item for order in orders for item in order]


def slow_quality(items, scores, relevance, measures):
    values = [judged_quality({"q": order}, {"q": relevance}, measures).values for order in every_order(items, scores)]
    return {name: np.mean([one[name][0] for one in values]) for name in measures}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=5), st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_it_is_the_mean_over_every_order(found, never_found):
    found = sorted(found, key=lambda one: -one[0])
    scores = np.array([score for score, _ in found], float)
    items = [f"i{place}" for place in range(len(found))]
    relevance = {item: rel for item, (_, rel) in zip(items, found, strict=True)}
    relevance |= {f"lost{place}": 1 for place in range(never_found)}
    ours = expected_quality({"q": (items, scores)}, {"q": relevance}, MEASURES).values
    if not any(relevance.values()):
        assert all(np.isnan(ours[name][0]) for name in MEASURES)
        return
    theirs = slow_quality(items, scores.tolist(), relevance, MEASURES)
    assert {name: ours[name][0] for name in MEASURES} == pytest.approx(theirs, abs=1e-6)


def test_without_ties_it_is_pytrec_eval_s():
    random = np.random.default_rng(0)
    ranked, qrels, run = {}, {}, {}
    for query in map(str, range(40)):
        items = [f"d{item}" for item in random.permutation(60)[:30]]
        scores = np.sort(random.random(30))[::-1]
        ranked[query] = (items, scores)
        run[query] = dict(zip(items, scores.tolist(), strict=True))
        qrels[query] = {f"d{item}": int(random.integers(0, 4)) for item in random.permutation(60)[:15]} | {"d0": 1}
    names = {"nDCG@10": "ndcg_cut_10", "P@10": "P_10", "R@100": "recall_100", "RR@100": "recip_rank"}
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "P.10", "recall.100", "recip_rank"})
    theirs = evaluator.evaluate(run)
    ours = expected_quality(ranked, qrels, list(names)).values
    listed = judged_quality({query: items for query, (items, _) in ranked.items()}, qrels, list(names)).values
    for name, their_name in names.items():
        expected = [theirs[query][their_name] for query in ranked]
        assert ours[name] == pytest.approx(expected, abs=1e-6)
        assert listed[name] == pytest.approx(expected, abs=1e-6)


def test_a_tie_of_one_relevant_item_among_many_has_the_mean_reciprocal_rank():
    quality = expected_quality({"q": ([f"i{n}" for n in range(4)], np.zeros(4))}, {"q": {"i2": 1}}, ["RR@4", "P@2"])
    assert quality.values["RR@4"][0] == pytest.approx(np.mean([1, 1 / 2, 1 / 3, 1 / 4]))
    assert quality.values["P@2"][0] == pytest.approx(1 / 4)


def test_a_query_without_a_relevant_document_is_nan_and_counted_and_one_that_finds_nothing_is_zero():
    ranked = {"a": (["x"], np.ones(1)), "b": (["x"], np.ones(1)), "c": ([], np.empty(0))}
    quality = expected_quality(ranked, {"a": {"x": 0}, "b": {"x": -1, "y": 1}, "c": {"x": 2}}, ["nDCG@5", "RR@5"])
    np.testing.assert_array_equal(quality.values["nDCG@5"], [np.nan, 0, 0])
    np.testing.assert_array_equal(quality.values["RR@5"], [np.nan, 0, 0])
    assert quality.unjudged == 1


@pytest.mark.parametrize("name", ["nDCG", "AP@10", "P@0", "R@x"])
def test_another_measure_is_refused(name):
    with pytest.raises(InputError, match="averaged over ties, quality is one of nDCG@k"):
        expected_quality({}, {}, [name])
