"""Very many vectors closer together than float32 can tell: the same bytes as exhaustive search, and proven."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from search_cases import METRICS, unit, wide

import embdrift.search.cpu.float32_search
from embdrift.search import certified_search, search_task, wide_rows
from embdrift.search.certificate import Tally
from embdrift.search.cpu.dense.group import Around
from embdrift.search.cpu.dense.recentered import Centre, row_points
from embdrift.search.cpu.dense.search import Asked, grouped, search_crowds
from embdrift.search.cpu.float32_search import search_crowded_rows_cpu
from embdrift.search.cpu.prepared import prepare
from embdrift.types import Similarity
from oracles import assert_same_table, defined_scores, search_oracle

every_screen = pytest.mark.usefixtures("screen")
metrics = pytest.mark.parametrize("similarity", METRICS)


def crowd(rng, n, d, spread, dtype=torch.float32):
    """Vectors within a distance, about, of one random vector of length 1."""
    centre = rng.normal(size=d)
    values = centre / np.linalg.norm(centre) + spread * rng.normal(size=(n, d)) / np.sqrt(d)
    return torch.from_numpy(values).to(dtype)


def check(corpus, k, rows, similarity, **options):
    """Compare some rows of the corpus's search of itself with the definition; return the certificate."""
    own = options.pop("own", rows)
    options = {"similarity": similarity, "left_out": np.empty(0, np.int64), **options}
    found, certificate = certified_search(search_task(corpus, k, rows=rows, own=own, **options), device="cpu")
    if "queries" in options:
        options["queries"] = wide(options["queries"])
    assert_same_table(found, search_oracle(wide(corpus), k, rows=rows, own=own, **options))
    assert certificate.rows == len(rows)
    return certificate


def shuffled(rng, *parts):
    joined = torch.cat(parts)
    return joined[torch.from_numpy(rng.permutation(len(joined)))]


@metrics
@pytest.mark.parametrize("spread", [1e-3, 1e-5, 1e-6])
def test_a_crowd_is_settled_around_its_centre(spread, similarity):
    rng = np.random.default_rng(0)
    corpus = shuffled(rng, crowd(rng, 1500, 48, spread), unit(rng, 500, 48))
    certificate = check(corpus, 5, np.arange(0, 2000, 16), similarity)
    assert certificate.scored_in_full < 8
    assert certificate.candidates_per_row < 60


@metrics
def test_a_crowd_nearer_than_the_scores_round_is_scored_with_all_of_it(similarity):
    rng = np.random.default_rng(1)
    corpus = shuffled(rng, crowd(rng, 700, 24, 1e-9, torch.float64), unit(rng, 900, 24, torch.float64))
    certificate = check(corpus, 5, np.arange(0, 1600, 12), similarity)
    if similarity is Similarity.cosine:
        assert certificate.candidates_per_row > 250
    assert certificate.scored_in_full < 8


@every_screen
@metrics
def test_crowds_within_crowds(similarity):
    rng = np.random.default_rng(2)
    outer = crowd(rng, 6, 30, 3e-2, torch.float64)
    inner = [centre + 1e-5 * torch.from_numpy(rng.normal(size=(450, 30))) for centre in outer[:4]]
    corpus = shuffled(rng, *inner, crowd(rng, 300, 30, 1e-4, torch.float64), unit(rng, 100, 30, torch.float64))
    certificate = check(corpus.float(), 7, np.arange(0, len(corpus), 17), similarity)
    assert certificate.scored_in_full < 8


@metrics
@pytest.mark.parametrize("copies", [3, 400, 1500])
def test_duplicates_and_ties_within_a_crowd(copies, similarity):
    rng = np.random.default_rng(3)
    corpus = crowd(rng, 1600, 20, 1e-5)
    corpus[:copies] = corpus[0]
    check(shuffled(rng, corpus, unit(rng, 300, 20)), 10, np.arange(0, 1900, 11), similarity)


@metrics
def test_left_out_and_own_items_within_a_crowd(similarity):
    rng = np.random.default_rng(4)
    corpus = crowd(rng, 1200, 16, 1e-5)
    left_out = rng.choice(1200, 300, replace=False)
    rows = rng.integers(0, 1200, 60)
    own = rng.integers(-1, 1200, 60)
    corpus[left_out[:5]] = torch.nan
    rows[np.isin(rows, left_out[:5])] = np.setdiff1d(np.arange(1200), left_out)[0]
    check(corpus, 6, rows, similarity, own=own, left_out=left_out)


@metrics
def test_all_of_a_crowd_as_neighbours(similarity):
    rng = np.random.default_rng(5)
    check(crowd(rng, 700, 12, 1e-6), 699, np.arange(0, 700, 70), similarity)
    check(shuffled(rng, crowd(rng, 700, 12, 1e-6), unit(rng, 200, 12)), 699, np.arange(0, 900, 90), similarity)


