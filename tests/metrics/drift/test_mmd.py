import importlib

import numpy as np
import pytest
import torch
from drift_cases import disjoint_halves, equally_jittered, rows_of
from scipy.spatial.distance import cdist

from embdrift.metrics.drift import mmd
from embdrift.metrics.drift.random_features import fourier, median_distance

CPU = torch.device("cpu")
MODULE = importlib.import_module("embdrift.metrics.drift.mmd")  # the name alone is the function


def kernels(old, new, seed, count=256):
    """The three kernel matrices that random features stand for, entry by entry."""
    features = fourier(old, new, count=count, seed=seed, device=CPU)
    z, w = (features.features(torch.from_numpy(one.array())).numpy() for one in (old, new))
    return z @ z.T, w @ w.T, z @ w.T


def unbiased(xx, yy, xy, *, paired):
    """The estimate by its definition, in loops."""
    n, m = xy.shape
    same = sum(xx[i, j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    same += sum(yy[i, j] for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    if paired:
        return same - 2 * sum(xy[i, j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    return same - 2 * xy.mean()


@pytest.mark.parametrize("paired", [False, True])
def test_estimate_is_the_sum_over_the_kernel(paired):
    old, new = equally_jittered(40, 6, seed=1) if paired else disjoint_halves(70, 6, seed=1)
    found = mmd(old, new, paired=paired, seed=3, permutations=19)
    assert found.value == pytest.approx(unbiased(*kernels(old, new, 3), paired=paired), abs=1e-9)


def test_random_features_stand_for_the_gaussian_kernel_within_their_stated_error():
    old, new = disjoint_halves(200, 6, seed=2)
    x, y = old.array(), new.array() + 0.2
    new = rows_of(y, unit=False)
    width = median_distance(np.concatenate((x, y)))
    exact = unbiased(*(np.exp(-(cdist(a, b) ** 2) / (2 * width**2)) for a, b in ((x, x), (y, y), (x, y))), paired=False)
    for seed in range(5):
        found = mmd(old, new, paired=False, seed=seed, permutations=19)
        assert found.bandwidth == pytest.approx(width)
        assert abs(found.value - exact) < 4 * found.feature_error
        assert found.feature_error < 0.25 * exact


def test_sampling_error_is_the_spread_over_fresh_samples():
    def one(seed):
        random = np.random.default_rng(seed)
        old, new = random.normal(size=(200, 4)), random.normal(size=(200, 4)) + 0.7
        return mmd(rows_of(old, unit=False), rows_of(new, unit=False), paired=False, seed=1, permutations=19)

    found = [one(seed) for seed in range(40)]
    spread = np.std([one.value for one in found])
    assert np.median([one.sampling_error for one in found]) == pytest.approx(spread, rel=0.35)


@pytest.mark.parametrize("paired", [False, True])
def test_shuffling_blocks_estimates_the_same(paired, monkeypatch):
    old, new = equally_jittered(120, 6, seed=4) if paired else disjoint_halves(240, 6, seed=4)
    by_row = mmd(old, new, paired=paired, seed=3)
    monkeypatch.setattr(MODULE, "BLOCKS", 30)
    by_block = mmd(old, new, paired=paired, seed=3)
    assert (by_row.block, by_block.block) == (1, 4)
    assert by_block.value == pytest.approx(by_row.value, abs=1e-12)
    assert by_block.sampling_error == pytest.approx(by_row.sampling_error, rel=0.5)


def test_rows_that_fill_no_block_are_left_out_and_said(monkeypatch):
    monkeypatch.setattr(MODULE, "BLOCKS", 30)
    old, new = equally_jittered(122, 6, seed=4)
    assert mmd(old, new, paired=True).rows == (120, 120)


def test_a_side_much_larger_than_the_other_is_thinned(monkeypatch):
    monkeypatch.setattr(MODULE, "MOST_BLOCKS", 50)
    old, new = disjoint_halves(1000, 6, seed=4)
    found = mmd(old, new.take(np.arange(12)), paired=False)
    assert found.rows == (50, 12)
    assert found.block == 1


def test_equal_versions_differ_by_nothing():
    old, _ = equally_jittered(50, 6, seed=5)
    found = mmd(old, old, paired=True)
    assert (found.value, found.error, found.p) == (0.0, 0.0, 1.0)


def test_all_vectors_equal_differ_by_nothing():
    rows = rows_of(np.ones((20, 3)))
    assert mmd(rows, rows, paired=False).value == pytest.approx(0, abs=1e-9)


def test_two_rows_have_an_estimate_and_no_error():
    old, new = equally_jittered(2, 6, seed=6)
    for paired in (False, True):
        found = mmd(old, new, paired=paired)
        assert np.isfinite(found.value)
        assert np.isnan(found.sampling_error)


def test_an_offset_that_keeps_every_neighbour_is_noticed():
    old, _ = equally_jittered(300, 16, seed=7)
    found = mmd(old, rows_of(old.array() + 0.05, unit=False), paired=True)
    assert found.p == pytest.approx(1 / 200)
    assert found.value > 5 * found.error


@pytest.mark.parametrize("scale", [1e-130, 1e140])
def test_scale_does_not_matter_beyond_float32(scale):
    old, new = disjoint_halves(100, 6, seed=8)
    here = mmd(rows_of(old.array(), unit=False), rows_of(new.array(), unit=False), paired=False)
    there = mmd(rows_of(old.array() * scale, unit=False), rows_of(new.array() * scale, unit=False), paired=False)
    assert there.value == pytest.approx(here.value, abs=1e-7)


def test_a_distant_mean_does_not_cost_precision():
    old, new = disjoint_halves(100, 6, seed=8)
    here = mmd(rows_of(old.array(), unit=False), rows_of(new.array(), unit=False), paired=False)
    there = mmd(rows_of(old.array() + 1e4, unit=False), rows_of(new.array() + 1e4, unit=False), paired=False)
    assert there.value == pytest.approx(here.value, abs=1e-7)


@pytest.mark.gpu
def test_a_gpu_finds_the_same():
    if not torch.cuda.is_available():
        pytest.skip("no NVIDIA GPU")
    old, new = equally_jittered(500, 16, seed=9)
    here, there = (mmd(old, new, paired=True, device=torch.device(name)) for name in ("cpu", "cuda"))
    assert there.value == pytest.approx(here.value, abs=1e-6)
    assert there.p == pytest.approx(here.p, abs=0.02)
