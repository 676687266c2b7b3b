"""Run folders: whole or unmistakably not."""

import json

import pandas as pd
import pytest

from embdrift.errors import InputError
from embdrift.results import default_folder, require_free, write_run
from embdrift.studies import StudyResult


def result():
    frame = pd.DataFrame({"value": [1.0]})
    return StudyResult(summary=frame, per_query=frame, tables={"curve": frame})


def test_record_comes_last_and_holds_no_nan(tmp_path):
    write_run(tmp_path / "run", result(), {"seconds": {"study": float("nan")}, "notes": ["ä"]})
    record = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))
    assert record == {"seconds": {"study": None}, "notes": ["ä"]}
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"summary.csv", "per_query.parquet", "tables"}


def test_folder_without_record_may_be_written_again(tmp_path):
    write_run(tmp_path / "run", result(), {})
    (tmp_path / "run" / "record.json").unlink()
    require_free(tmp_path / "run")


def test_finished_run_is_replaced_only_when_asked(tmp_path):
    write_run(tmp_path / "run", result(), {})
    with pytest.raises(InputError, match="--replace"):
        require_free(tmp_path / "run")
    require_free(tmp_path / "run", replace=True)


def test_foreign_files_are_never_written_over(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(InputError, match=r"thesis\.tex"):
        require_free(tmp_path, replace=True)


def test_default_folder_is_new_each_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = default_folder("x")
    first.mkdir(parents=True)
    assert default_folder("x") != first
