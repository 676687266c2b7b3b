import math

import numpy as np
import pytest

from embdrift.errors import InputError
from embdrift.metrics import judged_quality


def test_hand_computed_values():
    quality = judged_quality(
        {"q": ["c", "a", "x", "b"]}, {"q": {"a": 2, "b": 1, "c": 0, "d": 1}}, ["nDCG@10", "RR", "R@2", "P@2"]
    )
    gained = 2 / math.log2(3) + 1 / math.log2(5)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert quality.values["nDCG@10"][0] == pytest.approx(gained / ideal)
    assert quality.values["RR"][0] == 0.5
    assert quality.values["R@2"][0] == pytest.approx(1 / 3)
    assert quality.values["P@2"][0] == 0.5
    assert quality.unjudged == 0


def test_the_order_handed_in_counts_not_the_ids():
    qrels = {"up": {"a": 1}, "down": {"z": 1}}
    quality = judged_quality({"up": ["a", "z"], "down": ["z", "a"]}, qrels, ["RR"])
    assert quality.values["RR"].tolist() == [1.0, 1.0]


def test_long_rankings_keep_their_order():
    items = [f"i{n:06}" for n in range(20_000)]
    quality = judged_quality({"q": items}, {"q": {items[12_345]: 1}}, ["RR"])
    assert quality.values["RR"][0] == pytest.approx(1 / 12_346)


def test_queries_without_a_relevant_document_are_nan_and_counted():
    quality = judged_quality({"a": ["x"], "b": ["x"], "c": ["x"]}, {"a": {"x": 1}, "b": {"x": 0}}, ["RR", "nDCG@10"])
    np.testing.assert_array_equal(quality.values["RR"], [1, np.nan, np.nan])
    np.testing.assert_array_equal(quality.values["nDCG@10"], [1, np.nan, np.nan])
    assert quality.unjudged == 2


def test_values_keep_the_order_of_the_rankings():
    ranked = {f"q{n}": ["x"] * (n % 2) for n in (5, 3, 4, 1)}
    quality = judged_quality(ranked, {query: {"x": 1} for query in ranked}, ["RR"])
    assert quality.values["RR"].tolist() == [1, 1, 0, 1]


def test_no_queries_and_no_judgements():
    assert judged_quality({}, {"q": {"x": 1}}, ["RR"]).values["RR"].shape == (0,)
    assert judged_quality({"q": ["x"]}, {}, ["RR"]).unjudged == 1


def test_two_names_for_one_measure_both_get_their_values():
    quality = judged_quality({"q": ["x"]}, {"q": {"x": 1}}, ["RR", "MRR"])
    assert quality.values["RR"].tolist() == quality.values["MRR"].tolist() == [1.0]


@pytest.mark.parametrize("name", ["nDCG10", "__import__('os')", "nDCG@", "RR(rel=", "R", "nDCG@0.5"])
def test_an_unknown_measure_is_refused(name):
    with pytest.raises(InputError, match="is not a measure that ir_measures knows"):
        judged_quality({"q": ["x"]}, {"q": {"x": 1}}, [name])


def test_a_measure_of_a_missing_package_is_refused():
    with pytest.raises(InputError, match="needs a package"):
        judged_quality({"q": ["x"]}, {"q": {"x": 1}}, ["alpha_nDCG@3"])


def test_an_item_found_twice_is_refused():
    with pytest.raises(InputError, match="holds an item twice"):
        judged_quality({"q": ["x", "x"]}, {"q": {"x": 1}}, ["RR"])
