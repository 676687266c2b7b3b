"""The run folder on disk: where it may be, and that it is whole only when all of it is there."""

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import embdrift.results.folder as module
from embdrift.errors import InputError, StorageError
from embdrift.results import (
    default_folder,
    removed_if_empty,
    require_free,
    require_free_for_sweep,
    require_plain_name,
    write_csv,
    write_run,
)
from embdrift.studies import StudyResult


@pytest.mark.parametrize("name", ["a", "A-b_c.1", "Zürich", "x" * 100])
def test_plain_names(name):
    require_plain_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", ".a", "a/b", "../a", "a b", "a\\b", "a\n", "a:b", "x" * 101, "a\0"])
def test_names_that_are_not_plain(name):
    with pytest.raises(InputError, match="name must be a plain name"):
        require_plain_name(name)


@pytest.fixture
def result():
    frame = pd.DataFrame({"value": [0.1, np.nan], "note": ["", 'a "b", c']})
    return StudyResult(summary=frame, per_query=frame, tables={"curve": frame})


def test_a_new_folder_is_named_after_run_and_time(tmp_path, monkeypatch):
    class Noon(datetime):
        @classmethod
        def now(cls):
            return cls(2030, 1, 2, 3, 4, 5)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "datetime", Noon)
    assert default_folder("mine") == Path("results/mine/2030-01-02_03-04-05")
    default_folder("mine").mkdir(parents=True)
    assert default_folder("mine") == Path("results/mine/2030-01-02_03-04-05_2")
    assert list(tmp_path.rglob("*_2")) == []


def test_a_run_is_written_with_its_record_last(tmp_path, result, monkeypatch):
    order = []
    replace = Path.replace

    def note(self, target):
        order.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    write_run(tmp_path / "mine", result, {"a": float("nan"), "b": (1, {"c": float("inf")}), "ü": "☃"})
    assert order == ["per_query.parquet", "curve.csv", "summary.csv", "record.json"]
    text = (tmp_path / "mine" / "record.json").read_text("utf-8")
    assert json.loads(text) == {"a": None, "b": [1, {"c": None}], "ü": "☃"}
    assert "☃" in text
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "mine" / "per_query.parquet"), result.per_query)


def test_every_digit_survives_in_a_table(tmp_path):
    values = np.random.default_rng(0).random(50)
    write_csv(tmp_path / "deep" / "a.csv", pd.DataFrame({"value": values}))
    lines = (tmp_path / "deep" / "a.csv").read_text().splitlines()
    assert [float(line) for line in lines[1:]] == values.tolist()


def test_what_an_earlier_run_left_does_not_mix_with_a_new_one(tmp_path, result):
    write_run(tmp_path, result, {"k": 1})
    (tmp_path / "tables" / "stale.csv").write_text("")
    (tmp_path / ".summary.csv.1.tmp").write_text("half")
    write_run(tmp_path, result, {"k": 2})
    names = {"per_query.parquet", "summary.csv", "record.json", "tables"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert [path.name for path in (tmp_path / "tables").iterdir()] == ["curve.csv"]


@pytest.mark.parametrize("failing", ["per_query.parquet", "curve.csv", "summary.csv", "record.json"])
def test_a_run_that_could_not_be_written_is_not_whole(tmp_path, result, monkeypatch, failing):
    write_run(tmp_path, result, {"k": 1})
    replace = Path.replace

    def full(self, target):
        if Path(target).name == failing:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=f"could not write .*{failing}: No space left on device"):
        write_run(tmp_path, result, {"k": 2})
    assert not (tmp_path / "record.json").exists()
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_folder_that_is_free(tmp_path):
    require_free(tmp_path / "new" / "deep")
    (tmp_path / "empty").mkdir()
    require_free(tmp_path / "empty")
    (tmp_path / "half" / "tables").mkdir(parents=True)
    (tmp_path / "half" / "summary.csv").write_text("")
    (tmp_path / "half" / ".summary.csv.7.tmp").write_text("")
    require_free(tmp_path / "half")
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "half"}


@pytest.mark.parametrize("free", [require_free, require_free_for_sweep])
def test_a_folder_that_is_taken(tmp_path, free):
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, part in (
        ("file", "is a file"),
        ("file/a/b", "is a file"),
        ("other", r"holds other things \('a.txt', …\)"),
        ("link", "is a link to nowhere"),
        ("x" * 300, "cannot be a run folder"),
    ):
        with pytest.raises(InputError, match=part):
            free(tmp_path / name, replace=True)


def test_a_finished_run_has_to_be_replaced_on_purpose(tmp_path):
    run = tmp_path / "sweep" / "0_run"
    run.mkdir(parents=True)
    (run / "record.json").write_text("{}")
    (tmp_path / "sweep" / "multirun.yaml").write_text("")
    for free, folder in ((require_free, run), (require_free_for_sweep, tmp_path / "sweep")):
        with pytest.raises(InputError, match="add --replace"):
            free(folder)
        free(folder, replace=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match=r"cannot be a run folder \(Permission denied\)"):
        require_free(tmp_path / "locked" / "new")


def test_a_folder_that_refuses_what_it_seems_to_allow(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module.tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(InputError, match=r"cannot be a run folder \(Read-only file system\)"):
        require_free(tmp_path / "new")


def test_folders_that_a_sweep_made_for_nothing_go_again(tmp_path):
    folder = tmp_path / "results" / "sweep" / "now"
    with removed_if_empty(folder):
        folder.mkdir(parents=True)
        (folder / "multirun.yaml").write_text("")
    assert list(tmp_path.iterdir()) == []
    with removed_if_empty(folder):
        (folder / "0_run").mkdir(parents=True)
        (folder / "0_run" / "record.json").write_text("")
    assert (folder / "0_run" / "record.json").exists()


def test_a_folder_that_was_there_before_a_sweep_stays(tmp_path):
    with removed_if_empty(tmp_path / "mine" / "now"):
        pass
    (tmp_path / "mine").mkdir()
    with suppress(KeyboardInterrupt), removed_if_empty(tmp_path / "mine" / "now"):
        (tmp_path / "mine" / "now").mkdir()
        raise KeyboardInterrupt
    assert list((tmp_path / "mine").iterdir()) == []
