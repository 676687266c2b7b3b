"""The whole search through the entry that CUDA uses: in Triton's interpreter where it is there, else in plain torch."""

import numpy as np
import pytest
import torch
from cuda_cases import CPU as DEVICE
from cuda_cases import METRICS, check, searched, small_parts, unit, wide
from hypothesis import given, settings
from hypothesis import strategies as st

import embdrift.search.cuda.thresholds
from embdrift.errors import InputError
from embdrift.search.cuda import dense, thresholds
from embdrift.types import DTYPES, TIE_LIMIT, Similarity
from oracles import search_oracle

metrics = pytest.mark.parametrize("similarity", METRICS)


def unreachable(sides, valid, index):
    """Targets that no product reaches."""
    count = len(sides.rows) if index is None else len(index)
    return torch.full((count,), 2.0**30), torch.zeros(count)


def uneven(n=260, d=24):
    """Unit vectors with copies, three short ones and one far longer than all others."""
    vectors = unit(1, n, d)
    vectors[n - 60 :] = vectors[:60]
    vectors[9:12] *= 1e-3
    vectors[3] *= 1000
    return vectors


@metrics
def test_search_equals_the_definition_in_every_byte(similarity):
    certificate = check(DEVICE, unit(0, 300, 40), 7, similarity=similarity)
    assert certificate.proven_at_once == 300
    assert certificate.candidates_per_row < 20


@metrics
@pytest.mark.parametrize("plan", [{}, {"resident": False, "block": 256}])
def test_many_small_parts_give_the_same_bytes(plan, similarity):
    check(DEVICE, uneven(), 9, similarity=similarity, plan=small_parts(260, **plan))


@metrics
def test_queries_of_their_own_with_items_to_leave_out(similarity):
    vectors = uneven()
    own = np.r_[np.arange(150, 180), np.full(80, -1)]
    plan = small_parts(180, resident=False, block=256)
    options = {"queries": vectors[150:], "own": own, "left_out": np.arange(0, 180, 7), "similarity": similarity}
    check(DEVICE, vectors[:180], 9, start=11, plan=plan, **options)


@metrics
def test_a_corpus_that_hides_some_of_its_items_lets_them_search(similarity):
    check(DEVICE, uneven(), 9, similarity=similarity, left_out=np.arange(0, 260, 7), plan=small_parts(260))


def test_one_long_vector_does_not_crowd_the_others():
    for similarity in (Similarity.inner_product, Similarity.l2):
        assert check(DEVICE, uneven(), 9, similarity=similarity).candidates_per_row < 25


@metrics
def test_a_search_that_goes_on_in_the_middle_gives_the_rest(similarity):
    check(DEVICE, uneven(), 9, similarity=similarity, start=233, plan=small_parts(260))


def test_a_search_that_goes_on_at_its_end_gives_an_empty_table():
    assert check(DEVICE, unit(0, 20, 5), 3, start=20).rows == 0


@metrics
def test_equal_vectors_come_in_corpus_order_and_all_tie(similarity):
    certificate = check(DEVICE, torch.ones(1100, 3), 4, similarity=similarity)
    assert certificate.candidates_per_row == 1


def test_more_ties_than_are_listed_are_counted():
    # Different vectors of one score with the query: nothing can be collapsed.
    corpus = torch.zeros(TIE_LIMIT + 300, 2)
    corpus[:, 0], corpus[:, 1] = 1, torch.arange(len(corpus))
    query = torch.tensor([[1.0, 0.0]])
    plan = small_parts(len(corpus), pairs=100)
    check(DEVICE, corpus, 5, queries=query, similarity=Similarity.inner_product, plan=plan)


@metrics
def test_neighbours_closer_together_than_float16_can_tell(similarity):
    near = unit(2, 1, 24) * (1 + 1e-6 * torch.from_numpy(np.random.default_rng(2).normal(size=(120, 24))))
    check(DEVICE, torch.cat([unit(3, 60, 24), near.float()]), 5, similarity=similarity)


@metrics
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_tiny_and_huge_norms(size, similarity):
    check(DEVICE, unit(4, 60, 24) * size, 5, similarity=similarity)


@metrics
def test_tiny_beside_huge_norms(similarity):
    vectors = unit(5, 60, 24)
    vectors[:30] *= 1e-30
    vectors[40] *= 1e30
    check(DEVICE, vectors, 5, similarity=similarity)
    check(DEVICE, vectors[:30], 5, queries=vectors[30:], similarity=similarity)


@pytest.mark.parametrize("similarity", [Similarity.inner_product, Similarity.l2])
def test_vectors_of_zeros(similarity):
    vectors = unit(6, 30, 8)
    vectors[4:9] = 0
    check(DEVICE, vectors, 7, similarity=similarity)
    check(DEVICE, vectors[4:9], 2, similarity=similarity)


