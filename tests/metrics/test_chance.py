import math

import numpy as np
import pytest
from scipy.stats import hypergeom

from embdrift import metrics
from embdrift.errors import InputError
from oracles import table_from_scores

Q, M, DEPTH, K = 4000, 30, 12, 5


@pytest.fixture(scope="module")
def random_tables():
    rng = np.random.default_rng(8)
    return tuple(table_from_scores(rng.random((Q, M)), DEPTH) for _ in range(2))


def test_overlap_of_random_lists(random_tables):
    assert metrics.overlap_chance(K, M) == K / M
    assert metrics.overlap(*random_tables, K).mean() == pytest.approx(K / M, abs=0.01)


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [
        (100, 10, 0.0557022),
        (1000, 10, 0.00529227),
        (1000, 100, 0.0529246),
        (10**4, 10, 0.000526605),
        (10**6, 10, 5.26319e-6),
        (10**6, 100, 5.02538e-5),
    ],
)
def test_jaccard_of_random_lists_has_its_known_values(n, k, expected):
    assert metrics.jaccard_chance(k, n - 1) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize(("k", "m"), [(1, 1), (3, 3), (3, 4), (7, 10), (1500, 3001)])
def test_jaccard_of_random_lists_equals_the_hypergeometric_sum(k, m):
    x = np.arange(k + 1)
    assert metrics.jaccard_chance(k, m) == pytest.approx((hypergeom(m, k, k).pmf(x) * x / (2 * k - x)).sum())


def test_rbo_of_random_lists(random_tables):
    assert metrics.rbo_chance(10, 999, 0.9) == pytest.approx(0.006520, abs=5e-7)
    assert metrics.rbo(*random_tables, K, 0.8).mean() == pytest.approx(metrics.rbo_chance(K, M, 0.8), abs=0.01)


def test_top1_flip_of_random_lists(random_tables):
    assert metrics.top1_flip(*random_tables).mean() == pytest.approx(metrics.top1_flip_chance(M), abs=0.01)


def test_r_nx_of_random_lists(random_tables):
    assert metrics.r_nx(*random_tables, K).mean() == pytest.approx(metrics.r_nx_chance(), abs=0.01)


def test_displacement_of_random_lists(random_tables):
    moved = metrics.displacement(*random_tables, K)
    assert moved.ranks.mean() == pytest.approx(metrics.rank_displacement_chance(K, DEPTH, M), rel=0.01)
    assert moved.lost.mean() == pytest.approx(metrics.lost_beyond_depth_chance(DEPTH, M), abs=0.01)


def test_displacement_of_random_lists_equals_the_sum_over_all_ranks():
    k, depth, m = 3, 7, 11
    ranks = [abs(min(new, depth + 1) - old) for old in range(1, k + 1) for new in range(1, m + 1)]
    assert metrics.rank_displacement_chance(k, depth, m) == pytest.approx(np.mean(ranks))


def test_hubness_of_random_lists():
    n, k = 3000, 10
    p = k / (n - 1)
    null = metrics.hubness_chance(k, n - 1, n)
    assert null == pytest.approx((1 - 2 * p) / math.sqrt(n * p * (1 - p)))
    rng = np.random.default_rng(9)
    found = np.concatenate([(i + 1 + rng.choice(n - 1, k, replace=False)) % n for i in range(n)])
    assert metrics.hubness(np.bincount(found, minlength=n).astype(float)) == pytest.approx(null, abs=0.08)


def test_hubness_null_without_queries_or_choice_is_nan():
    assert math.isnan(metrics.hubness_chance(5, 5, 10))
    assert math.isnan(metrics.hubness_chance(2, 5, 0))


@pytest.mark.parametrize(
    "null",
    [
        lambda: metrics.overlap_chance(0, 5),
        lambda: metrics.jaccard_chance(6, 5),
        lambda: metrics.rbo_chance(6, 5),
        lambda: metrics.top1_flip_chance(0),
        lambda: metrics.rank_displacement_chance(3, 2, 5),
        lambda: metrics.lost_beyond_depth_chance(6, 5),
        lambda: metrics.hubness_chance(6, 5, 5),
    ],
)
def test_more_neighbours_than_items_are_refused(null):
    with pytest.raises(InputError, match="must hold between 1 and"):
        null()
