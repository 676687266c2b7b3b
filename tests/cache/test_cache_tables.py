import dataclasses
import os
import re
import shutil

import numpy as np
import pytest
import torch
from cache_contents import files, finished, get
from filelock import FileLock

import embdrift.cache.tables
from embdrift.cache import DEFAULT_LIMIT_BYTES, TableCache
from embdrift.cache.tables import table_key
from embdrift.errors import InputError, StorageError
from embdrift.search import exact_search, search_task
from embdrift.types import Similarity
from oracles import assert_same_table

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
            patch.setattr(embdrift.cache.tables, name, value)
            assert key() != before


def test_the_key_is_that_of_the_values_and_not_of_their_strides():
    task = search_task(CORPUS, 2)
    strided = dataclasses.replace(task, rows=np.arange(18)[::2] // 2, own=np.arange(18)[::2] // 2)
    assert table_key(strided, "c", "q") == table_key(task, "c", "q")


def test_a_table_is_computed_once_and_then_served(cache, task, expected, searches):
    for _ in range(3):
        assert_same_table(get(cache, task), expected)
    assert searches.starts == [0]


def test_another_cache_in_the_same_folder_serves_it_too(cache, task, expected, searches):
    get(cache, task)
    assert_same_table(get(TableCache(cache.folder), task), expected)
    assert searches.starts == [0]


def test_ties_beyond_the_depth_survive(cache, task, expected, searches):
    table = get(cache, task)
    assert_same_table(table.take(np.array([70, 3, 3])), expected.take(np.array([70, 3, 3])))
    assert_same_table(table.shallower(1), expected.shallower(1))


def test_a_deeper_table_serves_a_smaller_k(cache, searches):
    corpus = torch.from_numpy(np.random.default_rng(0).integers(1, 4, (50, 2)).astype(np.float32))
    deep = get(cache, search_task(corpus, 9))
    again = get(cache, search_task(corpus, 4))
    assert_same_table(again, deep)
    assert_same_table(again.shallower(4), exact_search(corpus, 4))
    assert searches.starts == [0]
    assert get(cache, search_task(corpus, 12)).depth == 12
    assert get(cache, search_task(corpus, 3)).depth == 9
    assert searches.starts == [0, 0]


def test_large_columns_are_mapped_and_not_read(cache):
    corpus = torch.from_numpy(np.random.default_rng(1).normal(size=(900, 4)))
    table = get(cache, search_task(corpus, 20))
    assert not table.scores.flags.owndata
    assert not table.scores.flags.writeable
    assert_same_table(table, exact_search(corpus, 20))


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_no_and_of_one_row(cache, plain_corpus, rows, searches):
    for _ in range(2):
        table = get(cache, search_task(plain_corpus, 4, rows=np.arange(rows)))
        assert_same_table(table, exact_search(plain_corpus, 4, rows=np.arange(rows)))
    assert searches.starts == [0]


def test_has_knows_what_needs_no_computing(cache, task, searches):
    named = {"corpus_fingerprint": "c", "query_fingerprint": "c"}
    assert not cache.has(task, **named)
    get(cache, task)
    assert cache.has(task, **named)
    assert cache.has(search_task(task.corpus, 1), **named)
    assert not cache.has(search_task(task.corpus, 4), **named)
    assert not cache.has(task, corpus_fingerprint="d", query_fingerprint="c")


def test_unsound_vectors_leave_nothing_that_counts(cache, searches):
    with pytest.raises(InputError, match="corpus row 0 is zero"):
        get(cache, search_task(torch.zeros(9, 2), 1))
    assert cache.kept() == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"depth": 3}', '{"depth": "x", "n_corpus": 1, "rows": 1}', "\0"]
)
def test_a_corrupt_table_json_means_that_the_table_is_computed_again(cache, task, expected, searches, text):
    get(cache, task)
    whole = files(cache.folder)
    (finished(cache) / "table.json").write_text(text)
    assert cache.kept()[0].rows == 0
    assert not cache.has(task, corpus_fingerprint="c", query_fingerprint="c")
    assert_same_table(get(cache, task), expected)
    assert files(cache.folder) == whole


@pytest.mark.parametrize("name", ["positions", "scores", "tied", "tie_starts", "tie_positions"])
@pytest.mark.parametrize("damage", ["missing", "empty", "short", "garbage"])
def test_a_damaged_column_means_that_the_table_is_computed_again(cache, task, expected, searches, name, damage):
    get(cache, task)
    path = finished(cache) / f"{name}.npy"
    data = path.read_bytes()
    path.write_bytes({"missing": b"", "empty": b"", "short": data[:-1], "garbage": b"garbage" + data}[damage])
    if damage == "missing":
        path.unlink()
    assert_same_table(get(cache, task), expected)
    assert searches.starts == [0, 0]


def test_a_large_column_cut_short_is_computed_again(cache):
    corpus = torch.from_numpy(np.random.default_rng(2).normal(size=(900, 4)))
    get(cache, search_task(corpus, 20))
    path = finished(cache) / "scores.npy"
    path.write_bytes(path.read_bytes()[:-8])
    assert_same_table(get(cache, search_task(corpus, 20)), exact_search(corpus, 20))


def test_a_damaged_deeper_table_is_passed_over(cache, task, expected, searches):
    get(cache, search_task(task.corpus, 5))
    (finished(cache) / "scores.npy").unlink()
    assert_same_table(get(cache, task), expected)


