import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import FLOATING, METRICS, unit, wide

from embdrift.search import search_task, wide_rows
from embdrift.search.cpu.prepared import prepare
from embdrift.types import Similarity
from oracles import defined_scores

DATA = ["random", "anisotropic", "outlier", "offset", "scales", "equal"]


def vectors(kind, rng, n, d):
    """Vectors of one kind, float64."""
    values = rng.normal(size=(n, d))
    if kind == "anisotropic":
        values = values * 2.0 ** -np.arange(d) + 3 * rng.normal(size=d)
    if kind == "outlier":
        values[0] *= 1e6
    if kind == "offset":
        values += 1e7
    if kind == "scales":
        values *= 10.0 ** rng.integers(-18, 18, (n, 1))
    if kind == "equal":
        values[:] = values[0] * (1 + 1e-9 * rng.normal(size=(n, d)))
    return values


def errors_and_bounds(corpus, queries, similarity):
    """How far screened scores are from the defined ones in the screen's units, shape (q, n), and their bounds, (q,)."""
    prepared = prepare(search_task(corpus, 1, queries=queries, similarity=similarity))
    screen, norms = prepared.screen, prepared.query_norms
    rows = screen.query_rows(wide_rows(queries, slice(None)), norms)
    screened = (torch.from_numpy(rows) @ torch.from_numpy(prepared.resident).T).numpy()
    halves = screen.halves(prepared.resident)
    if halves is not None:
        screened = screened - halves
    defined = defined_scores(wide(queries), wide(corpus), similarity).astype(np.longdouble)
    if similarity is Similarity.inner_product:
        defined = defined * screen.scale / norms[:, None]
    if similarity is Similarity.l2:
        shifted = wide(queries).astype(np.longdouble) * screen.scale - screen.centre
        defined = (defined * screen.scale**2 + (shifted**2).sum(axis=1, keepdims=True)) / 2
    return np.abs(screened - defined), screen.margins(rows, norms) / 2


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(DATA),
    st.sampled_from(DATA),
    st.sampled_from([1, 2, 17, 64, 300]),
    st.sampled_from(FLOATING),
    st.sampled_from(METRICS),
)
def test_screened_scores_stay_within_their_bound(seed, corpus_kind, query_kind, d, dtype, similarity):
    rng = np.random.default_rng(seed)
    limit = 1e4 if dtype is torch.float16 else np.inf

    def made(kind, n):
        values = np.clip(vectors(kind, rng, n, d), -limit, limit)
        values[:, 0] += np.abs(values).max(axis=1) < 1e-3
        return torch.from_numpy(values).to(dtype)

    errors, bounds = errors_and_bounds(made(corpus_kind, 30), made(query_kind, 10), similarity)
    assert (errors <= bounds[:, None]).all()


@pytest.mark.parametrize("similarity", METRICS)
def test_the_bound_is_tight_enough_to_prove_ordinary_rows(similarity):
    rng = np.random.default_rng(0)
    errors, bounds = errors_and_bounds(unit(rng, 200, 384), unit(rng, 20, 384), similarity)
    assert bounds.max() < 2e-4
    assert errors.max() > 0


def test_a_query_that_float32_cannot_hold_has_an_infinite_bound():
    corpus = unit(np.random.default_rng(1), 10, 4, torch.float64)
    queries = torch.cat([corpus[:1], corpus[:1] * 1e100])
    prepared = prepare(search_task(corpus, 1, queries=queries, similarity=Similarity.l2))
    rows = prepared.screen.query_rows(queries.numpy(), prepared.query_norms)
    assert np.isinf(prepared.screen.margins(rows, prepared.query_norms)).tolist() == [False, True]
