import numba
import numpy as np
import pytest

from embdrift.search.cpu.kernels import dot, squared_distance


@numba.njit
def both(x, y):
    lanes = np.empty(16, np.float64)
    return dot(x, y, lanes), squared_distance(x, y, lanes)


def obvious(terms):
    """Sixteen running sums, then a tree."""
    lanes = [0.0] * 16
    for at, term in enumerate(terms):
        lanes[at % 16] += float(term)
    for stride in (8, 4, 2, 1):
        lanes = [lanes[lane] + lanes[lane + stride] for lane in range(stride)]
    return lanes[0]


@pytest.mark.parametrize("left", [np.float32, np.float64])
@pytest.mark.parametrize("right", [np.float32, np.float64])
def test_vector_sums_have_the_bytes_of_the_plain_loop(left, right):
    rng = np.random.default_rng(0)
    for length in range(1, 71):
        x = (rng.normal(size=length) * 10.0 ** rng.integers(-8, 8, length)).astype(left)
        y = rng.normal(size=length).astype(right)
        wide_x, wide_y = x.astype(np.float64), y.astype(np.float64)
        assert both(x, y) == (obvious(wide_x * wide_y), obvious((wide_x - wide_y) ** 2))


def test_rows_that_start_anywhere_are_read_rightly():
    values = np.random.default_rng(1).normal(size=200).astype(np.float32)
    for start in range(1, 20):
        x, y = values[start : start + 37], values[100 + start : 137 + start]
        assert both(x, y)[0] == obvious(x.astype(np.float64) * y.astype(np.float64))
