import dataclasses

import numpy as np
import torch

import embdrift.cache.keys
from embdrift.cache.keys import table_key
from embdrift.search import search_task
from embdrift.types import Similarity

CORPUS = torch.ones(9, 3)


def key(corpus_fingerprint="corpus", query_fingerprint="queries", k=2, **options):
    return table_key(search_task(CORPUS, k, **options), corpus_fingerprint, query_fingerprint)


def test_everything_that_changes_a_table_changes_its_key():
    queries = torch.ones(9, 3)
    keys = [
        key(),
        key(similarity=Similarity.l2),
        key(similarity=Similarity.inner_product),
        key(corpus_fingerprint="other type or bytes"),
        key(query_fingerprint="other"),
        key(corpus_fingerprint="queries", query_fingerprint="corpus"),
        key(queries=queries),
        key(own=np.array([-1, *range(1, 9)])),
        key(left_out=np.array([4])),
        key(left_out=np.array([5])),
        key(rows=np.arange(8)),
        key(rows=np.arange(9)[::-1]),
        key(rows=np.arange(9)[::-1], own=np.arange(9)),
    ]
    assert len(set(keys)) == len(keys)


def test_depth_spelling_and_width_of_positions_do_not_change_the_key():
    assert key(k=2) == key(k=5)
    assert key() == key(rows=np.arange(9, dtype=np.int32), own=np.arange(9))
    assert key(left_out=np.array([4, 2, 4])) == key(left_out=np.array([2, 4], np.uint8))


def test_another_definition_of_scores_or_ties_changes_the_key(monkeypatch):
    before = key()
    for name, value in (("SCORE_DEFINITION", "2: other"), ("TIE_LIMIT", 7)):
        with monkeypatch.context() as patch:
            patch.setattr(embdrift.cache.keys, name, value)
            assert key() != before


def test_the_key_is_that_of_the_values_and_not_of_their_strides():
    task = search_task(CORPUS, 2)
    strided = dataclasses.replace(task, rows=np.arange(18)[::2] // 2, own=np.arange(18)[::2] // 2)
    assert table_key(strided, "c", "q") == table_key(task, "c", "q")
