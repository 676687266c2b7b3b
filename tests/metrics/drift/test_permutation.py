import numpy as np
import pytest

from embdrift.metrics.drift import permutation_p
from embdrift.metrics.drift.permutation import random_halves, random_signs


def test_p_counts_the_observed_statistic_as_one_of_the_shuffles():
    assert permutation_p(5.0, np.arange(9.0)) == pytest.approx((4 + 1) / 10)
    assert permutation_p(9.0, np.arange(9.0)) == pytest.approx(1 / 10)


def test_p_is_one_where_every_shuffle_gives_the_same_but_for_rounding():
    assert permutation_p(0.3, np.full(19, 0.1 + 0.2) - 1e-15) == 1.0


def test_halves_choose_as_many_as_asked_and_every_item_alike():
    dealt = random_halves(3, 10, 2000, np.random.default_rng(1))
    np.testing.assert_array_equal(dealt.sum(axis=1), 3)
    np.testing.assert_allclose(dealt.mean(axis=0), 0.3, atol=0.05)


def test_signs_are_fair():
    signs = random_signs(10, 2000, np.random.default_rng(2))
    assert set(np.unique(signs)) == {-1.0, 1.0}
    np.testing.assert_allclose(signs.mean(axis=0), 0, atol=0.08)
