import numpy as np
import pytest
import torch

from embdrift.errors import InputError
from embdrift.metrics import paired_vectors, self_displacement, self_displacement_chance
from embdrift.types import DTYPES
from oracles import self_displacement_oracle


def vectors(n, d, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)) + 0.3)


def rows(n):
    return np.arange(n)


@pytest.mark.parametrize("dtype", DTYPES)
def test_it_is_one_minus_the_cosine_in_every_type(dtype):
    a, b = ((vectors(50, 6, seed) * 20 + 60).to(dtype) for seed in (1, 2))
    order_a, order_b = np.random.default_rng(3).permutation(50)[:40], np.random.default_rng(4).permutation(50)[:40]
    expected = self_displacement_oracle(a.double().numpy()[order_a], b.double().numpy()[order_b])
    np.testing.assert_allclose(self_displacement(a, b, order_a, order_b), expected.astype(float), atol=1e-14)


def test_equal_vectors_are_exactly_zero_and_opposite_ones_two():
    a = vectors(20, 5)
    assert not self_displacement(a, a.clone(), rows(20), rows(20)).any()
    assert self_displacement(a, -3 * a, rows(20), rows(20)) == pytest.approx(2)


def test_small_changes_keep_their_digits():
    a = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    b = torch.tensor([[1.0, 1e-9]], dtype=torch.float64)
    assert self_displacement(a, b, rows(1), rows(1))[0] == pytest.approx(5e-19, rel=1e-6)


def test_lengths_do_not_count_however_large():
    a = torch.tensor([[3e200, 4e200], [3e-200, 4e-200]], dtype=torch.float64)
    b = torch.tensor([[3.0, 4.0], [4.0, 3.0]], dtype=torch.float64)
    assert self_displacement(a, b, rows(2), rows(2)) == pytest.approx([0, 0.04], abs=1e-15)


def test_zero_vectors_are_nan():
    a = torch.eye(3)
    a[1] = 0
    np.testing.assert_array_equal(self_displacement(a, torch.eye(3), rows(3), rows(3)), [0, np.nan, 0])


def test_different_dimensions_are_nan():
    assert np.isnan(self_displacement(vectors(4, 3), vectors(4, 2), rows(4), rows(4))).all()
    assert np.isnan(self_displacement_chance(vectors(4, 3), vectors(4, 2), rows(4), rows(4)))


def test_the_block_size_changes_nothing(monkeypatch):
    a, b = vectors(30, 4, 5), vectors(30, 4, 6)
    whole = self_displacement(a, b, rows(30), rows(30))
    monkeypatch.setattr(paired_vectors, "BLOCK_ROWS", 7)
    np.testing.assert_array_equal(self_displacement(a, b, rows(30), rows(30)), whole)


def test_the_null_is_the_mean_over_all_pairings():
    a, b = vectors(12, 4, 7), vectors(12, 4, 8)
    every = [self_displacement(a, b, rows(12), np.roll(rows(12), shift)).mean() for shift in range(12)]
    assert self_displacement_chance(a, b, rows(12), rows(12)) == pytest.approx(np.mean(every))


def test_the_null_passes_over_zero_vectors():
    a = torch.cat((vectors(6, 4), torch.zeros(2, 4)))
    assert self_displacement_chance(a, a, rows(8), rows(8)) == pytest.approx(
        self_displacement_chance(a, a, rows(6), rows(6))
    )
    assert np.isnan(self_displacement_chance(a, a, np.array([6, 7]), np.array([6, 7])))


def test_no_rows_give_no_values():
    assert self_displacement(vectors(3, 2), vectors(3, 2), rows(0), rows(0)).shape == (0,)


def test_rows_that_do_not_pair_or_exist_are_refused():
    with pytest.raises(InputError, match="got 2 rows on one side and 3"):
        self_displacement(vectors(4, 2), vectors(4, 2), rows(2), rows(3))
    with pytest.raises(InputError, match=r"within 0 ... 3, got 0 ... 4"):
        self_displacement(vectors(4, 2), vectors(4, 2), rows(5), rows(5))
