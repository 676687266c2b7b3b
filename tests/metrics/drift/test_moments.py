import numpy as np
import pytest
import torch
from drift_cases import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from embdrift.metrics.drift import anisotropy, direction_moments, effective_rank, mean_cosine

CPU = torch.device("cpu")


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_moments_are_those_of_pairs_and_principal_components(n, d, seed):
    vectors = np.random.default_rng(seed).normal(size=(n, d)) + 0.5
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    found = direction_moments(rows_of(vectors), CPU)
    assert mean_cosine(found) == pytest.approx(cosines[~np.eye(n, dtype=bool)].mean(), abs=1e-9)
    if np.ptp(unit, axis=0).max() < 1e-6:
        return
    assert anisotropy(found) == pytest.approx(PCA().fit(unit).explained_variance_ratio_[0], abs=1e-6)
    singular = np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False)
    shares = singular[singular > 1e-7] / singular[singular > 1e-7].sum()
    assert effective_rank(found) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-5)


def test_a_cross_of_equal_arms_fills_all_its_directions():
    found = direction_moments(rows_of(np.concatenate((np.eye(5), -np.eye(5)))), CPU)
    assert effective_rank(found) == pytest.approx(5)
    assert anisotropy(found) == pytest.approx(1 / 5)
    assert mean_cosine(found) == pytest.approx(-1 / 9)


def test_equal_directions_have_no_rank_and_a_mean_cosine_of_one():
    found = direction_moments(rows_of(np.outer([1.0, 2.0, 3.0], [0.3, 0.4, 0.1])), CPU)
    assert mean_cosine(found) == pytest.approx(1)
    assert np.isnan(effective_rank(found)) or effective_rank(found) >= 1


def test_all_equal_vectors_have_neither_rank_nor_anisotropy():
    found = direction_moments(rows_of(np.ones((6, 4))), CPU)
    assert np.isnan(effective_rank(found))
    assert np.isnan(anisotropy(found))
    assert mean_cosine(found) == pytest.approx(1)


def test_one_vector_has_no_mean_cosine():
    assert np.isnan(mean_cosine(direction_moments(rows_of(np.ones((1, 4))), CPU)))


@pytest.mark.gpu
def test_a_gpu_finds_the_same():
    if not torch.cuda.is_available():
        pytest.skip("no NVIDIA GPU")
    rows = rows_of(np.random.default_rng(1).normal(size=(500, 16)))
    here, there = (direction_moments(rows, torch.device(name)) for name in ("cpu", "cuda"))
    np.testing.assert_allclose(there.eigenvalues, here.eigenvalues, atol=1e-12)