def test_what_the_folder_may_hold_besides(cache, task, expected, searches):
    get(cache, task)
    key = finished(cache).parent
    (key / "depth-").mkdir()
    (key / "depth-many").mkdir()
    (key / "notes.txt").write_text("mine")
    assert_same_table(get(cache, task), expected)
    assert len(cache.kept()) == 1
    cache.prune(0)
    assert (key / "notes.txt").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, task):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"could not write .*file/neighbors.*: Not a directory; make room or choose"):
        get(TableCache(tmp_path / "file" / "neighbors"), task)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, task):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(StorageError, match=r"could not write .*: Permission denied"):
        get(TableCache(tmp_path / "locked"), task)


def three_tables(cache, corpus):
    """Three tables of equal size, last used in the order in which they were made."""
    folders = []
    for age, content in enumerate(["old", "middle", "new"]):
        get(cache, search_task(corpus, 4), content)
        folders.append(cache.kept()[0].folder if not folders else (set_of(cache) - set(folders)).pop())
        for path in (folders[-1], *folders[-1].iterdir()):
            os.utime(path, (1000 + age, 1000 + age))
    return folders


def set_of(cache):
    return {table.folder for table in cache.kept()}


def test_kept_lists_the_most_recently_used_first(cache, plain_corpus):
    folders = three_tables(cache, plain_corpus)
    tables = cache.kept()
    assert [table.folder for table in tables] == folders[::-1]
    assert {(table.rows, table.depth) for table in tables} == {(40, 4)}
    assert tables[0].size_bytes == sum(len(data) for data in files(folders[2]).values())
    get(cache, search_task(plain_corpus, 2), "old")
    assert cache.kept()[0].folder == folders[0]


def test_prune_removes_the_least_recently_used_until_the_rest_fits(cache, plain_corpus):
    folders = three_tables(cache, plain_corpus)
    size = cache.kept()[0].size_bytes
    assert cache.prune(3 * size) == []
    assert [table.folder for table in cache.prune(3 * size - 1)] == folders[:1]
    assert set_of(cache) == set(folders[1:])
    assert [table.folder for table in cache.prune(0, keep=folders[1])] == folders[2:]
    assert [table.folder for table in cache.prune(0)] == folders[1:2]
    assert not files(cache.folder)


def test_prune_does_not_spare_an_older_table_because_it_is_small(cache, plain_corpus):
    get(cache, search_task(plain_corpus, 1), "small")
    (small,) = cache.kept()
    for path in (small.folder, *small.folder.iterdir()):
        os.utime(path, (1000, 1000))
    get(cache, search_task(plain_corpus, 30), "large")
    assert [table.folder for table in cache.prune(cache.kept()[0].size_bytes)] == [small.folder]


def test_a_locked_table_is_not_pruned(cache, plain_corpus):
    folders = three_tables(cache, plain_corpus)
    with FileLock(f"{folders[0].parent}.lock"):
        assert {table.folder for table in cache.prune(0)} == set(folders[1:])
    assert set_of(cache) == {folders[0]}


def test_prune_removes_what_killed_runs_left(cache, task, searches):
    searches.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        get(cache, task)
    assert cache.kept() == []
    assert files(cache.folder)
    (removed,) = cache.prune(0)
    assert (removed.rows, removed.depth) == (0, 3)
    assert not files(cache.folder)


def test_a_table_that_another_run_prunes_meanwhile_is_no_error(cache, plain_corpus, monkeypatch):
    folders = three_tables(cache, plain_corpus)
    remove = shutil.rmtree

    def already_removed(folder):
        remove(folder)
        remove(folder)

    monkeypatch.setattr(shutil, "rmtree", already_removed)
    assert {table.folder for table in cache.prune(0)} >= set(folders)


def test_a_table_that_cannot_be_removed_is_one_sentence(cache, plain_corpus, monkeypatch):
    get(cache, search_task(plain_corpus, 4))

    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(StorageError, match=r"could not remove .*depth-4: Permission denied; remove it by hand"):
        cache.prune(0)


def test_new_tables_push_out_old_ones(tmp_path, plain_corpus):
    cache = TableCache(tmp_path, limit_bytes=1)
    first = get(cache, search_task(plain_corpus, 4), "first")
    get(cache, search_task(plain_corpus, 4), "second")
    assert len(cache.kept()) == 1
    assert_same_table(first, exact_search(plain_corpus, 4))


def test_a_limit_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "mine"))
    monkeypatch.delenv("EMBDRIFT_CACHE_LIMIT_GB", raising=False)
    assert TableCache().limit_bytes == DEFAULT_LIMIT_BYTES
    assert TableCache().folder == tmp_path / "mine" / "neighbors"
    monkeypatch.setenv("EMBDRIFT_CACHE_LIMIT_GB", "0.5")
    assert TableCache().limit_bytes == 500_000_000
    assert TableCache(limit_bytes=7).limit_bytes == 7


@pytest.mark.parametrize("given", ["", "much", "nan", "inf", "-1", "5GB"])
def test_a_limit_that_is_no_number_is_named(monkeypatch, given):
    monkeypatch.setenv("EMBDRIFT_CACHE_LIMIT_GB", given)
    message = f"EMBDRIFT_CACHE_LIMIT_GB must be a number of gigabytes such as 50, got {given!r}"
    with pytest.raises(InputError, match=re.escape(message)):
        TableCache()


def test_table_names_the_corpus_that_it_is_of(tmp_path):
    corpus = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    table = TableCache(tmp_path).neighbors(search_task(corpus, 3), corpus_fingerprint="abc", query_fingerprint="abc")
    assert table.fingerprint == "abc"
    assert table.take(np.array([1, 0])).shallower(2).fingerprint == "abc"
