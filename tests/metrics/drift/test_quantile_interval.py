import numpy as np
import pytest

from embdrift.metrics.drift import quantile_interval


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_interval_holds_the_quantile_as_often_as_it_says(share):
    random = np.random.default_rng(1)
    draws = [quantile_interval(random.uniform(size=200), share, sampled=True) for _ in range(400)]
    held = np.mean([one.low <= share <= one.high for one in draws])
    assert 0.93 < held < 0.99


def test_the_value_is_numpys_and_a_census_has_no_interval():
    values = np.random.default_rng(2).normal(size=33)
    found = quantile_interval(values, 0.05, sampled=False)
    assert found.mean == np.quantile(values, 0.05)
    assert np.isnan([found.low, found.high]).all()


def test_missing_values_are_left_out():
    assert quantile_interval(np.array([1.0, np.nan, 3.0]), 0.5, sampled=False).mean == 2


def test_no_value_has_no_quantile():
    assert np.isnan(quantile_interval(np.array([np.nan]), 0.5, sampled=True)).all()


def test_a_tail_beyond_few_values_has_no_bound():
    found = quantile_interval(np.arange(20.0), 0.01, sampled=True)
    assert np.isnan(found.low)
    assert found.high < 5
