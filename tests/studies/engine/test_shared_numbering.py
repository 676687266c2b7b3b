"""Tables in a shared numbering: what is filtered away, and in which order ties are listed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.studies.engine.tables import NeighborTable, in_shared_order, runs_short
from oracles import table_from_scores


@st.composite
def tied_tables(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, q = draw(st.integers(3, 14)), draw(st.integers(1, 4))
    scores = rng.integers(0, draw(st.integers(1, 6)), (q, n)).astype(float)
    return rng, scores, table_from_scores(scores, draw(st.integers(1, n)))


@settings(max_examples=80, deadline=None)
@given(tied_tables())
def test_equally_scored_items_are_listed_by_number_across_the_end_of_the_list(case):
    rng, scores, table = case
    numbering = rng.permutation(scores.shape[1])
    renumbered = type(table)(**{**vars(table), "positions": numbering[table.positions],
                                "tie_positions": numbering[table.tie_positions]})  # fmt: skip
    expected = table_from_scores(scores[:, np.argsort(numbering)], table.depth)
    shown = in_shared_order(renumbered)
    np.testing.assert_array_equal(shown.positions, expected.positions)
    np.testing.assert_array_equal(shown.tie_positions, expected.tie_positions)
    np.testing.assert_array_equal(shown.scores, expected.scores)


@settings(max_examples=80, deadline=None)
@given(tied_tables(), st.data())
def test_filtering_gives_the_table_of_the_items_that_stay_wherever_enough_of_them_are_listed(case, data):
    rng, scores, table = case
    n = scores.shape[1]
    stay = np.flatnonzero(rng.random(n) < 0.7)
    if not len(stay):
        return
    numbering = np.full(n, -1)
    numbering[stay] = rng.permutation(len(stay))
    depth = data.draw(st.integers(1, min(table.depth, len(stay))))
    kept = ~runs_short(table, numbering, depth)
    rows = np.flatnonzero(kept)
    view = NeighborTable(table, np.arange(table.q), rows, numbering, depth, len(stay))
    expected = table_from_scores(scores[:, stay][:, np.argsort(numbering[stay])], depth).take(rows)
    shown = view.block(slice(None))
    np.testing.assert_array_equal(shown.positions, expected.positions)
    np.testing.assert_array_equal(shown.tied_beyond, expected.tied_beyond)
    np.testing.assert_array_equal(shown.tie_positions, expected.tie_positions)
    assert shown.n_corpus == len(stay)


def test_a_row_runs_short_where_too_few_stay_or_its_last_tie_is_not_listed():
    table = table_from_scores([[9.0, 8, 7, 6, 5], [9, 9, 9, 9, 9]], 3, tie_limit=1)
    assert runs_short(table, np.array([0, -1, -1, 1, 2]), 2).tolist() == [True, True]
    assert runs_short(table, np.array([0, -1, 1, 2, 3]), 2).tolist() == [False, True]
    listed = table_from_scores([[9.0, 9, 9, 9, 9]], 3)
    assert runs_short(listed, np.array([0, -1, 1, 2, 3]), 2).tolist() == [False]


def test_a_part_of_a_view_keeps_its_order():
    table = table_from_scores(np.random.default_rng(1).random((5, 7)), 4)
    view = NeighborTable(table, np.arange(5), np.array([3, 1, 4]), np.arange(7), 4, 7)
    np.testing.assert_array_equal(view.at(np.array([2, 0])).block(slice(None)).positions, table.positions[[4, 3]])
