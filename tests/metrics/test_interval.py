import math

import numpy as np
import pytest
import scipy.stats

from embdrift.errors import InputError
from embdrift.metrics import mean_interval, share_interval


def test_it_is_student_s_interval():
    values = np.random.default_rng(10).normal(size=30)
    mean, low, high = mean_interval(values, level=0.9)
    expected = scipy.stats.t.interval(0.9, 29, values.mean(), scipy.stats.sem(values))
    assert (mean, low, high) == pytest.approx((values.mean(), *expected))


def test_a_sample_of_a_known_population_is_narrower():
    values = np.random.default_rng(11).normal(size=60)
    free, known = mean_interval(values), mean_interval(values, population=80)
    assert known.high - known.low == pytest.approx((free.high - free.low) * math.sqrt(1 - 60 / 80))


def test_it_covers_the_population_s_mean_as_often_as_it_says():
    rng = np.random.default_rng(12)
    population = rng.random(400)
    intervals = [mean_interval(rng.choice(population, 100, replace=False), population=400) for _ in range(600)]
    covered = np.mean([i.low <= population.mean() <= i.high for i in intervals])
    assert covered == pytest.approx(0.95, abs=0.025)


def test_a_census_has_no_interval():
    mean, low, high = mean_interval(np.array([1.0, 2.0, np.nan]), population=3)
    assert mean == 1.5
    assert math.isnan(low)
    assert math.isnan(high)


def test_nan_values_are_left_out():
    assert mean_interval(np.array([1.0, np.nan, 2.0, 4.0])) == mean_interval(np.array([1.0, 2.0, 4.0]))


def test_one_value_has_a_mean_and_no_interval():
    assert str(mean_interval(np.array([0.5]))) == "Interval(mean=0.5, low=nan, high=nan)"


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_no_values_have_no_mean(values):
    assert all(math.isnan(bound) for bound in mean_interval(np.array(values)))


def test_impossible_requests_are_refused():
    with pytest.raises(InputError, match="sample of 3 values cannot come from a population of 2"):
        mean_interval(np.ones(3), population=2)
    with pytest.raises(InputError, match="level of an interval"):
        mean_interval(np.ones(3), level=95)


def test_equal_weights_change_nothing():
    values = np.random.default_rng(13).normal(size=25)
    assert mean_interval(values, weights=np.full(25, 3.0)) == pytest.approx(mean_interval(values))


def test_a_weighted_mean_is_the_ratio_of_sums():
    values, weights = np.array([1.0, 2.0, 4.0, np.nan, 9.0]), np.array([1.0, 2.0, 1.0, 5.0, 0.0])
    mean, low, high = mean_interval(values, weights=weights)
    assert mean == pytest.approx((1 + 4 + 4) / 4)
    errors = [weight / 4 * (value - mean) for value, weight in ((1, 1), (2, 2), (4, 1))]
    spread = math.sqrt(3 / 2 * sum(error**2 for error in errors))
    freedom = 16 / (1 + 4 + 1) - 1
    assert (high - low) / 2 == pytest.approx(scipy.stats.t.ppf(0.975, freedom) * spread)


def test_a_weighted_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(14)
    values, weights = rng.random(2000), rng.integers(1, 4, 2000).astype(float)
    true = np.average(values, weights=weights)
    intervals = [mean_interval(values[at], weights=weights[at]) for at in rng.integers(0, 2000, (400, 80))]
    assert np.mean([one.low <= true <= one.high for one in intervals]) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize(("weights", "rule"), [([1.0, -0.5], "at least 0, got -0.5"), ([0.0, 0.0], "weights are 0")])
def test_weights_that_cannot_be_meant_are_refused(weights, rule):
    with pytest.raises(InputError, match=rule):
        mean_interval(np.array([1.0, 2.0]), weights=np.array(weights))


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (299, 300)])
def test_the_interval_of_a_share_is_wilson_s(hits, n):
    expected = scipy.stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert share_interval(hits, n) == pytest.approx((hits / n, expected.low, expected.high), abs=1e-12)


def test_a_share_of_nothing_is_not_defined():
    assert all(math.isnan(one) for one in share_interval(0, 0))
    with pytest.raises(InputError, match="between 0 and n = 2, got 3"):
        share_interval(3, 2)
