"""Rows of the summary: means, intervals and notes."""

import numpy as np
import pytest

from embdrift.metrics.interval import known_mean
from embdrift.studies.engine.compare import levels_for
from embdrift.studies.engine.rows import SummaryRow, left_out, mean_row, summary_frame

NAN = float("nan")
ABOUT = SummaryRow("corpus", "new", metric="overlap", k=10)


def test_undefined_values_are_left_out_counted_and_explained():
    row = mean_row(ABOUT, np.array([0.5, NAN, 1.0, NAN]), 4, undefined="no reason")
    assert (row.value, row.n, row.note) == (0.75, 2, "2 of 4 left out: no reason")


def test_a_mean_of_nothing_is_nan_with_its_reason_beside_what_the_row_says_anyway():
    row = mean_row(SummaryRow("corpus", "new", note="depth 100"), np.array([NAN, NAN]), 2)
    assert np.isnan(row.value)
    assert (row.n, row.note) == (0, "depth 100; too many items tie with the last neighbor")


def test_intervals_of_shares_stay_within_0_and_1_and_others_do_not():
    values = np.array([1.0, 1.0, 1.0, 0.9])
    assert mean_row(ABOUT, values, None).high == 1
    moved = mean_row(SummaryRow("corpus", "new", metric="self_displacement"), values, None)
    assert moved.high > 1


def test_a_census_has_no_interval():
    assert np.isnan(mean_row(ABOUT, np.array([0.2, 0.4]), 2).low)
    assert mean_row(ABOUT, np.array([0.2, 0.4]), 200).low < 0.3


def test_small_helpers():
    assert known_mean(np.array([1.0, NAN, 3.0])) == 2
    assert np.isnan(known_mean(np.array([NAN])))
    assert left_out(0, 5, "why") == ""
    assert left_out(5, 5, "why") == "why"


def test_the_table_keeps_whole_numbers_of_k_and_empty_ones():
    frame = summary_frame("neighbor_shift", "old", [ABOUT, SummaryRow("corpus", "new", metric="cka_debiased")])
    assert frame["k"].isna().tolist() == [False, True]
    assert frame["k"].iloc[0] == 10
    assert frame.loc[0, ["study", "reference", "candidate"]].tolist() == ["neighbor_shift", "old", "new"]


@pytest.mark.parametrize(
    ("k", "depth", "levels"),
    [
        (10, 100, (1, 2, 5, 10, 20, 50, 100)),
        (37, 111, (1, 2, 5, 10, 20, 37, 50, 100, 111)),
        (3, 7, (1, 2, 3, 5, 7)),
        (1, 1, (1,)),
    ],
)
def test_levels_are_round_numbers_with_k_and_the_depth(k, depth, levels):
    assert levels_for(k, depth) == levels