@metrics
@pytest.mark.parametrize("size", [1e-30, 1e-3, 1e30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_crowds_of_any_norm_beside_an_outlier(dtype, size, similarity):
    rng = np.random.default_rng(6)
    corpus = shuffled(rng, crowd(rng, 900, 14, 1e-5, torch.float64), unit(rng, 200, 14, torch.float64)) * size
    check(corpus.to(dtype), 4, np.arange(0, 1100, 20), similarity)
    corpus[17] *= 1e5
    check(corpus.to(dtype), 4, np.arange(0, 1100, 20), similarity)


@metrics
def test_crowds_in_one_direction_with_any_norms(similarity):
    rng = np.random.default_rng(7)
    norms = torch.from_numpy(10.0 ** rng.uniform(-3, 3, (1500, 1)))
    for spread in (1e-4, 1e-6):
        corpus = crowd(rng, 1500, 18, spread, torch.float64) * norms
        check(corpus, 5, np.arange(0, 1500, 30), similarity)
        check(corpus.float(), 5, np.arange(0, 1500, 30), similarity)


def test_a_crowd_in_one_direction_is_settled_for_inner_products():
    rng = np.random.default_rng(8)
    corpus = crowd(rng, 3000, 18, 1e-5, torch.float64) * torch.from_numpy(rng.uniform(1, 1.0001, (3000, 1)))
    corpus[5] *= 1e4
    certificate = check(corpus, 5, np.arange(0, 3000, 50), Similarity.inner_product)
    assert certificate.scored_in_full == 0


@metrics
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_vectors_in_a_crowd(dtype, similarity):
    rng = np.random.default_rng(9)
    corpus = shuffled(rng, crowd(rng, 1300, 10, 1e-2, dtype), unit(rng, 100, 10, dtype))
    check(corpus, 5, np.arange(0, 1400, 20), similarity)


@metrics
def test_a_crowd_far_from_the_origin_and_queries_far_from_a_crowd(similarity):
    rng = np.random.default_rng(10)
    corpus = crowd(rng, 1000, 9, 1e-4, torch.float64) + 1e6
    check(corpus, 5, np.arange(0, 1000, 40), similarity)
    corpus = crowd(rng, 1000, 9, 1e-6, torch.float64)
    for size in (1e-20, 1.0, 1e6, 1e14, 1e120):
        queries = crowd(rng, 8, 9, 1e-3, torch.float64) * size
        check(corpus, 5, np.arange(8), similarity, queries=queries, own=np.full(8, -1))


@metrics
def test_zero_vectors_beside_a_crowd(similarity):
    rng = np.random.default_rng(11)
    corpus = crowd(rng, 900, 8, 1e-5)
    if similarity is not Similarity.cosine:
        corpus[100:500] = 0
    check(corpus, 5, np.arange(80, 160), similarity)


def test_a_full_sized_crowd():
    rng = np.random.default_rng(12)
    corpus = shuffled(rng, crowd(rng, 20000, 6, 1e-5), unit(rng, 2000, 6))
    expected = search_oracle(wide(corpus), 10, rows=np.arange(0, 22000, 3000), own=np.arange(0, 22000, 3000))
    found, certificate = certified_search(search_task(corpus, 10), device="cpu")
    assert_same_table(found.take(slice(None, None, 3000)), expected)
    assert certificate.scored_in_full < 200
    assert certificate.candidates_per_row < 600


@metrics
def test_crowded_queries_can_do_without_float32(similarity):
    rng = np.random.default_rng(13)
    corpus = shuffled(rng, crowd(rng, 900, 20, 1e-5), crowd(rng, 500, 20, 1e-4), unit(rng, 300, 20))
    rows = np.arange(0, 1700, 4)
    prepared, tally = prepare(search_task(corpus, 5, rows=rows, own=rows, similarity=similarity)), Tally()
    expected = search_oracle(wide(corpus), 5, rows=rows[::9], own=rows[::9], similarity=similarity)
    found = search_crowded_rows_cpu(prepared, np.arange(len(rows)), tally)
    assert_same_table(found.take(slice(None, None, 9)), expected)
    assert tally.rows == len(rows)
    # Only rows that lie alone were screened in float32.
    assert tally.bounds < 150
    assert tally.scored_in_full < 20


@metrics
def test_queries_that_reach_into_a_crowd_from_afar(similarity, monkeypatch):
    rng = np.random.default_rng(14)
    corpus, queries = shuffled(rng, crowd(rng, 380, 20, 1e-7), unit(rng, 1820, 20) / 2), unit(rng, 40, 20)
    queries += 2 * corpus[corpus.norm(dim=1) > 0.9][0]
    for room, scored_in_full in ((300, 40), (550, 0)):
        monkeypatch.setattr(embdrift.search.cpu.float32_search, "_ROOM", room)
        certificate = check(corpus, 3, np.arange(40), similarity, queries=queries, own=np.full(40, -1))
        assert certificate.scored_in_full == scored_in_full


def test_groups_are_near_and_apart():
    rng = np.random.default_rng(15)
    centres = 10 * rng.normal(size=(4, 5))
    points = np.concatenate([centres[at] + 1e-3 * rng.normal(size=(n, 5)) for at, n in enumerate((3, 9, 40, 20))])
    found = grouped(points, np.full(len(points), 0.1))
    assert [len(members) for members in found] == [40, 20, 9]
    assert sorted(np.concatenate(found)) == list(range(3, 72))
    assert [len(members) for members in grouped(points[12:53], np.full(41, 0.1))] == [40]
    assert grouped(points[:3], np.full(3, 0.1)) == []


DATA = ["tight", "loose", "norms", "offset", "outlier", "equal"]


def around_centre(kind, rng, n, d):
    """Vectors around one, float64."""
    spread = {"loose": 3e-2, "equal": 1e-15}.get(kind, 10.0 ** rng.uniform(-9, -2))
    values = wide(crowd(rng, n, d, spread, torch.float64))
    if kind == "norms":
        values *= 10.0 ** rng.uniform(-2, 2, (n, 1))
    if kind == "offset":
        values += 1e4
    if kind == "outlier":
        values[0] *= 1e6
    return values


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(DATA),
    st.sampled_from([1, 2, 17, 64, 300]),
    st.sampled_from([torch.float32, torch.float64]),
    st.sampled_from(METRICS),
)
def test_scores_around_a_centre_stay_within_their_bound(seed, kind, d, dtype, similarity):
    rng = np.random.default_rng(seed)
    corpus = torch.from_numpy(around_centre(kind, rng, 60, d)).to(dtype)
    errors, bounds = errors_and_bounds(corpus, np.arange(1, 40), similarity)
    assert (errors <= bounds).all()


def errors_and_bounds(corpus, chosen, similarity):
    """How far screened scores of some rows are from defined ones, in the units of the products, and their bounds."""
    prepared = prepare(search_task(corpus, len(corpus) - 2, similarity=similarity))
    norms = prepared.query_norms[chosen]
    points = row_points(prepared, wide_rows(corpus, chosen), norms)
    centre = Centre(prepared, points.mean(axis=0))
    rows = centre.rows(points, norms)
    around = Around(prepared, centre, rows, np.arange(len(corpus)))
    positions = around.positions[~around._is_long]
    screened = np.concatenate([part for _, part in around._products(positions)], axis=1)
    defined = defined_scores(wide(corpus)[chosen], wide(corpus)[positions], similarity).astype(np.longdouble)
    lengths = (rows.differences.astype(np.longdouble) ** 2).sum(axis=1, keepdims=True)
    if similarity is Similarity.l2:
        defined = (defined * prepared.screen.scale**2 + lengths) / 2
    elif similarity is Similarity.cosine:
        defined = defined - 1 + lengths / 2
    else:
        defined = defined * prepared.screen.scale / (norms * rows.factors)[:, None]
    errors = np.abs(screened - (defined - around._from) * around._powers[0] * around._powers[1])
    # Columns surely among the best count as less than they are.
    kept = around._screened.bias <= around._to
    return errors[:, kept], around._margins[:, None] / 2


@metrics
def test_the_bound_around_a_centre_is_short_for_short_differences(similarity):
    rng = np.random.default_rng(16)
    corpus = torch.cat([crowd(rng, 3000, 64, 1e-4, torch.float64), unit(rng, 30, 64, torch.float64)])
    prepared = prepare(search_task(corpus, 5, similarity=similarity))
    asked = Asked(corpus[:800].numpy(), prepared.query_norms[:800], np.arange(800))
    found = search_crowds(prepared, asked)
    assert found.grouped.all()
    assert max(len(mine) for mine in found.lists) < 12


@st.composite
def crowds(draw):
    """A corpus of a few crowds, some in one another, of which some vectors are equal and some have other norms."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    d = draw(st.sampled_from([1, 2, 5, 16, 37]))
    dtype = draw(st.sampled_from([torch.float64, torch.float32, torch.float16]))
    parts = [unit(rng, 30, d, torch.float64)]
    for _ in range(draw(st.integers(1, 3))):
        around = parts[-1][0] if draw(st.booleans()) else unit(rng, 1, d, torch.float64)[0]
        spread = 10.0 ** draw(st.integers(-16, -1))
        n = draw(st.sampled_from([20, 300, 600]))
        parts.append(around + spread * torch.from_numpy(rng.normal(size=(n, d))))
    corpus = shuffled(rng, *parts)
    corpus[rng.integers(0, len(corpus), 40)] = corpus[rng.integers(0, len(corpus), 40)]
    if draw(st.booleans()):
        corpus *= torch.from_numpy(rng.choice([0.5, 1.0, 1.5, 100.0], (len(corpus), 1)))
    if draw(st.booleans()) and dtype is not torch.float16:
        corpus *= 10.0 ** draw(st.integers(-30, 30))
    return corpus.to(dtype), rng


@every_screen
@settings(max_examples=60, deadline=None)
@given(crowds(), st.sampled_from(METRICS), st.sampled_from([1, 4, 30]))
def test_any_crowds_equal_the_definition(given_corpus, similarity, k):
    corpus, rng = given_corpus
    check(corpus, k, np.sort(rng.choice(len(corpus), 24, replace=False)), similarity)
