import numpy as np
import pytest
import torch
from scipy.linalg import orthogonal_procrustes

from embdrift.errors import InputError
from embdrift.metrics import aligned_self_displacement, fit_procrustes, paired_vectors, self_displacement


def vectors(n, d, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)) + 0.3)


def rotation(d, seed=0):
    return torch.linalg.qr(vectors(d, d, seed))[0]


def rows(n):
    return np.arange(n)


def unit(x):
    return (x / x.norm(dim=1, keepdim=True)).numpy()


def test_it_finds_scipy_s_rotation_of_the_unit_vectors():
    a, b = vectors(60, 5, 1), vectors(60, 5, 2)
    order = np.random.default_rng(0).permutation(60)
    expected, _ = orthogonal_procrustes(unit(a)[order], unit(b))
    np.testing.assert_allclose(fit_procrustes(a, b, order, rows(60)).numpy(), expected, atol=1e-12)


def test_a_rotated_copy_is_seen_through():
    a = vectors(400, 16)
    b = (a @ rotation(16, 3) * 2.5).float()
    assert self_displacement(a, b, rows(400), rows(400)).mean() > 0.5
    assert aligned_self_displacement(a, b, rows(400), rows(400)).max() < 1e-12


def test_unrelated_vectors_are_not_explained_by_a_fitted_rotation():
    a, b = (vectors(400, 16, seed) - 0.3 for seed in (4, 5))
    aligned = aligned_self_displacement(a, b, rows(400), rows(400))
    assert aligned.mean() == pytest.approx(1, abs=0.1)
    # fitted on the same rows it would look like agreement
    fitted = unit(a) @ fit_procrustes(a, b, rows(400), rows(400)).numpy()
    assert 1 - (fitted * unit(b)).sum(1).mean() < aligned.mean() - 0.1


@pytest.mark.parametrize("folds", [2, 3])
def test_each_row_is_measured_with_the_rotation_of_the_other_folds(monkeypatch, folds):
    monkeypatch.setattr(paired_vectors, "BLOCK_ROWS", 7)
    a, b = vectors(50, 4, 6), vectors(50, 4, 7)
    order = np.random.default_rng(1).permutation(50)
    values = aligned_self_displacement(a, b, order, rows(50), folds=folds)
    x, y = unit(a)[order], unit(b)
    for i in range(50):
        others = rows(50) % folds != i % folds
        r, _ = orthogonal_procrustes(x[others], y[others])
        assert values[i] == pytest.approx(1 - x[i] @ r @ y[i], abs=1e-12)


def test_one_moved_item_stands_out():
    a = vectors(300, 8)
    b = a @ rotation(8, 9)
    b[17] = -b[17]
    values = aligned_self_displacement(a, b, rows(300), rows(300))
    assert values.argmax() == 17
    assert values[17] > 1.9
    assert np.delete(values, 17).max() < 0.01


def test_zero_vectors_are_nan_and_do_not_spoil_the_others():
    a = vectors(60, 4)
    a[5] = 0
    values = aligned_self_displacement(a, a @ rotation(4, 10), rows(60), rows(60))
    assert np.isnan(values[5])
    assert np.nanmax(values) < 1e-12
    assert np.isnan(values).sum() == 1


def test_too_few_rows_to_fit_on_are_nan():
    a = vectors(15, 8)
    assert np.isnan(aligned_self_displacement(a, a, rows(15), rows(15))).all()
    assert not np.isnan(aligned_self_displacement(vectors(16, 8), vectors(16, 8), rows(16), rows(16))).any()
    assert aligned_self_displacement(a, a, rows(0), rows(0)).shape == (0,)


def test_different_dimensions_are_nan_or_refused():
    a, b = vectors(20, 3), vectors(20, 2)
    assert np.isnan(aligned_self_displacement(a, b, rows(20), rows(20))).all()
    with pytest.raises(InputError, match="same number of dimensions, got 3 and 2"):
        fit_procrustes(a, b, rows(20), rows(20))


def test_one_fold_is_refused():
    with pytest.raises(InputError, match="at least 2 folds, got 1"):
        aligned_self_displacement(vectors(9, 2), vectors(9, 2), rows(9), rows(9), folds=1)


@pytest.mark.gpu
def test_a_gpu_gives_the_same_values():
    if not torch.cuda.is_available():
        pytest.skip("no NVIDIA GPU")
    a, b = vectors(300, 16, 11).half(), vectors(300, 16, 12)
    values = aligned_self_displacement(a.cuda(), b.cuda(), rows(300), rows(300))
    np.testing.assert_allclose(values, aligned_self_displacement(a, b, rows(300), rows(300)), atol=1e-10)
