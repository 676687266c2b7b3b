import numpy as np
import pytest
import torch

from embdrift.errors import InputError
from embdrift.metrics import linear_cka_debiased, paired_vectors
from oracles import cka_debiased_oracle


def vectors(n, d, seed=0, shift=0.3):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)) + shift)


def rows(n):
    return np.arange(n)


@pytest.mark.parametrize(("n", "p", "q"), [(4, 3, 3), (40, 6, 9), (30, 50, 2)])
def test_it_equals_the_form_with_n_by_n_kernels(monkeypatch, n, p, q):
    monkeypatch.setattr(paired_vectors, "BLOCK_ROWS", 7)
    a, b = vectors(n, p, 1), vectors(n, q, 2)
    b[:, 0] += a[:, 0]
    order = np.random.default_rng(3).permutation(n)
    expected = cka_debiased_oracle(a.numpy()[order], b.numpy())
    assert linear_cka_debiased(a, b, order, rows(n)) == pytest.approx(expected, rel=1e-10)


def test_it_does_not_see_rotation_scale_or_shift():
    a = vectors(50, 8)
    turned = a @ torch.linalg.qr(vectors(8, 8, 5))[0] * 3 + 1000
    assert linear_cka_debiased(a, a, rows(50), rows(50)) == pytest.approx(1, abs=1e-14)
    assert linear_cka_debiased(a, turned, rows(50), rows(50)) == pytest.approx(1, abs=1e-9)


def test_unrelated_vectors_are_near_zero_where_the_plain_form_is_not():
    a, b = vectors(400, 300, 6), vectors(400, 300, 7)
    x, y = (v - v.mean(dim=0) for v in (a, b))
    plain = (x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm())
    assert plain > 0.4
    assert abs(linear_cka_debiased(a, b, rows(400), rows(400))) < 0.01


def test_it_is_symmetric_and_widens_every_type():
    a, b = vectors(60, 5, 8), (vectors(60, 5, 9) * 20).to(torch.int8)
    there, back = linear_cka_debiased(a, b, rows(60), rows(60)), linear_cka_debiased(b, a, rows(60), rows(60))
    assert there == pytest.approx(back)
    assert there == pytest.approx(cka_debiased_oracle(a.numpy(), b.double().numpy()))


def test_what_has_no_spread_is_nan():
    a, same = vectors(9, 3), torch.full((9, 3), 0.1)
    one_apart = same.double().clone()
    one_apart[4] = 7.7
    assert np.isnan(linear_cka_debiased(a, same, rows(9), rows(9)))
    assert np.isnan(linear_cka_debiased(one_apart, a, rows(9), rows(9)))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_fewer_than_four_rows_are_nan(n):
    assert np.isnan(linear_cka_debiased(vectors(9, 3), vectors(9, 3), rows(n), rows(n)))


def test_rows_that_do_not_pair_are_refused():
    with pytest.raises(InputError, match="got 5 rows on one side and 6"):
        linear_cka_debiased(vectors(9, 3), vectors(9, 3), rows(5), rows(6))
