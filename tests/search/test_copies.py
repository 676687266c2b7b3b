import numpy as np
import pytest
import torch
from search_cases import METRICS

from embdrift.search import certified_search, concatenate, exact_blocks, exact_search, search_task
from embdrift.search.cpu.duplicates import find_copies
from embdrift.search.cpu.prepared import prepare
from embdrift.types import TIE_LIMIT
from oracles import assert_same_table

metrics = pytest.mark.parametrize("similarity", METRICS)


def copied(n, d, groups, share, *, seed=0):
    """Random vectors of which a share are copies of a few."""
    rng = np.random.default_rng(seed)
    vectors = torch.from_numpy(rng.normal(size=(n, d))).float()
    copies = np.flatnonzero(rng.random(n) < share)
    vectors[copies] = vectors[rng.integers(0, groups, len(copies))]
    return vectors


OPTIONS = {
    "itself": {},
    "some left out": {"left_out": np.arange(40, 90)},
    "some rows": {"rows": np.array([5, 1, 1, 250])},
    "queries": {"queries": copied(30, 8, 5, 0.3, seed=1)},
    "queries that leave out some": {"queries": copied(30, 8, 5, 0.3, seed=1), "own": np.r_[-1, np.arange(29)]},
}


@metrics
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("groups", "share"), [(3, 0.5), (1, 1.0), (100, 0.6)])
def test_copies_change_nothing(groups, share, options, similarity):
    corpus, chosen = copied(300, 8, groups, share), OPTIONS[options]
    for k in (1, 9, 40):
        expected = exact_search(corpus, k, similarity=similarity, screen="float32", **chosen)
        task = search_task(corpus, k, similarity=similarity, **chosen)
        found, certificate = certified_search(task, screen="bfloat16")
        assert_same_table(found, expected)
        assert certificate.proven_at_once + certificate.redone + certificate.scored_in_full == certificate.rows


def test_more_copies_than_any_table_lists_are_counted():
    corpus = copied(TIE_LIMIT + 900, 6, 1, 0.9)
    expected = exact_search(corpus, 5, screen="float32")
    found = exact_search(corpus, 5, screen="bfloat16")
    assert_same_table(found, expected)
    assert found.tied_beyond.max() > TIE_LIMIT


@pytest.mark.parametrize("start", [0, 1, 137, 299])
def test_a_table_with_copies_goes_on_at_any_row(start):
    task = search_task(copied(300, 8, 3, 0.5), 9)
    whole = concatenate(list(exact_blocks(task, screen="float32")))
    parts = list(exact_blocks(task, screen="bfloat16", start=start, block_queries=17))
    assert_same_table(concatenate(parts), whole.take(slice(start, None)))


def test_seeds_of_copies_change_nothing():
    corpus = copied(300, 8, 3, 0.5)
    seeds = np.random.default_rng(2).integers(-1, 300, (300, 30))
    expected = exact_search(corpus, 9, screen="float32")
    assert_same_table(exact_search(corpus, 9, screen="bfloat16", seeds=seeds), expected)


def test_few_copies_are_searched_like_all_others():
    corpus = copied(300, 8, 20, 0.05)
    assert find_copies(prepare(search_task(corpus, 9))) is None


def test_equal_norms_alone_are_no_copies():
    corpus = torch.eye(40).repeat_interleave(2, dim=0)[:41]
    copies = find_copies(prepare(search_task(corpus, 3)))
    assert copies is not None
    assert copies.lead.tolist() == [at - at % 2 for at in range(41)]


@metrics
def test_rows_that_the_screen_cannot_tell_apart_go_to_a_finer_one(similarity):
    rng = np.random.default_rng(3)
    corpus = torch.from_numpy(rng.normal(size=30) + 1e-3 * rng.normal(size=(1200, 30))).float()
    found, certificate = certified_search(search_task(corpus, 3, similarity=similarity), screen="bfloat16")
    assert_same_table(found, exact_search(corpus, 3, similarity=similarity, screen="float32"))
    assert certificate.rows == 1200
