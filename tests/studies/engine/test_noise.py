"""Copies with a known, meaningless change."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embdrift.data.synthetic import clustered
from embdrift.studies.engine.floor import isotropic_noise, moved_by_a_rounding


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_every_component_moves_by_exactly_one_float32_number(dtype):
    vectors = clustered(300, 16, seed=1).to(dtype)
    vectors[0, :3] = 0.0
    rows = np.random.default_rng(2).permutation(300)[:250]
    moved = moved_by_a_rounding(vectors, rows, seed=3)
    assert moved.dtype == torch.float32
    before = vectors[torch.from_numpy(rows)].to(torch.float32).numpy()
    up = np.nextafter(before, np.float32(np.inf)) == moved.numpy()
    down = np.nextafter(before, np.float32(-np.inf)) == moved.numpy()
    assert (up ^ down).all()
    assert 0.45 < up.mean() < 0.55


def test_the_coins_follow_the_place_among_the_rows_and_the_seed():
    vectors = clustered(50, 8, seed=1)
    rows = np.arange(50)
    moved = moved_by_a_rounding(vectors, rows, seed=3)
    flipped = moved_by_a_rounding(vectors.flip(0), rows[::-1].copy(), seed=3)
    assert torch.equal(moved, flipped)
    assert not torch.equal(moved, moved_by_a_rounding(vectors, rows, seed=4))


def test_numbers_beyond_float32_become_infinite_rather_than_wrong():
    vectors = torch.tensor([[1e300, 1.0], [2.0, 3.0]], dtype=torch.float64)
    moved = moved_by_a_rounding(vectors, np.arange(2), seed=0)
    assert moved.isinf().tolist() == [[True, False], [False, False]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 40))
def test_noise_gives_the_cosines_asked_for_and_keeps_lengths(seed, d):
    rng = np.random.default_rng(seed)
    vectors = torch.from_numpy(rng.standard_normal((60, d)) * 10 ** rng.uniform(-3, 3, (60, 1)))
    rows, cosines = rng.permutation(60)[:50], rng.uniform(-1, 1, 50)
    turned = isotropic_noise(vectors, rows, cosines, seed)
    assert turned.dtype == torch.float64
    before, after = vectors.numpy()[rows], turned.numpy()
    lengths = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    np.testing.assert_allclose(lengths[1], lengths[0], rtol=1e-9)
    np.testing.assert_allclose((before * after).sum(axis=1) / (lengths[0] * lengths[1]), cosines, atol=1e-9)


def test_noise_goes_in_all_directions_alike():
    vectors = torch.zeros(4000, 6)
    vectors[:, 0] = 1
    turned = isotropic_noise(vectors, np.arange(4000), np.full(4000, 0.5), seed=1).numpy()
    aside = turned[:, 1:] / np.sqrt(0.75)
    assert np.abs(aside.mean(axis=0)).max() < 0.04
    np.testing.assert_allclose((aside**2).mean(axis=0), 0.2, atol=0.02)


def test_vectors_without_a_cosine_or_without_length_stay_as_they_are():
    vectors = clustered(4, 5, seed=1)
    vectors[2] = 0.0
    turned = isotropic_noise(vectors, np.arange(4), np.array([np.nan, 1.0, 0.3, 0.3]), seed=1)
    assert turned.dtype == torch.float32
    torch.testing.assert_close(turned[:3], vectors[:3])
    assert not torch.allclose(turned[3], vectors[3])


def test_whole_numbers_are_turned_as_they_are_read():
    vectors = torch.tensor([[3, 4], [0, 5]], dtype=torch.int8)
    turned = isotropic_noise(vectors, np.arange(2), np.array([1.0, 0.0]), seed=1)
    torch.testing.assert_close(turned[0], torch.tensor([3.0, 4.0]))
    torch.testing.assert_close(turned[1].abs(), torch.tensor([5.0, 0.0]))
