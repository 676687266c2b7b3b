import re

import numpy as np
import pytest
import torch

from embdrift.errors import InputError
from embdrift.search import search_task
from embdrift.search.task import wide_rows
from embdrift.types import DTYPES


@pytest.mark.parametrize("k", [0, -1, 5, 100])
def test_k_must_leave_something_to_find(k):
    with pytest.raises(InputError, match=f"k must be between 1 and 4, the items that a query can find, got {k}"):
        search_task(torch.ones(5, 2), k)


def test_queries_can_find_the_whole_corpus():
    queries = torch.ones(2, 2)
    assert search_task(torch.ones(5, 2), 5, queries=queries).n_corpus == 5
    with pytest.raises(InputError, match="between 1 and 5"):
        search_task(torch.ones(5, 2), 6, queries=queries)


def test_left_out_items_cannot_be_found_and_count_once():
    assert search_task(torch.ones(9, 2), 1, left_out=np.array([3, 3, 1])).n_corpus == 6
    assert search_task(torch.ones(9, 2), 7, left_out=np.array([3, 1]), rows=np.array([1, 3])).n_corpus == 7


def test_a_corpus_of_one_has_no_neighbours():
    with pytest.raises(InputError, match="k must be between 1 and 0"):
        search_task(torch.ones(1, 2), 1)


@pytest.mark.parametrize(("corpus", "queries"), [((4, 2), (4, 3)), ((4,), (4, 2)), ((4, 2), (2,)), ((4, 2, 1), (4, 2))])
def test_shapes_that_do_not_fit_are_named(corpus, queries):
    message = f"queries and corpus must have one dimension, got shapes {queries} and {corpus}"
    with pytest.raises(InputError, match=re.escape(message)):
        search_task(torch.ones(corpus), 1, queries=torch.ones(queries))


@pytest.mark.parametrize("name", ["rows", "left_out", "own"])
@pytest.mark.parametrize("positions", [[0, 1, 5], [-2, 0, 1]])
def test_positions_outside_are_named(name, positions):
    lowest = -1 if name == "own" else 0
    message = f"{name} must lie between {lowest} and 4, got {min(positions)} to {max(positions)}"
    queries = torch.ones(3 if name == "own" else 5, 2)
    with pytest.raises(InputError, match=message):
        search_task(torch.ones(5, 2), 1, queries=queries, **{name: np.array(positions)})


@pytest.mark.parametrize("name", ["rows", "left_out", "own"])
@pytest.mark.parametrize("positions", [[True, False, True], [0.5, 1.0, 2.0], [[0, 1, 2]]])
def test_positions_must_be_a_list_of_whole_numbers(name, positions):
    with pytest.raises(InputError, match=f"{name} must be a list of whole numbers"):
        search_task(torch.ones(3, 2), 1, **{name: np.array(positions)})


def test_own_needs_one_position_for_each_query():
    with pytest.raises(InputError, match="own must name one corpus position for each of 3 queries, got 2"):
        search_task(torch.ones(3, 2), 1, own=np.array([0, 1]))


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.bool])
def test_types_that_float32_would_bend_are_refused(dtype):
    with pytest.raises(InputError, match=f"corpus of type {dtype} are not supported"):
        search_task(torch.ones(3, 2, dtype=dtype), 1)
    with pytest.raises(InputError, match=f"queries of type {dtype} are not supported"):
        search_task(torch.ones(3, 2), 1, queries=torch.ones(3, 2, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_widened_rows_are_contiguous_and_keep_their_values(dtype):
    vectors = torch.arange(12).reshape(4, 3).to(dtype)[:, 1:]
    for rows in (slice(1, 3), np.array([3, 0])):
        wide = wide_rows(vectors, rows)
        assert wide.flags.c_contiguous
        assert wide.dtype == (np.float64 if dtype is torch.float64 else np.float32)
        assert wide.tolist() == vectors.to(torch.float64).numpy()[rows].tolist()