@metrics
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_equals_the_definition(dtype, similarity):
    vectors = (10 * unit(7, 50, 19)).round().abs().to(dtype)
    vectors[:, 0] += 1
    check(DEVICE, vectors, 7, similarity=similarity)


@metrics
@pytest.mark.parametrize("n", [2, 3, 33, 64, 129])
def test_one_and_all_neighbours_of_small_corpora(n, similarity):
    check(DEVICE, unit(n, n, 6), 1, similarity=similarity)
    check(DEVICE, unit(n, n, 6), n - 1, similarity=similarity)


@pytest.mark.parametrize("d", [1, 2, 16, 17, 63, 65, 200])
def test_every_kind_of_dimension(d):
    for similarity in METRICS:
        check(DEVICE, unit(d, 40, d), 5, similarity=similarity)


@metrics
def test_targets_from_a_sample_change_no_byte(monkeypatch, similarity):
    monkeypatch.setattr(embdrift.search.cuda.thresholds, "SMALLEST_SAMPLE", 128)
    monkeypatch.setattr(embdrift.search.cuda.thresholds, "_SHARE", 4)
    certificate = check(DEVICE, uneven(), 5, similarity=similarity)
    assert 5 < certificate.candidates_per_row < 60


def test_a_row_whose_target_was_too_high_is_redone_and_recorded(monkeypatch):
    chosen = thresholds.sampled

    def too_high(*given):
        found, passing = chosen(*given)
        return found + 0.01 * 2.0**18, passing

    monkeypatch.setattr(thresholds, "sampled", too_high)
    certificate = check(DEVICE, unit(0, 200, 24), 5)
    assert certificate.redone > 20


def test_rows_that_found_too_little_are_scored_in_full(monkeypatch):
    monkeypatch.setattr(thresholds, "sampled", unreachable)
    certificate = check(DEVICE, unit(0, 70, 24), 5)
    assert certificate.scored_in_full == 70


@metrics
def test_seeds_change_no_byte_and_prove_every_row_at_once(similarity):
    old = unit(8, 200, 24)
    new = old + 0.3 * unit(9, 200, 24)
    seeds = search_oracle(wide(old), 15, similarity=similarity).positions.astype(np.int64)
    seeds[3] = -1
    seeds[4] = 4
    certificate = check(DEVICE, new, 5, seeds=seeds, similarity=similarity)
    assert certificate.proven_at_once == 200
    check(DEVICE, new, 5, seeds=seeds[:77], queries=new[:77], start=5, similarity=similarity)
    parts = small_parts(200, resident=False, block=256)
    assert check(DEVICE, new, 5, seeds=seeds, similarity=similarity, plan=parts).proven_at_once == 200


def templated(near=220, apart=1e-2, others=60, d=24):
    """Vectors of which most lie so close together that float16 does not tell which are nearest."""
    crowd = unit(12, 1, d).double() + apart * unit(13, near, d)
    return torch.cat([unit(11, others, d), (crowd / crowd.norm(dim=1, keepdim=True)).float()])


@pytest.fixture
def small_crowds(monkeypatch):
    """Some two hundred candidates are a crowd, and few columns say what is near."""
    monkeypatch.setattr(embdrift.search.cuda.thresholds, "FEWEST_CROWDED", 10)
    monkeypatch.setattr(dense, "_SAMPLED", 20)


@metrics
def test_a_crowd_is_screened_finely_and_few_of_it_are_scored(similarity, small_crowds):
    certificate = check(DEVICE, templated(), 5, similarity=similarity)
    assert certificate.redone == 220
    assert certificate.scored_in_full == 0
    assert certificate.candidates_per_row < 100


@metrics
def test_crowds_of_queries_of_several_templates(similarity, small_crowds):
    two = torch.cat([templated(), 2 * templated(200)[60:].roll(3, 1)])
    options = {"queries": two[200:350], "own": np.r_[np.arange(200, 280), np.full(70, -1)], "similarity": similarity}
    certificate = check(DEVICE, two, 5, plan=small_parts(480, resident=False, block=256), **options)
    assert certificate.redone > 60


@pytest.mark.parametrize("apart", [1e-4, 1e-6, 3e-8])
def test_a_crowd_that_no_screen_tells_apart_is_scored_exactly(apart, small_crowds):
    for similarity in METRICS if apart == 1e-6 else [Similarity.cosine]:
        check(DEVICE, templated(apart=apart), 5, similarity=similarity)


def test_a_crowd_around_no_centre_is_scored_exactly(small_crowds, monkeypatch):
    monkeypatch.setattr(dense, "_MOST_GROUPS", 0)
    assert check(DEVICE, templated(), 5).candidates_per_row > 150


