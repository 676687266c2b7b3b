"""Every row of every kind of data is proven, and equals the definition."""

import numpy as np
import pytest
import torch
from search_cases import METRICS, unit, wide

from embdrift.bench import benchmark_vectors
from embdrift.data.synthetic import clustered, rotated
from embdrift.search import certified_search, exact_search, search_task
from oracles import assert_same_table, search_oracle

pytestmark = pytest.mark.usefixtures("screen")
metrics = pytest.mark.parametrize("similarity", METRICS)


def with_outlier_dimensions(rng, n, d):
    """Vectors of which two dimensions are fifty times as large as the others."""
    values = rng.normal(size=(n, d)) * np.where(np.arange(d) < 2, 50.0, 1.0)
    return torch.from_numpy(values).float()


def near_copies(rng, n, d, distance):
    """Vectors of which half lie within a distance of one of them."""
    values = rng.normal(size=(n, d))
    values[: n // 2] = values[0] + distance * rng.normal(size=(n // 2, d))
    return torch.from_numpy(values).float()


KINDS = {
    "random": lambda: unit(np.random.default_rng(0), 900, 40),
    "clustered": lambda: clustered(900, 40, seed=1),
    "outlier dimensions": lambda: with_outlier_dimensions(np.random.default_rng(2), 900, 40),
    "hubs and duplicates": lambda: benchmark_vectors(900, 40, 3),
    "near copies": lambda: near_copies(np.random.default_rng(4), 900, 40, 1e-2),
    "nearer copies": lambda: near_copies(np.random.default_rng(5), 900, 40, 1e-6),
}


@metrics
@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_every_kind_of_data_is_proven(kind, similarity):
    corpus, rows = KINDS[kind](), np.arange(0, 900, 45)
    found, certificate = certified_search(search_task(corpus, 7, similarity=similarity), device="cpu")
    assert certificate.proven_at_once + certificate.redone + certificate.scored_in_full == certificate.rows == 900
    expected = search_oracle(wide(corpus), 7, rows=rows, own=rows, similarity=similarity)
    assert_same_table(found.take(rows), expected)


@pytest.mark.parametrize("first", range(2, 301, 30))
def test_every_size_up_to_300(first):
    corpus = unit(np.random.default_rng(6), 301, 9)
    for n in range(first, min(first + 30, 301)):
        k = n - 1 if n % 2 else min(5, n - 1)
        expected = search_oracle(wide(corpus[:n]), k, rows=np.arange(0, n, 7), own=np.arange(0, n, 7))
        assert_same_table(exact_search(corpus[:n], k, device="cpu").take(slice(None, None, 7)), expected)


@metrics
def test_rotated_vectors_have_the_same_neighbours(similarity):
    corpus = unit(np.random.default_rng(7), 400, 24, torch.float64)
    straight = exact_search(corpus, 9, similarity=similarity)
    turned = exact_search(rotated(corpus, 8).double(), 9, similarity=similarity)
    np.testing.assert_allclose(turned.scores, straight.scores, atol=1e-6)
    assert (turned.positions == straight.positions).mean() > 0.99
