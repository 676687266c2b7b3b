"""How fast searches are, from a few of them."""

import pytest

from embdrift.studies.engine import estimate
from embdrift.studies.engine.estimate import Pace, measure_pace
from embdrift.types import Similarity

LAW = Pace(per_row=1e-5, per_product=4e-9)


@pytest.fixture
def sizes(monkeypatch):
    """Sizes of the searches that are timed; each takes what the law says."""
    timed = []

    def take(n, d, k, metric, device):
        timed.append(n)
        return LAW.seconds(n, n, itself=True)

    monkeypatch.setattr(estimate, "search_seconds", take)
    return timed


def test_a_corpus_that_searches_itself_multiplies_each_pair_once():
    pace = Pace(per_row=1e-3, per_product=1e-6)
    assert pace.seconds(1000, 1000, itself=True) == pytest.approx(1 + 0.5)
    assert pace.seconds(1000, 1000, itself=False) == pytest.approx(1 + 1)
    assert pace.seconds(10, 10**6, itself=False) == pytest.approx(0.01 + 10)


@pytest.mark.parametrize("n", [1000, 20_000, 50_000, 10**7])
def test_two_searches_tell_what_rows_and_products_take(n, sizes):
    found = measure_pace(n, 64, 10, metric=Similarity.cosine, device="cpu")
    assert found.per_row == pytest.approx(LAW.per_row)
    assert found.per_product == pytest.approx(LAW.per_product)
    assert max(sizes) <= max(n, 512)


def test_sizes_double_until_a_search_takes_a_second(sizes):
    measure_pace(10**7, 64, 10, metric=Similarity.cosine, device="cpu")
    assert sizes == [5000, 8192, 16384, 32768]


def test_times_that_grow_slower_than_their_size_mean_no_time_for_products(monkeypatch):
    monkeypatch.setattr(estimate, "search_seconds", lambda n, *rest: 0.1)
    found = measure_pace(2000, 64, 10, metric=Similarity.cosine, device="cpu")
    assert (found.per_row, found.per_product) == (pytest.approx(0.1 / 2000), 0.0)


@pytest.mark.parametrize("n", [2, 600])
def test_a_real_search_is_measured_even_for_few_vectors(n):
    found = measure_pace(n, 8, 500, metric=Similarity.l2, device="cpu")
    assert found.seconds(n, n, itself=True) > 0
