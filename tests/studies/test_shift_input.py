"""What a study refuses before it does anything."""

import numpy as np
import pytest
from shift_cases import version

from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.studies import ShiftInput, ShiftOptions

VECTORS = clustered(30, 8, seed=1)


def test_versions_need_distinct_names():
    with pytest.raises(InputError, match="versions must have distinct names, got 'old' 2 times"):
        ShiftInput(version(VECTORS), (version(VECTORS, "old"),))
    with pytest.raises(InputError, match="got 'new' 2 times"):
        ShiftInput(version(VECTORS), (version(VECTORS, "new"), version(VECTORS, "new")))


def test_there_must_be_a_candidate():
    with pytest.raises(InputError, match="give at least one candidate"):
        ShiftInput(version(VECTORS), ())


def test_queries_and_corpus_of_a_version_have_one_dimension():
    with pytest.raises(InputError, match="must have one dimension, got 4 in old and 8 in old"):
        ShiftInput(version(VECTORS, queries=VECTORS[:5, :4]), (version(VECTORS, "new"),))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be at least 1, got 0"),
        ({"query_sample": 1}, "query_sample must be at least 2, got 1"),
        ({"examples": -1}, "examples must not be negative, got -1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ShiftOptions(**options)


def test_searches_go_three_times_as_deep_as_asked_and_a_hundred_deep_at_least():
    assert ShiftOptions(k=10).search_depth == 100
    assert ShiftOptions(k=50).search_depth == 150


def test_rows_that_are_left_out_take_no_part():
    checked = version(VECTORS).corpus
    some = type(checked)(checked.vectors, checked.report, np.array([0, 29]))
    assert some.taking_part.tolist() == list(range(1, 29))
