import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, entropy

from embdrift.metrics.drift import (
    bin_counts,
    expected_kl,
    js_divergence,
    kl_divergence,
    population_stability_index,
    reference_edges,
    smoothed_shares,
)

counts = st.lists(st.integers(0, 50), min_size=2, max_size=12).map(np.array)


@settings(max_examples=50, deadline=None)
@given(counts, st.integers(0, 2**32 - 1), st.sampled_from([0.5, 1.0]))
def test_divergences_are_those_of_scipy(old, seed, smoothing):
    new = np.random.default_rng(seed).permutation(old)
    p, q = smoothed_shares(new, smoothing), smoothed_shares(old, smoothing)
    np.testing.assert_allclose(p.sum(), 1)
    np.testing.assert_allclose(kl_divergence(p, q), entropy(p, q), atol=1e-12)
    np.testing.assert_allclose(js_divergence(p, q), jensenshannon(p, q) ** 2, atol=1e-12)
    np.testing.assert_allclose(population_stability_index(p, q), entropy(p, q) + entropy(q, p), atol=1e-12)


def test_closed_form_of_two_bins():
    p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    assert kl_divergence(p, q) == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(1.5), abs=1e-12)


def test_no_common_bin_gives_the_greatest_jensen_shannon_divergence():
    assert js_divergence(np.array([1.0, 0]), np.array([0.0, 1])) == pytest.approx(np.log(2))


def test_each_bin_holds_the_same_share_of_the_reference():
    values = np.random.default_rng(1).normal(size=1000)
    edges = reference_edges(values, 20, 1e-6)
    assert len(edges) == 19
    np.testing.assert_array_equal(bin_counts(values, edges), 50)


def test_every_value_is_in_one_bin():
    values = np.random.default_rng(2).normal(size=500)
    edges = reference_edges(values, 10, 1e-4)
    assert bin_counts(values * 3, edges).sum() == 500


def test_rounding_noise_around_one_length_is_no_difference():
    noise = np.random.default_rng(3)
    old, new = 1 + noise.normal(size=1000) * 1e-7, 1 + noise.normal(size=1000) * 3e-5
    edges = reference_edges(old, 20, 1e-3)
    np.testing.assert_array_equal(bin_counts(old, edges), bin_counts(new, edges))
    assert len(edges) == 2
    assert bin_counts(new * 1.01, edges).tolist() == [0, 0, 1000]
    assert bin_counts(new * 0.99, edges).tolist() == [1000, 0, 0]


def test_a_value_that_many_share_gets_a_bin_of_its_own():
    values = np.concatenate((np.full(400, 1.0), np.random.default_rng(4).uniform(0.5, 0.9, size=600)))
    shares = bin_counts(values, reference_edges(values, 10, 1e-4))
    assert shares.max() == 400
    assert shares[-1] == 0  # above 1


def test_one_value_alone_has_bins_around_it():
    edges = reference_edges(np.array([0.5]), 20, 1e-4)
    assert bin_counts(np.array([0.4, 0.5, 0.5, 0.6]), edges).tolist() == [1, 2, 1]


def test_expected_divergence_is_what_equal_distributions_give_on_average():
    random = np.random.default_rng(5)
    found = []
    for _ in range(200):
        old, new = random.normal(size=1000), random.normal(size=2000)
        edges = reference_edges(old, 20, 1e-6)
        found.append(kl_divergence(*(smoothed_shares(bin_counts(one, edges), 0.5) for one in (new, old))))
    expected = expected_kl(20, 1000, 2000)
    # Bins at the reference's own quantiles take half of its sampling error away at most.
    assert 0.5 * expected < np.mean(found) < 1.1 * expected
    assert np.mean(np.array(found) > expected * chi2.ppf(0.99, 19) / 19) < 0.05
