"""What a study refuses before it does anything."""

from dataclasses import replace

import numpy as np
import pytest
from shift_cases import version

from embdrift.data.synthetic import clustered
from embdrift.errors import InputError
from embdrift.studies import CommonOptions, NeighborShiftOptions, StudyInput
from embdrift.studies.engine.study import require_searchable, search_depth
from embdrift.studies.neighbor_shift.study import neighbor_shift

VECTORS = clustered(30, 8, seed=1)


def test_versions_need_distinct_names():
    with pytest.raises(InputError, match="versions must have distinct names, got 'old' 2 times"):
        StudyInput(version(VECTORS), (version(VECTORS, "old"),))
    with pytest.raises(InputError, match="got 'new' 2 times"):
        StudyInput(version(VECTORS), (version(VECTORS, "new"), version(VECTORS, "new")))


def test_there_must_be_a_candidate():
    with pytest.raises(InputError, match="give at least one candidate"):
        neighbor_shift(StudyInput(version(VECTORS)))


def test_queries_and_corpus_of_a_version_have_the_same_number_of_dimensions():
    with pytest.raises(InputError, match="the same number of dimensions, got 4 in old and 8 in old"):
        require_searchable(version(VECTORS, queries=VECTORS[:5, :4]), 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"query_sample": 1}, "query_sample must be at least 2, got 1"),
        ({"examples": -1}, "examples must not be negative, got -1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        NeighborShiftOptions(**options)


def test_k_must_be_at_least_1():
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        CommonOptions(k=0)


def test_searches_go_three_times_as_deep_as_asked_and_a_hundred_deep_at_least():
    assert search_depth(10) == 100
    assert search_depth(50) == 150


def test_rows_that_are_left_out_take_no_part():
    checked = version(VECTORS).corpus
    some = replace(checked, left_out=np.array([0, 29]))
    assert some.taking_part.tolist() == list(range(1, 29))
