"""Parts of the CUDA search that need no Triton."""

import threading

import numpy as np
import pytest
import torch
from cuda_cases import CPU, METRICS, unit

import embdrift.search.cuda.duplicates as distinct_module
from embdrift.search import search_task
from embdrift.search.cuda import dense, plain, thresholds
from embdrift.search.cuda.duplicates import find_distinct
from embdrift.search.cuda.float16 import (
    Measured,
    Units,
    choose_units,
    exponent_of,
    half_rows,
    kernel_bias,
    kernel_error,
    kernel_half,
    kernel_scale,
    make_bound,
    power_of_two,
)
from embdrift.search.cuda.plan import Plan, make_plan
from embdrift.search.cuda.search import Search
from embdrift.search.cuda.source import Source, make_streams, read_ahead
from embdrift.search.cuda.thresholds import distinct_seeds, sample_rank, sample_size
from embdrift.types import Similarity
from oracles import defined_scores


def measured(units, vectors, corpus):
    """What is known of some vectors, and their float16 rows."""
    norms = vectors.double().square().sum(1).sqrt()
    points = units.points(vectors, norms, corpus=corpus)
    sizes = points.square().sum(1).sqrt()
    exponents = units.exponents(sizes, searches_corpus=not corpus)
    rows, lengths, residuals = half_rows(points, exponents)
    return Measured(norms, sizes, exponents, lengths, residuals), rows


def bound_for(similarity, queries, corpus):
    """The bound of a search, and both sides' rows and numbers."""
    powers = [
        0 if similarity is Similarity.cosine else -int(np.ceil(np.log2(float(x.double().norm(dim=1).max()))))
        for x in (corpus, queries)
    ]
    if similarity is Similarity.l2:
        powers[1] = powers[0]
    centre = (
        (corpus.double() * 2.0 ** powers[0]).mean(0)
        if similarity is Similarity.l2
        else torch.zeros(corpus.shape[1]).double()
    )
    units = Units(similarity, corpus.shape[1], *powers, centre)
    sizes = [measured(units, x, side)[0].sizes for x, side in ((corpus, True), (queries, False))]
    units = choose_units(units, *sizes)
    (columns, right), (rows, left) = measured(units, corpus, True), measured(units, queries, False)
    return units, make_bound(units, rows, columns), (rows, left), (columns, right)


def passes(units, bound, rows, columns, targets, products):
    """The filter's condition in float32, as the kernel computes it."""
    needed = targets[:, None]
    scale, half = kernel_scale(units, columns.exponents), kernel_half(units, columns)
    if units.scaled:
        needed = needed * scale
    needed = needed + (half * kernel_scale(units, rows.exponents)[:, None] if units.scaled else half)
    if units.scaled:
        needed = needed - kernel_error(bound)[:, None]
    return products >= needed


@pytest.mark.parametrize("similarity", METRICS)
@pytest.mark.parametrize("spread", [0, 12])
@pytest.mark.parametrize("sign", [-1, 1])
def test_every_pair_that_reaches_a_score_gets_its_bit_whatever_the_rounding(sign, spread, similarity):
    rng = np.random.default_rng(1)
    corpus = unit(1, 300, 70) * torch.from_numpy(2.0 ** rng.uniform(-spread, spread, (300, 1))).float()
    queries = unit(2, 40, 70) * torch.from_numpy(2.0 ** rng.uniform(-spread, spread, (40, 1))).float()
    units, bound, (rows, left), (columns, right) = bound_for(similarity, queries, corpus)
    scores = torch.from_numpy(defined_scores(queries.double().numpy(), corpus.double().numpy(), similarity))
    exact = left.double() @ right.double().T
    accumulated = 1.5 * (70 + 4) * 2.0**-23 * (left.double().abs() @ right.double().abs().T)
    products = (exact + sign * 0.99 * accumulated).float()
    for rank in (1, 20, 200):
        last = scores.topk(rank, dim=1).values[:, -1]
        found = passes(units, bound, rows, columns, bound.targets(last), products)
        assert bool((found | (scores < last[:, None])).all())
    # A bound is of use only if it keeps most others out. (Under L2, short vectors beside 16 million times longer ones
    # lie closer together than the rounding of their distance from the centre.)
    last = scores.topk(5, dim=1).values[:, -1]
    most = 0.5 if similarity is Similarity.l2 and spread else 0.1
    assert passes(units, bound, rows, columns, bound.targets(last), products).double().mean() < most


