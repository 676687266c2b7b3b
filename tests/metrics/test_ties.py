import numpy as np
import pytest
from hypothesis import given, settings
from tied_tables import tied_pairs

from embdrift.errors import InputError
from embdrift.metrics import boundary_ties, unresolved
from oracles import chances, table_from_lists, table_from_scores


@settings(max_examples=60, deadline=None)
@given(tied_pairs(tie_limit=1))
def test_unresolved_is_where_the_chances_are_not_known(pair):
    table, _, k = pair
    assert unresolved(table, k).tolist() == [chances(table, i, k) is None for i in range(table.q)]


@settings(max_examples=60, deadline=None)
@given(tied_pairs())
def test_a_boundary_tie_is_where_some_chance_is_below_one(pair):
    table, _, k = pair
    expected = [any(p < 1 for p in chances(table, i, k).values()) for i in range(table.q)]
    assert boundary_ties(table, k).tolist() == expected


def test_lists_without_ties_have_none():
    table = table_from_lists([1, 2, 3])
    assert not boundary_ties(table, 3).any()
    assert not unresolved(table, 3).any()


@pytest.mark.parametrize("measure", [boundary_ties, unresolved])
def test_a_depth_that_is_not_listed_is_refused(measure):
    with pytest.raises(InputError, match="between 1 and 2"):
        measure(table_from_scores(np.eye(3), 2), 3)
