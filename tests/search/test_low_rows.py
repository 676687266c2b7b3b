import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import METRICS, wide
from test_screen import DATA, vectors

from embdrift.search import search_task, wide_rows
from embdrift.search.low_corpus import LowCorpus, fits_bfloat16
from embdrift.search.low_rows import bounds, codes_below, low_rows, values_of
from embdrift.search.prepared import prepare
from embdrift.search.tiles import ALWAYS, NEVER
from embdrift.types import Metric
from oracles import defined_scores


def ordered(codes):
    return codes ^ ((codes >> 15) & np.int16(0x7FFF))


def missed(rows, factors, columns, scores):
    """How many pairs' screened scores lie below a threshold that their exact score reaches."""
    codes = torch.mm(rows.values, columns.right().T).view(torch.int16).numpy()
    known = ~np.isnan(factors)
    error = bounds(rows, columns.largest())[:, None]
    with np.errstate(invalid="ignore"):
        wanted = codes_below((scores * factors[:, None] - error)[known].ravel())
    return int((ordered(codes)[known].ravel() < wanted).sum())


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(DATA),
    st.sampled_from(DATA),
    st.sampled_from([1, 2, 17, 64, 300]),
    st.sampled_from([torch.float32, torch.float64]),
    st.sampled_from(METRICS),
)
def test_whatever_reaches_a_threshold_is_a_hit(seed, corpus_kind, query_kind, d, dtype, metric):
    rng = np.random.default_rng(seed)
    corpus = torch.from_numpy(vectors(corpus_kind, rng, 40, d)).to(dtype)
    queries = torch.from_numpy(vectors(query_kind, rng, 10, d)).to(dtype)
    prepared = prepare(search_task(corpus, 1, queries=queries, metric=metric))
    low = LowCorpus(prepared, 2**30)
    assert fits_bfloat16(prepared)
    columns = low.rows(slice(None))
    asked, factors = low.queries(np.arange(10), wide_rows(queries, slice(None)))
    scores = defined_scores(wide(queries), wide(corpus), metric)
    assert missed(asked, factors, columns, scores) == 0
    among = defined_scores(wide(corpus), wide(corpus), metric)
    assert missed(columns, np.full(40, low.factor), columns, among) == 0


def test_the_bound_is_tight_enough_to_be_of_use():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 384))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    rows = low_rows(values, np.ones(50), np.zeros(384), np.zeros(50, bool), Metric.cosine)
    assert bounds(rows, rows.largest()).max() < 0.008


def test_rounding_is_torch_rounding_and_its_loss_is_exact():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(20, 33)) * 10.0 ** rng.integers(-20, 20, (20, 33))
    rows = low_rows(values, np.ones(20), np.zeros(33), np.arange(20) == 7, Metric.cosine)
    expected = torch.from_numpy(values).to(torch.float32).to(torch.bfloat16)
    expected[7] = 0
    assert torch.equal(rows.values, expected)
    loss = np.linalg.norm(values - expected.double().numpy(), axis=1)
    loss[7] = 0
    np.testing.assert_allclose(rows.figures[2], loss, rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -1.0, 1.00001, -1.00001, 1e-30, -3e38, 3e38, 2.0**-126])
def test_codes_stand_for_the_next_number_below(value):
    code = codes_below(np.array([value]))
    found = values_of(code)[0]
    assert found <= value
    assert abs(found - value) <= 2.0**-7 * abs(value)


def test_codes_of_zero_let_minus_zero_pass_and_no_number_never():
    zeros = torch.tensor([0.0, -0.0], dtype=torch.bfloat16).view(torch.int16).numpy()
    assert (ordered(zeros) >= codes_below(np.array([0.0]))).all()
    assert codes_below(np.array([-np.inf, np.nan])).tolist() == [ALWAYS, NEVER]