@pytest.mark.parametrize("similarity", METRICS)
def test_the_error_in_scores_is_larger_than_any_real_one(similarity):
    corpus, queries = unit(3, 200, 40), unit(4, 30, 40)
    units, bound, (rows, left), (columns, right) = bound_for(similarity, queries, corpus)
    scores = torch.from_numpy(defined_scores(queries.double().numpy(), corpus.double().numpy(), similarity))
    shift = power_of_two(rows.exponents)[:, None] * power_of_two(columns.exponents)
    screened = left.double() @ right.double().T / shift
    if similarity is Similarity.l2:
        screened = 2 * screened - columns.sizes.square() - rows.sizes.square()[:, None]
    screened = screened * 2.0**-units.corpus_power * 2.0**-units.query_power
    error = (screened - scores).abs().amax(1)
    assert bool((error <= bound.in_scores()).all())
    assert bool((bound.in_scores() < 0.01).all())


def test_a_row_too_long_for_float16_is_scored_in_full():
    corpus, queries = unit(5, 50, 8), unit(6, 3, 8).double()
    queries[1] *= 2.0**300
    _, bound, _, _ = bound_for(Similarity.l2, queries, corpus)
    assert bound.screened.tolist() == [True, False, True]
    assert bound.targets(torch.zeros(3).double())[1] == -torch.inf
    assert bound.in_scores()[1] == torch.inf


def test_powers_of_two_are_exact():
    exponents = torch.arange(-1022, 1024)
    assert power_of_two(exponents).tolist() == [2.0**e for e in range(-1022, 1024)]
    assert exponent_of(torch.tensor([1.0, 1.5, 2.0, 0.75], dtype=torch.float64)).tolist() == [1, 1, 2, 0]


@pytest.mark.parametrize("all_search", [True, False])
def test_rows_with_the_same_bits_are_one_vector(all_search, monkeypatch):
    rng = np.random.default_rng(7)
    corpus = torch.from_numpy(rng.integers(0, 2, (60, 3))).float()
    left_out = np.array([0, 3, 4, 30])
    if all_search:
        monkeypatch.setattr(distinct_module, "_AT_ONCE", 12)
    distinct = find_distinct(corpus, left_out, all_search=all_search, device=CPU)
    findable = set(range(60)) - set(left_out.tolist())
    for vector, (begin, end) in enumerate(zip(distinct.member_starts[:-1], distinct.member_starts[1:], strict=True)):
        members = distinct.members[begin:end].tolist()
        alike = [i for i in range(60) if torch.equal(corpus[i], corpus[distinct.first[vector]])]
        assert members == [i for i in alike if i in findable]
        assert distinct.lead[vector] == (members[0] if members else alike[0])
        assert all(distinct.group[i] == vector for i in alike if all_search or i in findable)
    assert distinct.lead.tolist() == sorted(distinct.lead.tolist())
    assert not distinct.plain


def test_rows_that_share_only_a_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(distinct_module, "_hashes", lambda corpus, kept, device: torch.zeros_like(kept))
    corpus = torch.tensor([[1.0, 2], [3, 4], [1, 2], [3, 4]])
    distinct = find_distinct(corpus, np.empty(0, np.int64), all_search=True, device=CPU)
    assert distinct.group[0] == distinct.group[2] != distinct.group[1]


def test_seeds_count_once_and_only_if_they_can_be_found():
    valid = torch.tensor([True, True, False, True])
    seeds = distinct_seeds(torch.tensor([[3, 1, 3, -1], [2, 0, 2, 1]]), valid)
    assert [sorted(row) for row in seeds.tolist()] == [[-1, -1, 1, 3], [-1, -1, 0, 1]]


