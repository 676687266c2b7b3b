from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard
from search_cases import METRICS, ordered_codes, wide
from test_screen import DATA, vectors

from embdrift.search import search_task, wide_rows
from embdrift.search.cpu.narrow import tile_kernels
from embdrift.search.cpu.narrow.bfloat16 import bfloat16_rows, codes_below, values_of
from embdrift.search.cpu.narrow.corpus import LowCorpus, fits_low_precision
from embdrift.search.cpu.narrow.formats import LOW_FORMATS
from embdrift.search.cpu.narrow.int8 import int8_rows, turn_for
from embdrift.search.cpu.narrow.thresholds import ALWAYS, NEVER, WIDTH
from embdrift.search.cpu.prepared import prepare
from embdrift.search.scores import INNER_PRODUCT
from embdrift.types import Similarity
from oracles import defined_scores

makers = pytest.mark.parametrize("make", [bfloat16_rows, int8_rows])


def products(rows, columns):
    """Screened scores as the compiled loops take them, with room behind them."""
    room = torch.zeros(len(rows.values) * len(columns.values) + WIDTH, dtype=rows.product_type)
    rows.multiply(columns.right(), room[:-WIDTH].view(len(rows.values), -1))
    return rows.bits_of(room)


def room(size):
    zeros = np.zeros(size, np.int64)
    positions, scores = np.zeros((size, 300), np.int32), np.zeros((size, 300))
    return tile_kernels.Room(zeros, zeros.copy(), positions, scores, np.zeros(size), 1000)


def found(rows, row_thresholds, columns, column_thresholds):
    """What the compiled loop finds: for each row a set of columns, for each column a set of rows."""
    flat = products(rows, columns)
    b, c = len(row_thresholds), len(column_thresholds)
    sides = [
        tile_kernels.Side(np.ones((n, 1)), np.arange(n), np.ones(n), first + np.arange(n), np.arange(n), bar)
        for n, first, bar in (
            (b, c, rows.row_bar(row_thresholds, columns)),
            (c, 0, columns.column_bar(column_thresholds, rows)),
        )
    ]
    rooms = room(b), room(c)
    tile_kernels.look(INNER_PRODUCT, 200, flat, c, 0, False, sides[0], rooms[0], sides[1], rooms[1])
    return (
        [set(rooms[0].positions[at, : rooms[0].counts[at]].tolist()) for at in range(b)],
        [set((rooms[1].positions[at, : rooms[1].counts[at]] - c).tolist()) for at in range(c)],
    )


def missed(rows, factors, columns, scores):
    """How many pairs are not found although their exact score reaches the threshold of the row, or of the column."""
    b, c = scores.shape
    with np.errstate(invalid="ignore"):
        exact = scores * factors[:, None]
    known = ~np.isnan(factors)
    lost = 0
    for shift in range(c):
        theirs = (np.arange(b) + shift) % c
        of_rows, _ = found(rows, exact[np.arange(b), theirs], columns, np.full(c, np.nan))
        lost += sum(theirs[row] not in of_rows[row] for row in np.flatnonzero(known))
    for shift in range(b):
        theirs = (np.arange(c) + shift) % b
        _, of_columns = found(rows, np.full(b, np.nan), columns, exact[theirs, np.arange(c)])
        lost += sum(theirs[column] not in of_columns[column] for column in np.flatnonzero(known[theirs]))
    return lost


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(DATA),
    st.sampled_from(DATA),
    st.sampled_from([1, 2, 17, 64, 300]),
    st.sampled_from([torch.float32, torch.float64]),
    st.sampled_from(METRICS),
    st.sampled_from(list(LOW_FORMATS.values())),
)
def test_whatever_reaches_a_threshold_is_a_hit(seed, corpus_kind, query_kind, d, dtype, similarity, low_format):
    rng = np.random.default_rng(seed)
    corpus = torch.from_numpy(vectors(corpus_kind, rng, 40, d)).to(dtype)
    queries = torch.from_numpy(vectors(query_kind, rng, 10, d)).to(dtype)
    prepared = prepare(search_task(corpus, 1, queries=queries, similarity=similarity))
    low = LowCorpus(prepared, low_format.make, 2**30)
    assert fits_low_precision(prepared)
    columns = low.rows(slice(None))
    asked, factors = low.queries(np.arange(10), wide_rows(queries, slice(None)))
    scores = defined_scores(wide(queries), wide(corpus), similarity)
    assert missed(asked, factors, columns, scores) == 0
    among = defined_scores(wide(corpus), wide(corpus), similarity)
    assert missed(columns, np.full(40, low.factor), columns, among) == 0


@pytest.mark.parametrize(("make", "tight"), [(bfloat16_rows, 0.008), (int8_rows, 0.02)])
def test_the_bound_is_tight_enough_to_be_of_use(make, tight):
    values = np.random.default_rng(0).normal(size=(50, 384))
    # A few outlier dimensions, as encoders have them.
    values[:, :3] *= 20
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    rows = make(values, np.ones(50), np.zeros(384), np.zeros(50, bool), Similarity.cosine)
    assert rows.bounds(rows.largest).max() < tight
    assert rows.pair_bounds(rows).max() < tight