def test_a_crowd_with_too_few_columns_around_it_is_scored_exactly(small_crowds, monkeypatch):
    monkeypatch.setattr(dense, "_RADIUS", 1e-9)
    assert check(DEVICE, templated(), 5).candidates_per_row > 150


@metrics
def test_seeds_out_of_a_crowd_do_not_hide_it(similarity, small_crowds):
    vectors = templated()
    seeds = search_oracle(wide(vectors), 15, similarity=similarity).positions.astype(np.int64)
    certificate = check(DEVICE, vectors, 5, seeds=seeds, similarity=similarity)
    assert certificate.redone == 220


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_search_equals_the_definition(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    n, d = data.draw(st.integers(2, 60)), data.draw(st.integers(1, 40))
    values = rng.integers(-1, 2, (n, d)).astype(np.float64)
    values[:, 0] += (values == 0).all(axis=1)
    values[rng.random(n) < 0.3] *= rng.choice([0.5, 3.0])
    values *= 1 + 2.0**-23 * rng.integers(0, 3, (n, 1))
    corpus = torch.from_numpy(values).float()
    options = {"similarity": data.draw(st.sampled_from(METRICS))}
    if data.draw(st.booleans()):
        options["queries"] = corpus[torch.from_numpy(rng.integers(0, n, 20))] * 2
    m = len(options.get("queries", corpus))
    if data.draw(st.booleans()):
        options["own"] = rng.integers(-1, n, m)
    if data.draw(st.booleans()):
        options["left_out"] = rng.choice(n, int(rng.integers(0, n - 1)), replace=False)
    k = data.draw(st.integers(1, n - 1 - len(options.get("left_out", ()))))
    check(DEVICE, corpus, k, **options)


@metrics
def test_permuting_the_corpus_permutes_the_neighbours(similarity):
    vectors, order = unit(10, 150, 24), np.random.default_rng(10).permutation(150)
    table, _ = searched(DEVICE, vectors, 6, similarity=similarity)
    moved, _ = searched(DEVICE, vectors[torch.from_numpy(order)], 6, similarity=similarity)
    np.testing.assert_array_equal(order[moved.positions], table.positions[order])
    assert moved.scores.tobytes() == table.scores[order].tobytes()


def test_a_device_without_memory_goes_on_with_smaller_parts_and_counts_no_row_twice(monkeypatch):
    import embdrift.search.cuda.search as proof

    finish, calls = proof.Search._finish, []

    def short_of_memory(self, *given):
        calls.append(self._sides.plan)
        if len(calls) in (2, 3):
            raise torch.OutOfMemoryError("no room")
        return finish(self, *given)

    monkeypatch.setattr(proof.Search, "_finish", short_of_memory)
    vectors = unit(1, 400, 8)
    certificate = check(DEVICE, vectors, 5, plan=small_parts(400, pairs=2**22))
    assert certificate.rows == 400
    assert [plan.pairs for plan in calls] == [2**22, 2**22, 2**20, 2**18]
    assert [plan.resident for plan in calls] == [True, True, False, False]


def test_a_device_that_cannot_hold_the_least_says_so(monkeypatch):
    import embdrift.search.cuda.search as proof
    from embdrift.errors import EmbdriftError

    def no_memory(self, *given):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(proof.Search, "_prepare", no_memory)
    with pytest.raises(EmbdriftError, match="cpu has too little free memory"):
        searched(DEVICE, unit(0, 30, 8), 3)


def test_unsound_vectors_are_refused_by_name():
    vectors = unit(0, 20, 5)
    vectors[7, 2] = torch.nan
    with pytest.raises(InputError, match="corpus row 7 holds NaN"):
        searched(DEVICE, vectors, 3)
    others = np.r_[0:7, 8:20]
    table, _ = searched(DEVICE, vectors, 3, left_out=[7], rows=others, own=others)
    alone, _ = searched(DEVICE, vectors[others], 3)
    np.testing.assert_array_equal(table.positions, others[alone.positions])
    vectors[7] = 0
    with pytest.raises(InputError, match="corpus row 7 is zero"):
        searched(DEVICE, vectors, 3)


def test_a_device_that_finds_too_little_is_not_believed(monkeypatch):
    import embdrift.search.cuda.search as proof
    from embdrift.errors import EmbdriftError

    def empty(sides, index, goal):
        gathered = proof.Gathered(sides, len(index), len(index))
        return gathered.take(0), gathered.counts

    monkeypatch.setattr(thresholds, "sampled", unreachable)
    monkeypatch.setattr(proof, "search_rows", empty)
    with pytest.raises(EmbdriftError, match="found fewer neighbours"):
        searched(DEVICE, unit(0, 30, 8), 3)