def test_a_sample_holds_more_than_enough_of_the_best():
    assert sample_size(100, 100) == 100
    assert sample_rank(100, 100, 7) == 7
    assert sample_size(10**6, 10**6) == 62500
    assert sample_size(10**6, 20000) == 20000
    assert 6.25 < sample_rank(10**6, 62500, 100) < 20


def test_parts_are_read_one_ahead_and_in_order():
    started, busy = [], threading.Lock()

    def read(span):
        with busy:
            started.append(span)
        return span

    parts = read_ahead(read, [1, 2, 3])
    assert next(parts) == 1
    assert [*parts] == [2, 3]
    assert started == [1, 2, 3]
    assert list(read_ahead(read, [])) == []


def test_what_fails_while_reading_ahead_is_raised():
    def read(span):
        if span == 2:
            raise OSError("disk gone")
        return span

    with pytest.raises(OSError, match="disk gone"):
        list(read_ahead(read, [1, 2, 3]))


@pytest.mark.parametrize("resident", [True, False])
def test_a_source_gives_its_rows_whole_or_in_parts(resident):
    vectors, at = unit(8, 20, 4), torch.tensor([3, 1, 19, 3])
    source = Source(vectors, at, device=CPU, resident=resident, streams=make_streams(CPU))
    assert torch.equal(source.part(1, 3), vectors[[1, 19]])
    assert torch.equal(source.take(torch.tensor([2, 0])), vectors[[19, 3]])
    assert torch.equal(torch.cat([rows for _, _, rows in source.parts([(0, 3), (3, 4)])]), vectors[at])


@pytest.mark.parametrize("similarity", METRICS)
@pytest.mark.parametrize("apart", [1e-1, 1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("sign", [-1, 1])
def test_every_pair_around_a_centre_that_reaches_a_score_gets_its_bit(sign, apart, similarity):
    crowd = unit(12, 1, 30).double() + apart * unit(13, 60, 30)
    corpus = torch.cat([unit(11, 90, 30) * 3, crowd.float()])
    task = search_task(corpus, 3, similarity=similarity)
    sides = Search(task, CPU, plain, Plan(resident=True, block=150))._sides
    index = torch.arange(90, 150)
    centre = sides.rows.points(index[:1])[0]
    bound, left = dense._centred(sides, index, centre)
    halves = kernel_bias(bound.units, sides.columns.measured, dense._bias(sides.columns, centre))
    exact = left.double() @ sides.columns.rows.double().T
    accumulated = 1.5 * (30 + 4) * 2.0**-23 * (left.double().abs() @ sides.columns.rows.double().abs().T)
    products = (exact + sign * 0.99 * accumulated).float()
    scores = torch.from_numpy(defined_scores(corpus[index].double().numpy(), corpus.double().numpy(), similarity))
    row_scale = kernel_scale(bound.units, bound.rows.exponents)[:, None]
    column_scale = kernel_scale(bound.units, sides.columns.measured.exponents)
    for rank in (1, 5, 50):
        last = scores.topk(rank, dim=1).values[:, -1]
        needed = bound.targets(last)[:, None] * column_scale + row_scale * halves - kernel_error(bound)[:, None]
        found = products >= needed
        assert bool((found | (scores < last[:, None])).all())
    # Which is of use if the rounding of float16 is the larger one.
    if apart in (1e-2, 1e-4):
        assert bool((bound.in_scores() < 0.2 * sides.bound.take(index).in_scores()).all())


@pytest.mark.parametrize("near", [20, 300, 1500])
def test_a_sample_tells_about_how_many_vectors_will_pass(near):
    vectors = unit(14, 9000, 16)
    vectors[:near] = vectors[:1] + 1e-3 * unit(15, near, 16)
    sides = Search(task := search_task(vectors, 5), CPU, plain, make_plan(task, CPU))._sides
    _, passing = thresholds.sampled(sides, torch.arange(9000), torch.tensor([1, near - 1, 8999]))
    assert near / 2 < passing[:2].min() <= passing[:2].max() < 2 * near + 30
    assert passing[2] < 60