def test_rounding_is_torch_rounding_and_its_loss_is_exact():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(20, 33)) * 10.0 ** rng.integers(-20, 20, (20, 33))
    rows = bfloat16_rows(values, np.ones(20), np.zeros(33), np.arange(20) == 7, Similarity.cosine)
    expected = torch.from_numpy(values).to(torch.float32).to(torch.bfloat16)
    expected[7] = 0
    assert torch.equal(rows.values, expected)
    loss = np.linalg.norm(values - expected.double().numpy(), axis=1)
    loss[7] = 0
    np.testing.assert_allclose(rows.figures[2], loss, rtol=1e-12)


def turned(values):
    """The same turn, from its definition: twice, components moved, signs changed, runs times a Hadamard matrix."""
    turn = turn_for(values.shape[1])
    for which in range(2):
        values = values[:, turn.sources[which]] * np.sign(turn.signs[which])
        values = np.concatenate(
            [
                values[:, begin:stop] @ hadamard(stop - begin) / np.sqrt(stop - begin)
                for begin, stop in pairwise(turn.runs)
            ],
            axis=1,
        )
    return values


@pytest.mark.parametrize("d", [1, 2, 3, 33, 64, 100, 384, 1000, 1025])
def test_turned_rows_are_rounded_to_the_nearest_and_their_loss_is_known(d):
    rng = np.random.default_rng(d)
    values = rng.normal(size=(19, d)) * 10.0 ** rng.integers(-9, 9, (19, 1))
    rows = int8_rows(values, np.full(19, 0.5), np.ones(d), np.arange(19) == 7, Similarity.cosine)
    expected = values * 0.5 - 1
    expected[7] = 0
    scales = rows.scales.astype(np.float64)
    again = turned(expected) / scales[:, None]
    lengths = np.linalg.norm(expected, axis=1)
    rounded = rows.values.numpy()[:, :d]
    assert np.abs(rounded - again).max() <= 0.5 + 2.0**-19 * 127 * np.sqrt(d)
    assert (np.abs(rounded).max(axis=1) == np.where(lengths > 0, 127, 0)).all()
    np.testing.assert_allclose(rows.figures[0], lengths, rtol=1e-12)
    np.testing.assert_allclose(rows.figures[1], np.linalg.norm(rounded * scales[:, None], axis=1))
    loss = np.linalg.norm((again - rounded) * scales[:, None], axis=1)
    assert (loss <= rows.figures[2]).all()
    assert (rows.figures[2] <= loss + 2.0**-18 * lengths).all()


def aligned_with_losses(low_format, values):
    """Unit vectors along what rounding loses of each of some others."""
    d = values.shape[1]
    rows = low_format.make(
        values, np.ones(len(values)), np.zeros(d), np.zeros(len(values), bool), Similarity.inner_product
    )
    if low_format.name == "int8":
        basis, rounded = turned(np.eye(d)), rows.values.numpy()[:, :d] * rows.scales.astype(np.float64)[:, None]
    else:
        basis, rounded = np.eye(d), rows.values.double().numpy()
    losses = (values @ basis - rounded) @ basis.T
    return losses / np.linalg.norm(losses, axis=1, keepdims=True)


@pytest.mark.parametrize("low_format", LOW_FORMATS.values(), ids=LOW_FORMATS)
@pytest.mark.parametrize("similarity", [Similarity.inner_product, Similarity.l2])
def test_the_bound_holds_where_a_vector_lies_along_what_rounding_loses_of_another(low_format, similarity):
    rng = np.random.default_rng(4)
    values = rng.normal(size=(30, 64))
    values *= rng.choice([0.02, 1.0], (30, 1)) / np.linalg.norm(values, axis=1, keepdims=True)
    both = np.concatenate([values, rng.choice([0.05, 1.0], (30, 1)) * aligned_with_losses(low_format, values)])
    prepared = prepare(search_task(torch.from_numpy(both), 1, similarity=similarity))
    low = LowCorpus(prepared, low_format.make, 2**30)
    rows, columns = low.rows(slice(0, 30)), low.rows(slice(30, 60))
    scores = defined_scores(both[:30], both[30:], similarity)
    assert missed(rows, np.full(30, low.factor), columns, scores) == 0
    assert missed(columns, np.full(30, low.factor), rows, scores.T) == 0


@makers
def test_rows_too_small_for_any_format_are_zero_and_known_to_be_lost(make):
    values = np.full((3, 8), 1e-200) * np.array([[0.0], [1.0], [2.0]])
    rows = make(values, np.ones(3), np.zeros(8), np.zeros(3, bool), Similarity.inner_product)
    assert not rows.values.any()
    np.testing.assert_allclose(rows.figures[2], np.linalg.norm(values, axis=1), atol=0, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -1.0, 1.00001, -1.00001, 1e-30, -3e38, 3e38, 2.0**-126])
def test_codes_stand_for_the_next_number_below(value):
    code = codes_below(np.array([value]))
    found = values_of(code)[0]
    assert found <= value
    assert abs(found - value) <= 2.0**-7 * abs(value)


def test_codes_of_zero_let_minus_zero_pass_and_no_number_never():
    zeros = torch.tensor([0.0, -0.0], dtype=torch.bfloat16).view(torch.int16).numpy()
    assert (ordered_codes(zeros) >= codes_below(np.array([0.0]))).all()
    assert codes_below(np.array([-np.inf, np.nan])).tolist() == [ALWAYS, NEVER]
