"""Sweeps: one folder a job, and a wrong job that lets the others finish."""

import json

import pytest

from embdrift.cli.main import main


def settings(folder):
    records = {path.parent.name: json.loads(path.read_text()) for path in sorted(folder.rglob("record.json"))}
    return {name: (record["k"], record["inputs"][0]["metric"]) for name, record in records.items()}


def test_a_sweep_runs_each_job_in_a_folder_of_its_own(shift, here, capsys):
    assert shift("-m", "k=2,3", "similarity=l2", "--out", "mine") == 0
    found = settings(here / "mine")
    assert found == {"0_neighbor_shift": (2, "l2"), "1_neighbor_shift": (3, "l2")}
    assert capsys.readouterr().out.count("report: ") == 2
    # Only what Hydra itself keeps about a sweep stands beside the runs.
    assert [path.name for path in here.iterdir()] == ["mine"]
    assert {path.name for path in (here / "mine").iterdir()} == {"multirun.yaml", *found}
    assert not (here / "outputs").exists()


def test_a_wrong_job_says_so_leaves_no_folder_and_lets_the_others_finish(shift, here, capsys):
    assert shift("-m", "k=2,100,3", "--out", "mine") == 2
    said = capsys.readouterr()
    assert "k must be between 1 and 39" in said.err
    assert said.err.endswith("embdrift: 1 of 3 jobs of the sweep could not run, for the reasons above\n")
    assert [k for k, _ in settings(here / "mine").values()] == [2, 3]
    assert len(list((here / "mine").iterdir())) == 3
    assert said.out.count("report: ") == 2


def test_a_sweep_without_a_good_job_leaves_nothing(shift, here, capsys):
    assert shift("-m", "k=50,60") == 2
    assert "2 of 2 jobs" in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["k=2,abc"], ["k must be a whole number, got 'abc'"]),
        (["k=[1"], ["cannot read the override 'k=[1'"]),
        (["=5"], ["cannot read the override '=5'"]),
        (["kk=1,2"], ["did you mean 'k'?"]),
        (["name=a,../b"], ["name must be a plain name", "'../b'"]),
        (["compute=cpu,gpu"], ["no compute preset 'gpu'"]),
        (["candidates=[]"], ["there is no candidate"]),
        (["k=2", "hydra/launcher=nonesuch"], ["hydra/launcher=nonesuch", "install the Hydra plugin"]),
        (["k=2", "hydra.sweep.dir=elsewhere"], ["--out DIR"]),
        (["k=2", "hydra.sweep.subdir=../elsewhere"], ["--out DIR"]),
        (["k=2", "hydra.job_logging.root=null"], ["has no use"]),
        (["k=2", "hydra.launcher._target_=subprocess.Popen"], ["names code to run, 'subprocess.Popen'"]),
        (["k=2", "+hydra.callbacks.mine._target_=mine.Callback"], ["names code to run, 'mine.Callback'"]),
        (["k=2", "--out", ""], ["--out must name a folder"]),
    ],
)
def test_what_is_wrong_with_every_job_is_said_before_the_first(shift, refused, words, parts):
    refused(shift("-m", *words), *parts)


def test_a_folder_that_is_taken_is_left_alone(shift, here, capsys):
    (here / "mine" / "0_neighbor_shift").mkdir(parents=True)
    (here / "mine" / "0_neighbor_shift" / "record.json").write_text("{}")
    (here / "thesis").mkdir()
    (here / "thesis" / "chapter.tex").write_text("")
    (here / "file").write_text("")
    for out, part in (("mine", "add --replace"), ("thesis", "'chapter.tex'"), ("file/below", "is a file")):
        assert shift("-m", "k=2,3", "--out", out) == 2
        said = capsys.readouterr().err
        assert part in said
        assert said.count("\n") == 1
    assert [path.name for path in (here / "thesis").iterdir()] == ["chapter.tex"]


def test_a_job_that_cannot_be_written_is_no_wrong_input(shift, here, monkeypatch, capsys):
    import pandas as pd

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    assert shift("-m", "k=2,3", "--out", "mine") == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "could not write its results" in said
    assert not list(here.rglob("record.json"))


def test_a_dry_sweep_estimates_every_job_and_checks_its_inputs(shift, here, capsys):
    assert shift("-m", "--dry-run", "k=2,3") == 0
    said = capsys.readouterr().out
    assert "job 0\n" in said
    assert "job 1\n" in said
    assert said.count("of memory") == 2
    assert shift("-m", "--dry-run", "k=2,50") == 2
    assert list(here.iterdir()) == []


def test_files_with_odd_names_survive_a_sweep(here, vectors):
    folder = here / "a,b=[c] {d} ${k} %s 'ü\" \\"
    folder.mkdir()
    for name in ("old", "new"):
        (folder / f"{name}.npy").write_bytes((vectors / f"{name}.npy").read_bytes())
    files = ["--reference", str(folder / "old.npy"), "--candidate", f"a,b=[c]={folder / 'new.npy'}"]
    assert main(["run", "neighbor_shift", *files, "-m", "k=2", "--out", "mine"]) == 2
    files[-1] = f"a,b [c]={folder / 'new.npy'}"
    assert main(["run", "neighbor_shift", *files, "-m", "k=2", "--out", "mine"]) == 0
    (record,) = (json.loads(path.read_text("utf-8")) for path in here.rglob("record.json"))
    assert record["candidates"] == ["a,b [c]"]
    assert record["inputs"][1]["source"] == str(folder / "new.npy")
