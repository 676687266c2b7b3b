import numba
import numpy as np
import pytest

from embdrift.search.cpu.kernels import dot, squared_distance
from embdrift.search.cpu.simd import four_distances, four_products, one_distance, one_product


@numba.njit
def together(x, others, chosen):
    products, distances = np.empty(len(chosen)), np.empty(len(chosen))
    for at in range(0, len(chosen) - 3, 4):
        four_products(x, others, chosen, at, products)
        four_distances(x, others, chosen, at, distances)
    for at in range(len(chosen) - len(chosen) % 4, len(chosen)):
        one_product(x, others, chosen, at, products)
        one_distance(x, others, chosen, at, distances)
    return products, distances


@numba.njit
def alone(x, others, chosen):
    products, distances, lanes = np.empty(len(chosen)), np.empty(len(chosen)), np.empty(16)
    for at in range(len(chosen)):
        products[at] = dot(x, others[chosen[at]], lanes)
        distances[at] = squared_distance(x, others[chosen[at]], lanes)
    return products, distances


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_several_rows_have_the_bytes_of_each_alone(dtype):
    rng = np.random.default_rng(0)
    for d in [*range(1, 71), 384]:
        others = (rng.normal(size=(30, d)) * 10.0 ** rng.integers(-9, 9, (30, d))).astype(dtype)
        chosen, x = rng.integers(0, 30, 11), np.zeros(-(-d // 16) * 16)
        x[:d] = others[3]
        for found, expected in zip(together(x, others, chosen), alone(others[3], others, chosen), strict=True):
            assert found.tobytes() == expected.tobytes()
