import argparse
import json
import os
from contextlib import nullcontext
from functools import partial

import numpy as np
import pandas as pd
import pytest

from embdrift.cli.embed import add_arguments, run
from embdrift.embed.embedding import embed_cached
from embdrift.embed.encoder import EncoderFacts
from embdrift.embed.stdlib_docs import stdlib_docs
from embdrift.errors import InputError
from embdrift.progress import Silent


class Lengths:
    """An encoder whose vectors hold the length of the text."""

    facts = EncoderFacts("FakeTokenizer", True, "mean", None, "cpu")

    def encode(self, texts):
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@pytest.fixture
def command(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 512}))
    monkeypatch.setattr("embdrift.cli.console.console_progress", lambda: nullcontext(Silent()))
    monkeypatch.setenv("EMBDRIFT_CACHE", str(tmp_path / "cache"))
    seen = []

    def fake(texts, spec, **options):
        seen.append(spec)
        return embed_cached(texts, spec, **options, load=lambda *_: Lengths())

    monkeypatch.setattr("embdrift.embed.embed_cached", fake)

    def command(*words):
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        model = [] if "--model" in words else ["--model", str(folder)]
        assert run(parser.parse_args([*map(str, words), *model, "--device", "cpu"])) == 0
        return seen

    return command


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"_id": "a", "text": "one"}\n{"_id": "b", "text": "three"}\n')
    return path


def test_a_file_of_texts_becomes_vectors_ids_and_card(command, texts, tmp_path, capsys):
    out = tmp_path / "new" / "new.npy"
    command(texts, "--out", out)
    assert np.load(out)[:, 0].tolist() == [3.0, 5.0]
    assert json.loads((tmp_path / "new" / "new.ids.json").read_text()) == ["a", "b"]
    card = json.loads((tmp_path / "new" / "new.card.json").read_text())
    assert (card["count"], card["dimension"]) == (2, 2)
    assert sorted(path.name for path in out.parent.iterdir()) == ["new.card.json", "new.ids.json", "new.npy"]
    said = capsys.readouterr().out
    assert f"wrote {out}: 2 vectors of dimension 2" in said
    assert "mean pooling, unit length" in said


def test_options_reach_the_encoder(command, texts, tmp_path):
    numbers = ["--max-length", "32", "--batch-size", "8"]
    words = ["--dtype", "bfloat16", "--pooling", "cls", "--no-normalize", "--prompt", "q:"]
    (spec,) = command(texts, "--out", tmp_path / "new.npy", *numbers, *words)
    assert (spec.dtype.value, spec.max_length, spec.pooling.value) == ("bfloat16", 32, "cls")
    assert (spec.normalize, spec.prompt, spec.batch_size) == (False, "q:", 8)


def test_python_documentation_comes_with_items_queries_and_judgements(command, tmp_path, monkeypatch):
    library = tmp_path / "library"
    library.mkdir()
    documented = (
        f'def f{n}():\n    """What it does is told here at some length, so that it counts {n}."""\n' for n in range(30)
    )
    (library / "one.py").write_text("".join(documented))
    monkeypatch.setattr("embdrift.embed.stdlib_docs", partial(stdlib_docs, folder=library))
    command("stdlib-docs", "--limit", "20", "--out", tmp_path / "old.npy")
    ids = json.loads((tmp_path / "old.ids.json").read_text())
    items = pd.read_parquet(tmp_path / "old.items.parquet")
    qrels = pd.read_csv(tmp_path / "old.qrels.tsv", sep="\t")
    assert len(ids) == 20
    assert items["id"].tolist() == ids
    assert list(items.columns) == ["id", "module", "text"]
    assert qrels["corpus-id"].tolist() == ids
    assert qrels["query-id"].tolist() == json.loads((tmp_path / "old.queries.ids.json").read_text())
    assert len(np.load(tmp_path / "old.queries.npy")) == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dtype", "bf16"], "--dtype must be one of float32, bfloat16, float16, got 'bf16'; did you mean bfloat16?"),
        (["--dtype", "flaot16"], "did you mean float16?"),
        (["--pooling", "max"], "--pooling must be one of default, mean, cls, got 'max'"),
        (["--max-length", "0"], "max_length must be at least 1 token, got 0"),
        (["--max-length", "513"], "max_length must be at most 512"),
        (["--batch-size", "0"], "batch_size must be at least 1, got 0"),
        (["--limit", "5"], "--limit is for stdlib-docs"),
        (["--id-column", "key"], "id column key not found"),
        (["--out", "new.txt"], "--out must end in .npy, got new.txt"),
    ],
)
def test_bad_options_are_refused_before_any_work(command, texts, tmp_path, options, message):
    with pytest.raises(InputError) as raised:
        command(texts, "--out", tmp_path / "out" / "new.npy", *options)
    assert message in str(raised.value)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cache").exists()


def test_a_missing_text_file_is_named(command, tmp_path):
    with pytest.raises(InputError, match=r"none\.jsonl: there is no such file"):
        command(tmp_path / "none.jsonl", "--out", tmp_path / "new.npy")


def test_columns_and_bad_limits_are_refused_for_python_documentation(command, tmp_path):
    with pytest.raises(InputError, match="stdlib-docs has no columns"):
        command("stdlib-docs", "--out", tmp_path / "new.npy", "--text-column", "text")
    with pytest.raises(InputError, match="limit must be at least 1, got 0"):
        command("stdlib-docs", "--out", tmp_path / "new.npy", "--limit", "0")


def test_a_folder_is_no_place_for_vectors(command, texts, tmp_path):
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        command(texts, "--out", tmp_path / "folder.npy")


def test_a_file_is_no_folder(command, texts, tmp_path):
    with pytest.raises(InputError, match="cannot be written; choose another folder"):
        command(texts, "--out", texts / "new.npy")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_an_unwritable_folder_is_refused(command, texts, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"):
        command(texts, "--out", tmp_path / "locked" / "new.npy")
