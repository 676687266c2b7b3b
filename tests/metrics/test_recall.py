import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.errors import InputError
from embdrift.metrics.recall import recall, recall_spread, tie_tolerance, tied_queries
from embdrift.types import Similarity
from oracles import table_from_lists, table_from_scores


def slow_recall(scores, found, k, tolerance):
    """From the definition, with the scores of all items at hand."""
    values = []
    for row, answer in zip(scores, found, strict=True):
        level = sorted(row, reverse=True)[k - 1]
        above = {item for item, score in enumerate(row) if score > level + tolerance}
        tied = {item for item, score in enumerate(row) if abs(score - level) <= tolerance}
        mine = {item for item in answer[:k] if item >= 0}
        values.append((len(mine & above) + min(len(mine & tied), k - len(above))) / k)
    return np.array(values)


@st.composite
def cases(draw):
    q, n = draw(st.integers(1, 4)), draw(st.integers(3, 12))
    scores = draw(st.lists(st.lists(st.integers(0, 5), min_size=n, max_size=n), min_size=q, max_size=q))
    k = draw(st.integers(1, n))
    found = [draw(st.permutations(range(n)))[:k] for _ in range(q)]
    missing = [draw(st.lists(st.booleans(), min_size=k, max_size=k)) for _ in range(q)]
    found = [
        [-1 if gone else item for item, gone in zip(row, none, strict=True)]
        for row, none in zip(found, missing, strict=True)
    ]
    return np.array(scores, float), np.array(found), k, draw(st.sampled_from([0.0, 1.0, 2.0]))


@given(cases())
@settings(max_examples=150, deadline=None)
def test_recall_is_its_definition(case):
    scores, found, k, tolerance = case
    table = table_from_scores(scores, scores.shape[1])
    assert recall(table, found, k, tolerance=tolerance).tolist() == slow_recall(scores, found, k, tolerance).tolist()


@given(cases(), st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_recall_does_not_depend_on_the_depth_of_the_reference_where_it_is_defined(case, further):
    scores, found, k, tolerance = case
    depth = min(k + further, scores.shape[1])
    values = recall(table_from_scores(scores, depth), found, k, tolerance=tolerance)
    known = ~np.isnan(values)
    assert values[known].tolist() == slow_recall(scores, found, k, tolerance)[known].tolist()
    if tolerance == 0:
        assert known.all()


@given(cases(), st.randoms())
@settings(max_examples=50, deadline=None)
def test_recall_ignores_the_order_of_what_was_found(case, random):
    scores, found, k, tolerance = case
    table = table_from_scores(scores, scores.shape[1])
    order = list(range(k))
    random.shuffle(order)
    mixed = found[:, order]
    assert np.array_equal(recall(table, found, k, tolerance=tolerance), recall(table, mixed, k, tolerance=tolerance))


def test_recall_of_the_reference_itself_is_one():
    table = table_from_lists([3, 1, 2], [0, 2, 1])
    assert recall(table, table.positions, 3).tolist() == [1, 1]


def test_an_item_found_twice_counts_once():
    table = table_from_lists([3, 1, 2])
    assert recall(table, np.array([[3, 3, 1]]), 3).tolist() == [2 / 3]


def test_nothing_found_is_no_recall():
    table = table_from_lists([3, 1, 2])
    assert recall(table, np.array([[-1, -1, -1]]), 3).tolist() == [0]


def test_a_duplicate_of_the_last_neighbour_is_as_good_as_it():
    table = table_from_scores([[0.9, 0.5, 0.5, 0.1]], 2)
    assert recall(table, np.array([[0, 2]]), 2).tolist() == [1]
    assert recall(table, np.array([[1, 2]]), 2).tolist() == [0.5]


def test_ties_too_many_to_be_listed_leave_recall_undefined():
    table = table_from_scores([[0.5] * 6], 2, tie_limit=1)
    assert np.isnan(recall(table, np.array([[4, 5]]), 2)).all()
    assert recall(table, np.array([[0, 1]]), 2).tolist() == [1]


def test_a_fixed_tolerance_flatters_a_space_where_all_are_alike_and_a_relative_one_does_not():
    spread = np.array([[0.99, 0.98, 0.97, 0.5]])
    alike = 1 - (1 - spread) / 50  # the same order, fifty times as near
    found = np.array([[0, 1, 3]])
    for scores in (spread, alike):
        table = table_from_scores(scores, 4)
        assert recall(table, found, 3, tolerance=tie_tolerance(table, 3, similarity=Similarity.cosine)).tolist() == [
            2 / 3
        ]
    assert recall(table_from_scores(alike, 4), found, 3, tolerance=0.02).tolist() == [1]


@pytest.mark.parametrize(
    ("metric", "expected"), [(Similarity.cosine, 0.5), (Similarity.l2, 0.0), (Similarity.inner_product, 0.4)]
)
def test_the_tolerance_follows_the_distance_at_k(metric, expected):
    scores = {Similarity.cosine: [[0.9, 0.5]], Similarity.l2: [[-1.0, 0.0]], Similarity.inner_product: [[0.9, 0.5]]}[
        metric
    ]
    table = table_from_scores(np.array(scores), 2)
    level = 2 if metric is not Similarity.l2 else 1
    assert tie_tolerance(table, level, similarity=metric, share=1.0)[0] == pytest.approx(expected)


def test_tied_queries_are_those_cut_through_a_tie():
    table = table_from_scores([[0.9, 0.5, 0.5], [0.9, 0.6, 0.5]], 3)
    assert tied_queries(table, 2).tolist() == [True, False]
    assert tied_queries(table, 2, tolerance=0.2).tolist() == [True, True]
    assert tied_queries(table_from_scores([[0.9, 0.5, 0.5]], 2), 2).tolist() == [True]


def test_the_spread_counts_queries_on_both_sides_of_its_limits():
    values = np.array([0.0, 0.4, 0.5, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0, np.nan])
    spread = recall_spread(values, threshold=0.9)
    assert (spread.n, spread.below_half, spread.below_four_fifths) == (9, 2 / 9, 4 / 9)
    assert (spread.robustness, spread.p1, spread.p5) == (4 / 9, 0.0, 0.0)


def test_the_spread_of_nothing_is_undefined():
    assert np.isnan(recall_spread(np.array([np.nan])).mean)


def test_k_beyond_the_reference_and_other_queries_are_refused():
    table = table_from_lists([3, 1, 2])
    with pytest.raises(InputError, match="k must be between 1 and 3"):
        recall(table, table.positions, 4)
    with pytest.raises(InputError, match="the same 1 queries"):
        recall(table, np.zeros((2, 3), int), 2)
    with pytest.raises(InputError, match="share of at least 0"):
        tie_tolerance(table, 2, similarity=Similarity.l2, share=-1)
