import errno
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import cache_run
import pytest
from cache_contents import files, finished, get

import embdrift.cache.growing
from embdrift.cache import TableCache
from embdrift.errors import StorageError
from oracles import assert_same_table


@pytest.fixture
def whole(tmp_path, task, searches):
    """The files of an uninterrupted run."""
    cache = TableCache(tmp_path / "uninterrupted")
    get(cache, task)
    searches.starts.clear()
    searches.blocks = 0
    return files(cache.folder)


def partial_folder(cache):
    (folder,) = cache.folder.glob("*/*.partial")
    return folder


def interrupt(cache, task, searches, blocks):
    searches.fail_after = searches.blocks + blocks
    with pytest.raises(KeyboardInterrupt):
        get(cache, task)
    searches.fail_after = None


@pytest.mark.parametrize("blocks", range(7))
def test_an_interrupted_table_goes_on_where_it_stopped(cache, task, expected, searches, whole, blocks):
    interrupt(cache, task, searches, blocks)
    assert cache.kept() == []
    assert_same_table(get(cache, task), expected)
    assert searches.starts == [0, 16 * blocks]
    assert searches.blocks == 7
    assert files(cache.folder) == whole


def test_a_table_may_be_interrupted_again_and_again(cache, task, searches, whole):
    for _ in range(6):
        interrupt(cache, task, searches, 1)
    get(cache, task)
    assert searches.starts == [0, 16, 32, 48, 64, 80, 96]
    assert files(cache.folder) == whole


def test_blocks_of_another_size_after_an_interruption(cache, task, searches, whole):
    interrupt(cache, task, searches, 2)
    searches.block = 23
    get(cache, task)
    assert searches.starts == [0, 32]
    assert files(cache.folder) == whole


class Stopped(BaseException):
    """The run ends here, as if killed."""


def stop_at(monkeypatch, step):
    """Make the run end at its n-th durable write, move or removal; return the steps taken."""
    taken = []

    def stopping(owner, name):
        inner = getattr(owner, name)

        def wrapped(*args, **kwargs):
            if len(taken) == step:
                raise Stopped
            taken.append(name)
            return inner(*args, **kwargs)

        monkeypatch.setattr(owner, name, wrapped)

    stopping(embdrift.cache.growing, "_make_durable")
    stopping(embdrift.cache.growing, "write_facts")
    for name in ("replace", "unlink", "rename", "write_bytes"):
        stopping(Path, name)
    return taken


def test_a_run_stopped_at_any_step_is_finished_by_the_next(tmp_path, task, expected, searches, whole):
    step, finishes = 0, 0
    while True:
        cache = TableCache(tmp_path / str(step))
        searches.starts.clear()
        with pytest.MonkeyPatch.context() as patch:
            stop_at(patch, step)
            try:
                get(cache, task)
                break
            except Stopped:
                finishes += bool(list(cache.folder.glob("*/*.partial/table.json")))
        assert_same_table(get(cache, task), expected)
        assert files(cache.folder) == whole
        # Once table.json is there, nothing is searched again.
        assert len(searches.starts) <= 2
        step += 1
    assert step > 50
    assert finishes >= 2


@pytest.mark.parametrize("name", ["positions.npy", "scores.npy", "tied.npy", "tie_starts.npy", "ties.raw"])
def test_garbage_behind_the_finished_rows_is_cut_off(cache, task, searches, whole, name):
    interrupt(cache, task, searches, 3)
    path = partial_folder(cache) / name
    path.write_bytes(path.read_bytes() + b"garbage" * 999)
    get(cache, task)
    assert searches.starts == [0, 48]
    assert files(cache.folder) == whole


@pytest.mark.parametrize("name", ["positions.npy", "scores.npy", "tied.npy", "tie_starts.npy", "ties.raw"])
@pytest.mark.parametrize("damage", ["missing", "short", "head"])
def test_a_column_that_lacks_finished_rows_starts_afresh(cache, task, searches, whole, name, damage):
    interrupt(cache, task, searches, 3)
    path = partial_folder(cache) / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "short" or name == "ties.raw":
        path.write_bytes(data[:-1])
    else:
        path.write_bytes(b"\0" + data[1:])
    get(cache, task)
    assert searches.starts == [0, 0]
    assert files(cache.folder) == whole


