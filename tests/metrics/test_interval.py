import math

import numpy as np
import pytest
import scipy.stats

from embdrift.errors import InputError
from embdrift.metrics import mean_interval


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
