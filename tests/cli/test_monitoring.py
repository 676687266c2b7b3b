"""`embdrift monitoring`."""

import json

import pytest
import yaml

from embdrift.cli.main import main


@pytest.fixture
def judged(tmp_path):
    """A run folder with metrics, as far as this command looks at it."""
    folder = tmp_path / "run"
    folder.mkdir()
    record = {
        "format_version": 1, "embdrift": "0.1.0", "name": "nightly", "study": "drift", "created": "", "config": {},
        "python": "", "packages": {}, "device": {"kind": "cpu"}, "k": 10, "depth": 10, "texts": True,
        "reference": "old", "candidates": ["new"], "inputs": [], "alignment": [],
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record), "utf-8")
    (folder / "summary.csv").write_text("", "utf-8")
    (folder / "metrics.prom").write_text("embdrift_verdict 1\n", "utf-8")
    return folder


@pytest.fixture
def watched(tmp_path):
    folder = tmp_path / "textfile"
    folder.mkdir()
    return folder


def test_alerts_their_tests_and_the_dashboard_are_written(tmp_path, capsys):
    folder = tmp_path / "new" / "monitoring"
    assert main(["monitoring", "--out", str(folder)]) == 0
    assert capsys.readouterr().out.split() == [
        str(folder / name) for name in ("alerts.yaml", "alerts_test.yaml", "dashboard.json")
    ]
    assert yaml.safe_load((folder / "alerts.yaml").read_text("utf-8"))["groups"]
    assert yaml.safe_load((folder / "alerts_test.yaml").read_text("utf-8"))["rule_files"] == ["alerts.yaml"]
    assert json.loads((folder / "dashboard.json").read_text("utf-8"))["title"] == "embdrift"


def test_a_run_is_published_under_its_name_and_the_next_of_that_name_replaces_it(judged, watched):
    for text in ("embdrift_verdict 1\n", "embdrift_verdict 0\n"):
        (judged / "metrics.prom").write_text(text, "utf-8")
        assert main(["monitoring", "--run", str(judged), "--textfile", str(watched)]) == 0
        assert [path.name for path in watched.iterdir()] == ["embdrift_nightly.prom"]
        assert (watched / "embdrift_nightly.prom").read_text("utf-8") == text


def test_a_run_without_a_verdict_is_refused(judged, watched, capsys):
    (judged / "metrics.prom").unlink()
    assert main(["monitoring", "--run", str(judged), "--textfile", str(watched)]) == 2
    assert f"holds no metrics.prom: judge the run first, with `embdrift gate {judged}`" in capsys.readouterr().err


def test_a_name_that_leads_elsewhere_is_refused(judged, watched, capsys):
    record = json.loads((judged / "record.json").read_text("utf-8")) | {"name": "../nightly"}
    (judged / "record.json").write_text(json.dumps(record), "utf-8")
    assert main(["monitoring", "--run", str(judged), "--textfile", str(watched)]) == 2
    assert "name must be a plain name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "embdrift monitoring needs --out DIR for alerts and dashboard, or --run RUN --textfile DIR"),
        (["--run", "x"], "--run RUN and --textfile DIR go together"),
        (["--textfile", "x"], "--run RUN and --textfile DIR go together"),
        (["--run", "nowhere", "--textfile", "x"], "there is no such folder"),
    ],
)
def test_what_is_missing_is_told(arguments, sentence, capsys):
    assert main(["monitoring", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_that_does_not_exist_is_not_made_for_the_exporter(judged, tmp_path, capsys):
    assert main(["monitoring", "--run", str(judged), "--textfile", str(tmp_path / "typo")]) == 2
    assert "is none" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()