WRONG_PROGRESS = ['{"rows": 48}', '{"rows": 4800, "ties": 0}', '{"rows": -1, "ties": 0}', '{"rows": "x"}']


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", *WRONG_PROGRESS])
def test_a_corrupt_progress_json_starts_afresh(cache, task, searches, whole, text):
    interrupt(cache, task, searches, 3)
    (partial_folder(cache) / "progress.json").write_text(text)
    get(cache, task)
    assert searches.starts == [0, 0]
    assert files(cache.folder) == whole


def test_a_corrupt_table_json_of_an_unfinished_table_starts_nothing_wrong(cache, task, searches, whole):
    interrupt(cache, task, searches, 3)
    (partial_folder(cache) / "table.json").write_text(json.dumps({"depth": 3, "n_corpus": 99, "rows": 100}))
    get(cache, task)
    assert searches.starts == [0, 48]
    assert files(cache.folder) == whole


def test_half_removed_tables_are_made_again(cache, task, searches, whole):
    get(cache, task)
    folder = finished(cache)
    (folder / "table.json").unlink()
    (folder / "scores.npy").unlink()
    get(cache, task)
    assert files(cache.folder) == whole


def full_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


# Each block makes five files durable and then its progress file, which the message would name.
@pytest.mark.parametrize("step", [0, 1, 4, 6, 14, 40])
def test_a_full_disk_is_one_sentence_and_keeps_earlier_rows(cache, task, searches, whole, monkeypatch, step):
    inner, calls = os.fsync, []

    def fills_up(file):
        calls.append(file)
        return full_disk() if len(calls) > step else inner(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fills_up)
        with pytest.raises(StorageError, match=r"could not write .*partial: No space left on device; make room"):
            get(cache, task)
    get(cache, task)
    assert searches.starts == [0, step // 6 * 16]
    assert files(cache.folder) == whole


def test_files_that_may_not_grow_any_further(cache, task, searches, whole):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"could not write .*partial: File too large; make room"):
            get(cache, task)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    kept = json.loads((partial_folder(cache) / "progress.json").read_text())["rows"]
    assert kept > 0
    get(cache, task)
    assert searches.starts == [0, kept]
    assert files(cache.folder) == whole


def test_a_disk_that_fills_up_at_the_very_end(cache, task, searches, whole, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(embdrift.cache.growing, "write_facts", full_disk)
        with pytest.raises(StorageError, match="No space left on device"):
            get(cache, task)
    get(cache, task)
    assert searches.starts == [0]
    assert files(cache.folder) == whole


def run(folder, tmp_path):
    """Another process that wants the table."""
    command = [sys.executable, cache_run.__file__, folder, tmp_path / "log", tmp_path / "gate"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_process_loses_no_finished_block(cache, task, expected, searches, whole, tmp_path):
    with run(cache.folder, tmp_path) as process:
        assert process.stdout.readline() == "exact search, pairs\n"
        assert process.stdout.readline() == "at the gate\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert cache.kept() == []
    assert_same_table(get(cache, task), expected)
    assert searches.starts == [48]
    assert files(cache.folder) == whole


def test_two_processes_that_want_one_table_compute_it_once(cache, whole, tmp_path):
    with run(cache.folder, tmp_path) as first:
        assert [first.stdout.readline() for _ in range(2)] == ["exact search, pairs\n", "at the gate\n"]
        with run(cache.folder, tmp_path) as second:
            waiting = second.stdout.readline()
            assert waiting == "exact search: waiting for another run that makes the same table\n"
            (tmp_path / "gate").touch()
            assert second.wait() == 0
        assert first.wait() == 0
    assert (tmp_path / "log").read_text().count("block") == 7
    assert files(cache.folder) == whole
