from itertools import combinations

import numpy as np
import pytest
import torch
from drift_cases import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstwo, wasserstein_distance

from embdrift.errors import InputError
from embdrift.metrics.drift import DimensionDistances, dimension_distances, per_dimension
from embdrift.metrics.drift.kernels import cdf_distances

values = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=9).map(lambda one: np.sort(np.array(one)))


def gap_of(old, new):
    """The Kolmogorov-Smirnov distance by its definition."""
    return max(abs(np.mean(old <= here) - np.mean(new <= here)) for here in (*old, *new))


@settings(max_examples=40, deadline=None)
@given(values, values)
def test_distances_of_tied_values_follow_their_definitions(old, new):
    gap, area = cdf_distances(old, new)
    assert gap == pytest.approx(gap_of(old, new), abs=1e-12)
    assert area == pytest.approx(wasserstein_distance(old, new), abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_dimension_is_what_scipy_finds(dtype, monkeypatch):
    monkeypatch.setattr(per_dimension, "COLUMN_BYTES", 3 * 400 * 4)  # several passes
    random = np.random.default_rng(1)
    old = random.normal(size=(300, 7)).astype(dtype)
    new = (random.normal(size=(400, 7)) * 1.2 + 0.1 * np.arange(7)).astype(dtype)
    found = dimension_distances(rows_of(old, unit=False), rows_of(new, unit=False))
    for dimension in range(7):
        x, y = old[:, dimension].astype(float), new[:, dimension].astype(float)
        expected = ks_2samp(x, y, method="exact")
        assert found.ks[dimension] == pytest.approx(expected.statistic, abs=1e-12)
        assert found.p[dimension] == pytest.approx(expected.pvalue, abs=1e-9)
        assert found.wasserstein[dimension] == pytest.approx(wasserstein_distance(x, y) / x.std(), rel=1e-6)


def test_unit_length_is_taken_first():
    random = np.random.default_rng(2)
    old = random.normal(size=(200, 5)).astype("float32")
    found = dimension_distances(rows_of(old), rows_of(old * random.uniform(1, 2, size=(200, 1)).astype("float32")))
    assert found.ks.max() < 0.02
    assert found.wasserstein.max() < 1e-5


def test_false_discoveries_follow_the_step_up_rule():
    p = np.array([0.001, 0.009, 0.021, 0.045, 0.5])
    # The greatest i with p_(i) <= 0.05 i / 5 is 3.
    assert DimensionDistances(np.zeros(5), p, np.zeros(5)).rejected(0.05) == pytest.approx(3 / 5)


def test_constant_dimensions_that_agree_are_unmoved_and_others_have_no_scale():
    random = np.random.default_rng(3)
    old = random.normal(size=(50, 3))
    old[:, 0] = 0.7
    new = old.copy()
    new[:, 0] = np.nextafter(0.7, 1)
    same = dimension_distances(rows_of(old, unit=False), rows_of(new, unit=False))
    np.testing.assert_array_equal(same.ks, 0)
    np.testing.assert_array_equal(same.wasserstein, 0)
    new[:, 0] = 0.8
    moved = dimension_distances(rows_of(old, unit=False), rows_of(new, unit=False))
    assert moved.ks[0] == 1
    assert np.isnan(moved.wasserstein[0])


def test_dimensions_must_agree():
    with pytest.raises(InputError, match="got 3 in the reference and 4"):
        dimension_distances(rows_of(torch.ones(4, 3)), rows_of(torch.ones(4, 4)))


def test_one_row_each_proves_nothing():
    found = dimension_distances(rows_of(torch.zeros(1, 2), unit=False), rows_of(torch.ones(1, 2), unit=False))
    assert found.ks.tolist() == [1, 1]
    np.testing.assert_allclose(found.p, 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_p_of_few_values_is_the_share_of_all_ways_to_deal_them(n, m, seed):
    random = np.random.default_rng(seed)
    old, new = random.normal(size=(n, 1)), random.normal(size=(m, 1)) + 0.5
    found = dimension_distances(rows_of(old, unit=False), rows_of(new, unit=False))
    both = np.concatenate((old, new))[:, 0]
    dealt = [gap_of(both[list(chosen)], np.delete(both, chosen)) for chosen in combinations(range(n + m), n)]
    assert found.p[0] == pytest.approx(np.mean(np.array(dealt) >= found.ks[0] - 1e-9), abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(30, 30), (20, 33), (200, 150)])
def test_p_of_some_values_is_scipys_exact_one(n, m):
    random = np.random.default_rng(n)
    old, new = random.normal(size=(n, 3)), random.normal(size=(m, 3)) + 0.3
    found = dimension_distances(rows_of(old, unit=False), rows_of(new, unit=False))
    expected = [ks_2samp(old[:, i], new[:, i], method="exact").pvalue for i in range(3)]
    np.testing.assert_allclose(found.p, expected, atol=1e-9)


@pytest.mark.parametrize("n", [1100, 4000, 30000])
def test_p_of_many_values_is_close_to_scipys_asymptotic_one(n):
    gaps = np.linspace(0, 2.5, 11) / np.sqrt(n / 2)
    found = per_dimension._p_values(gaps, n, n)
    expected = kstwo.sf(gaps, n // 2)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(found[expected > 1e-5], expected[expected > 1e-5], rtol=0.05)
