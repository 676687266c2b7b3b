"""Gates on the command line: what is printed, what is written, and the exit code."""

import json
import shutil
from pathlib import Path

import pytest

from embdrift.cli.main import main
from embdrift.gates import Outcome, read_verdict

EASY = "rules: [{figure: overlap, better: higher, fail: 0.01}]"
HARD = "rules: [{figure: overlap, better: higher, fail: 0.999}]"
MISSING = "rules: [{figure: mmd, better: lower, fail: 1, required: true}]"
WARNING = "rules: [{figure: overlap, better: higher, warn: 0.999}]"
CODES = {EASY: 0, WARNING: 0, HARD: 3, MISSING: 4}


@pytest.fixture
def gate_file(tmp_path):
    def write(text):
        file = tmp_path / "mine.yaml"
        file.write_text(text)
        return file

    return write


@pytest.fixture(scope="module")
def saved(vectors, cache, tmp_path_factory):
    """One finished run that every test takes a copy of."""
    folder = tmp_path_factory.mktemp("saved") / "mine"
    files = ["--reference", str(vectors / "old.npy"), "--candidate", f"new={vectors / 'new.npy'}"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBDRIFT_CACHE", str(cache))
        assert main(["run", "neighbor_shift", *files, "k=3", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def finished(saved, here):
    return Path(shutil.copytree(saved, here / "mine"))


@pytest.fixture
def undrawn(monkeypatch):
    """Gates that draw no report, which takes longest and says nothing about exit codes."""
    monkeypatch.setattr("embdrift.report.judging.report", lambda folder: folder)


def test_a_run_exits_with_0_whatever_it_found_and_its_gate_decides_later(undrawn, finished, gate_file):
    assert not (finished / "verdict.json").exists()
    for text, code in CODES.items():
        assert main(["gate", str(finished), "--gate", str(gate_file(text))]) == code


def test_a_run_may_be_gated_at_once(undrawn, shift, here, gate_file, capsys):
    assert shift("k=3", "--out", "mine", "--gate", gate_file(HARD)) == 3
    said = capsys.readouterr().out
    assert "Verdict: fail" in said
    assert "below the limit 0.999" in said
    assert read_verdict(here / "mine" / "verdict.json").outcome is Outcome.fail


def test_the_default_gate_fails_other_vectors_and_passes_the_same(undrawn, shift, here):
    assert shift("k=3", "--gate", candidate="new.npy") == 3
    assert shift("k=3", "--gate", candidate="old.npy") == 0
    assert shift("k=3", "--gate", "strict", candidate="old.npy") == 0


def test_the_worst_run_and_the_worst_job_of_a_sweep_decide(undrawn, shift, here, gate_file, capsys):
    limit = "rules: [{figure: overlap, better: higher, warn: 0.99, fail: 0.95}]"
    assert shift("-m", "k=3,39", "--out", "sweep", "--gate", gate_file(limit)) == 3
    found = {path.parent.name: read_verdict(path).outcome for path in (here / "sweep").rglob("verdict.json")}
    assert found == {"0_neighbor_shift": Outcome.fail, "1_neighbor_shift": Outcome.pass_}
    jobs = [str(here / "sweep" / name) for name in found]
    assert main(["gate", *jobs, "--gate", str(gate_file(limit))]) == 3
    assert main(["gate", str(here / "sweep" / "1_neighbor_shift"), "--gate", str(gate_file(limit))]) == 0
    capsys.readouterr()


def test_inconclusive_is_worse_than_a_warning_and_better_than_a_failure(undrawn, finished, gate_file):
    both = (
        "rules: [{figure: overlap, better: higher, warn: 0.999}, {figure: mmd, better: lower, fail: 1, required: true}]"
    )
    assert main(["gate", str(finished), "--gate", str(gate_file(both))]) == 4
    assert main(["gate", str(finished), "--gate", str(gate_file(both.replace("warn:", "fail:")))]) == 3


def test_a_job_that_cannot_run_is_an_input_error_even_with_a_gate(undrawn, shift, here, gate_file):
    assert shift("-m", "k=3,100", "--out", "sweep", "--gate", gate_file(HARD)) == 2


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--gate", "defualt"], ["did you mean 'default'?"]),
        (["--gate", "nonesuch.yaml"], ["nonesuch.yaml does not exist"]),
        (["--gate", "k=3"], ["'k=3'", "put --gate last"]),
        (["--gate", ""], ["is a folder"]),
        (["gate=strict"], ["choose a gate with --gate strict"]),
        (["+gate=strict"], ["choose a gate with --gate strict"]),
    ],
)
def test_a_wrong_gate_is_refused_before_anything_runs(shift, refused, words, parts):
    refused(shift(*words), *parts)


def test_a_wrong_gate_file_is_refused_with_its_rule(shift, refused, gate_file):
    file = gate_file("rules: [{figure: overlp, better: higher, fail: 1}]")
    refused(shift("--gate", file), str(file), "rule 1", "'overlap'")


def test_a_folder_that_is_no_run_is_refused(here, refused):
    refused(main(["gate", "nowhere"]), "nowhere", "no such folder")


def test_the_verdict_stands_at_the_top_of_the_report(finished, gate_file):
    before = (finished / "report.html").read_text("utf-8")
    assert "Verdict:" not in before
    main(["gate", str(finished), "--gate", str(gate_file(HARD))])
    page, text = ((finished / name).read_text("utf-8") for name in ("report.html", "report.md"))
    assert page.index("Verdict: fail") < page.index('<p class="verdict">')
    assert "below the limit 0.999" in page
    assert text.index("Verdict: fail") < text.index("## Figures at a glance")
    (finished / "report.html").unlink()
    assert main(["report", str(finished)]) == 0
    assert (finished / "report.html").read_text("utf-8") == page
    (finished / "verdict.json").unlink()
    assert main(["report", str(finished)]) == 0
    assert (finished / "report.html").read_text("utf-8") == before


def test_the_figures_of_a_run_stay_as_they_are(undrawn, finished, gate_file):
    names = ("summary.csv", "per_query.parquet", "record.json")
    before = [(finished / name).read_bytes() for name in names]
    main(["gate", str(finished)])
    assert [(finished / name).read_bytes() for name in names] == before


def test_a_run_that_replaces_another_takes_its_verdict_away(shift, finished, gate_file):
    main(["gate", str(finished), "--gate", str(gate_file(HARD))])
    assert shift("k=3", "--out", "mine", "--replace") == 0
    assert not (finished / "verdict.json").exists()
    assert "Verdict:" not in (finished / "report.html").read_text("utf-8")


def test_a_dry_run_looks_at_the_gate_and_judges_nothing(shift, here, gate_file, capsys):
    assert shift("k=3", "--dry-run", "--gate", gate_file(HARD)) == 0
    assert shift("k=3", "--dry-run", "--gate", "nonesuch") == 2
    assert list(here.iterdir()) == []


def test_a_report_says_when_its_verdict_cannot_be_read(finished, capsys):
    (finished / "verdict.json").write_text(json.dumps({"format_version": 99}))
    assert main(["report", str(finished)]) == 2
    assert "a verdict of format 99 cannot be read" in capsys.readouterr().err
