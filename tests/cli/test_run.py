"""Runs that succeed, from flags to report, and what is left on disk."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from embdrift.cli.main import main


def hashes(folder: Path) -> dict[str, str]:
    names = ("summary.csv", "per_query.parquet")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


@pytest.fixture
def finished(shift, here):
    assert shift("--out", "mine") == 0
    return here / "mine"


def test_a_run_says_what_it_found_and_leaves_one_folder(shift, here, capsys):
    assert shift() == 0
    said = capsys.readouterr().out
    assert "of the ten nearest neighbours" in said
    (folder,) = (here / "results" / "neighbor_shift").iterdir()
    assert str(folder.relative_to(here) / "report.html") in said
    assert [path.name for path in here.iterdir()] == ["results"]
    assert {"record.json", "summary.csv", "per_query.parquet", "report.html", "report.md"} <= {
        path.name for path in folder.iterdir()
    }
    # What Hydra would leave behind.
    assert not list(here.rglob(".hydra"))
    assert not list(here.rglob("*.log"))


def test_a_finished_run_is_kept_unless_it_is_to_be_replaced(finished, shift, capsys):
    before = (finished / "record.json").read_bytes()
    assert shift("--out", "mine", "k=5") == 2
    assert "add --replace" in capsys.readouterr().err
    assert shift("--out", "mine", "--replace", "k=40") == 2
    assert (finished / "record.json").read_bytes() == before
    assert shift("--out", "mine", "--replace", "k=5") == 0
    assert json.loads((finished / "record.json").read_text())["k"] == 5


def test_a_run_folder_without_a_record_is_not_whole_and_is_gone_on_with(finished, shift, capsys):
    before = hashes(finished)
    (finished / "record.json").unlink()
    (finished / "summary.csv").unlink()
    (finished / ".summary.csv.123.tmp").write_text("half a ta")
    assert main(["report", "mine"]) == 2
    assert "the run is not whole" in capsys.readouterr().err
    assert shift("--out", "mine") == 0
    assert hashes(finished) == before
    assert not list(finished.rglob("*.tmp"))


def test_a_report_is_written_again_with_the_same_bytes(finished, capsys):
    page = (finished / "report.html").read_bytes()
    (finished / "report.html").unlink()
    assert main(["report", "mine"]) == 0
    assert capsys.readouterr().out.endswith("report: mine/report.html\n")
    assert (finished / "report.html").read_bytes() == page


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format_version": 99}', '{"format_version": 1}', "\xff"])
def test_a_record_that_cannot_be_read(finished, content, capsys):
    (finished / "record.json").write_text(content, encoding="latin-1")
    capsys.readouterr()
    assert main(["report", "mine"]) == 2
    said = capsys.readouterr().err
    assert "record.json" in said
    assert said.count("\n") == 1


def test_texts_stay_out_of_a_confidential_run(shift, vectors, here):
    items = ("--ids", vectors / "ids.json", "--items", vectors / "items.parquet")
    assert shift(*items, "texts=false", "--out", "mine") == 0
    assert not [path for path in (here / "mine").rglob("*") if path.is_file() and b"secret i" in path.read_bytes()]
    assert shift(*items, "--out", "open") == 0
    assert b"secret i" in (here / "open" / "report.html").read_bytes()


def test_queries_judgements_and_a_second_encoding(shift, vectors, here):
    queries = ("--reference-queries", vectors / "q_old.npy", "--candidate-queries", f"new={vectors / 'q_new.npy'}")
    again = ("--reference-again", vectors / "other.npy", f"again.queries={vectors / 'q_old.npy'}")
    assert shift(*queries, *again, "--qrels", vectors / "qrels.tsv", "k=3", "--out", "mine") == 0
    record = json.loads((here / "mine" / "record.json").read_text())
    roles = {one["role"] for one in record["inputs"]}
    assert {"reference", "candidate", "reference again", "reference queries", "candidate queries", "qrels"} <= roles
    assert record["candidates"] == ["new"]
    scopes = set(pd.read_csv(here / "mine" / "summary.csv")["scope"])
    assert {"corpus", "queries"} <= scopes


def test_zero_vectors_are_left_out_where_that_is_asked_for(shift, here):
    assert shift("zero_vectors=leave_out", "--out", "mine", candidate="zero.npy") == 0
    summary = pd.read_csv(here / "mine" / "summary.csv")
    overlap = summary[(summary["metric"] == "overlap") & (summary["k"] == 10) & summary["cohort"].isna()]
    assert overlap["n"].tolist() == [39]


def test_paths_and_names_with_odd_characters(here, vectors, capsys):
    folder = here / "it's, [a] {b}=${k} %(x)s ☃"
    folder.mkdir()
    files = {name: folder / f"{name}'\\.npy" for name in ("old", "new")}
    for name, path in files.items():
        path.write_bytes((vectors / f"{name}.npy").read_bytes())
    name = 'naïve "☃" ${k} <b>, [x]'
    words = ["--reference", str(files["old"]), "--candidate", f"{name}={files['new']}", "--out", "mine"]
    assert main(["run", "neighbor_shift", *words]) == 0
    assert name in capsys.readouterr().out
    record = json.loads((here / "mine" / "record.json").read_text("utf-8"))
    assert record["candidates"] == [name]
    assert [one["source"] for one in record["inputs"]] == [str(files["old"]), str(files["new"])]
    assert "<b>, [x]" not in (here / "mine" / "report.html").read_text("utf-8")


def test_a_candidate_without_a_name_is_named_after_its_file(here, vectors):
    words = ["--reference", str(vectors / "old.npy"), "--candidate", str(vectors / "new.npy"), "--out", "mine"]
    assert main(["run", "neighbor_shift", *words]) == 0
    assert json.loads((here / "mine" / "record.json").read_text())["candidates"] == ["new"]


def test_a_dry_run_estimates_and_leaves_nothing(shift, here, cache, capsys):
    before = sorted(cache.rglob("*"))
    assert shift("--dry-run", "k=7") == 0
    said = capsys.readouterr().out
    assert "40 x 40 x 6" in said
    assert "of memory" in said
    assert "of disk" in said
    assert "would write results/neighbor_shift" in said
    assert list(here.iterdir()) == []
    assert sorted(cache.rglob("*")) == before


def test_a_dry_run_without_neighbours_estimates_no_search(here, vectors, capsys):
    words = ["--reference", str(vectors / "old.npy"), "--candidate", str(vectors / "new.npy"), "study.neighbors=false"]
    assert main(["run", "drift", *words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "no neighbor search; most of the time goes into measuring distributions" in said
    assert "would search on" not in said


def test_a_dry_run_checks_inputs(shift, refused):
    refused(shift("--dry-run", candidate="nan.npy"), "NaN")


def test_a_dry_run_embeds_nothing(here, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "untouched"))
    (here / "texts.txt").write_text("one\ntwo\nthree\nfour\n")
    encoder = tmp_path / "model"
    encoder.mkdir()
    (encoder / "model.safetensors").write_bytes(b"weights")
    (encoder / "config.json").write_text('{"hidden_size": 48}')
    version = f"encoder: {{model: {encoder}}}"
    (here / "mine.yaml").write_text(
        "# @package _global_\n# Would it fit?\nk: 2\ndataset: {text_file: texts.txt}\n"
        f"reference: {{name: old, {version}}}\ncandidates: [{{name: new, {version}}}]\n"
    )
    assert main(["run", "mine.yaml", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "would embed 4 texts as old" in said
    assert "4 x 4 x 48" in said
    assert not (tmp_path / "untouched").exists()


def test_kept_tables_are_listed_and_pruned(shift, vectors, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "own"))
    assert shift("--out", "mine") == 0
    capsys.readouterr()
    assert main(["cache", "list"]) == 0
    listed = capsys.readouterr().out
    assert "40 rows, 39 deep" in listed
    assert str(tmp_path / "own") in listed
    assert main(["cache", "prune"]) == 0
    assert "removed " in capsys.readouterr().out
    assert main(["cache", "list"]) == 0
    assert capsys.readouterr().out.startswith("0 tables, 0.0 MB")


def test_a_disk_that_is_full_when_the_report_is_written_loses_no_run(shift, here, monkeypatch, capsys):
    write = Path.write_bytes

    def full(path, data):
        if ".svg" in path.name:
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert shift("--out", "mine") == 1
    said = capsys.readouterr().err
    assert "the run in mine is whole, but not its report" in said
    assert "`embdrift report mine`" in said
    monkeypatch.setattr(Path, "write_bytes", write)
    assert main(["report", "mine"]) == 0


def test_a_full_disk_is_a_sentence_and_no_whole_run(shift, here, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    assert shift("--out", "mine") == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert said.count("\n") == 1
    assert not (here / "mine" / "record.json").exists()
    monkeypatch.undo()


def test_a_search_that_is_stopped_goes_on_and_ends_with_the_same_bytes(shift, here, tmp_path, monkeypatch, capsys):
    import embdrift.cache.tables as tables

    blocks = tables.exact_blocks

    def stopped_after(count):
        def some(*rest, **more):
            for number, block in enumerate(blocks(*rest, **(more | {"block_queries": 8}))):
                if number == count:
                    raise KeyboardInterrupt
                yield block

        return some

    assert shift("--out", "whole") == 0
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "own"))
    for count in (0, 2, 3):
        monkeypatch.setattr(tables, "exact_blocks", stopped_after(count))
        assert shift("--out", "mine") == 130
        assert "run the same command again to go on" in capsys.readouterr().err
        assert not (here / "mine").exists()
    monkeypatch.setattr(tables, "exact_blocks", blocks)
    assert shift("--out", "mine") == 0
    assert hashes(here / "mine") == hashes(here / "whole")


def test_random_vectors_of_every_stored_type_run(here, tmp_path):
    random = np.random.default_rng(1)
    whole = random.integers(-100, 100, (30, 4))
    for dtype in ("float16", "float64", "int8"):
        np.save(here / f"{dtype}.npy", whole.astype(dtype))
    files = [f"--candidate={name}={name}.npy" for name in ("float64", "int8")]
    assert main(["run", "neighbor_shift", "--reference", "float16.npy", *files, "--out", "mine", "k=3"]) == 0
    summary = pd.read_csv(here / "mine" / "summary.csv")
    overlap = summary[(summary["metric"] == "overlap") & (summary["k"] == 3)]
    assert overlap["value"].tolist() == [1.0, 1.0]
