"""Halves of the queries, operating points, and the cost of the target recall."""

import numpy as np
import pytest
from ann_settings import ALL, setting

from embdrift.studies.ann_recall.tune import TargetState, halves, target_cost, tune

NAN = float("nan")


def test_halves_are_disjoint_whole_and_follow_ids_not_rows():
    ids = np.array([f"q{row}" for row in range(101)])
    split = halves(ids, 0)
    assert split.tuning.sum() == 50
    assert not (split.tuning & split.reporting).any()
    assert (split.tuning | split.reporting).all()
    order = np.random.default_rng(0).permutation(101)
    assert np.array_equal(halves(ids[order], 0).tuning, split.tuning[order])
    assert not np.array_equal(halves(ids, 1).tuning, split.tuning)


def test_tuning_takes_the_cheapest_that_reaches_the_target_on_its_half_only():
    good_where_tuned = np.where(ALL.tuning, 0.96, 0.5)
    points = [setting(0.9, 10), setting(good_where_tuned, 20, probes=2), setting(0.99, 30, probes=4)]
    chosen = tune(points, 0.95, ALL, index="IVF8,Flat", k=10)
    assert chosen.setting is points[1]
    assert chosen.setting.mean(ALL.reporting) == pytest.approx(0.5)
    assert tune(points, 0.999, ALL, index="IVF8,Flat", k=10).setting is None
    assert tune(points, 0.999, ALL, index="IVF8,Flat", k=10).best == pytest.approx(0.99)


def test_tuning_goes_by_time_where_work_is_not_counted():
    points = [setting(0.99, NAN, qps=50), setting(0.99, NAN, qps=200, probes=2)]
    assert tune(points, 0.95, ALL, index="x", k=10).setting is points[1]


def test_the_cost_of_a_target_lies_between_the_settings_around_it():
    found = target_cost([setting(0.9, 100, qps=100), setting(1.0, 400, qps=25, probes=2)], 0.95)
    assert found.state == TargetState.reached
    assert found.search == "nprobe 2"
    assert found.distances == pytest.approx(200)
    assert found.milliseconds == pytest.approx(20)


def test_the_cost_is_that_of_the_cheapest_setting_where_it_is_above_the_target():
    found = target_cost([setting(0.97, 100), setting(1.0, 400, probes=2)], 0.95)
    assert (found.state, found.distances, found.search) == (TargetState.above, 100, "nprobe 1")


def test_an_unreachable_target_has_no_cost():
    for points in ([setting(0.9, 100)], []):
        found = target_cost(points, 0.95)
        assert found.state == TargetState.unreachable
        assert np.isnan(found.distances)


def test_a_dearer_setting_that_finds_less_is_passed_over():
    points = [setting(0.9, 100), setting(0.8, 150, probes=2), setting(1.0, 400, probes=4)]
    assert target_cost(points, 0.95).distances == pytest.approx(200)
