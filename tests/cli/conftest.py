"""Small vector files, and the command line called in process from a folder of its own."""

import json

import numpy as np
import pandas as pd
import pytest

from embdrift.cli.main import main


@pytest.fixture(scope="session")
def vectors(tmp_path_factory):
    """A folder of good and bad files: 40 vectors of dimension 6 and what goes with them."""
    folder = tmp_path_factory.mktemp("vectors")
    random = np.random.default_rng(0)
    old = random.standard_normal((40, 6)).astype(np.float32)
    new = old + 0.3 * random.standard_normal(old.shape).astype(np.float32)
    ids = [f"i{row}" for row in range(40)]
    arrays = {"old": old, "new": new, "other": old[:, ::-1], "d5": new[:, :5], "one": old[:1], "none": old[:0]}
    arrays |= {"q_old": old[:5] + 0.1, "q_new": new[:5] + 0.1, "q_d5": old[:5, :5], "flat": old[:, 0]}
    for name, row in (("nan", 17), ("inf", 5), ("zero", 3)):
        arrays[name] = old.copy()
        arrays[name][row] = {"nan": np.nan, "inf": np.inf, "zero": 0}[name]
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "object.npy", np.array([[1, "a"], [2, None]], dtype=object), allow_pickle=True)
    (folder / "empty.npy").write_bytes(b"")
    (folder / "cut.npy").write_bytes((folder / "old.npy").read_bytes()[:500])
    (folder / "text.npy").write_text("no vectors")
    (folder / "folder.npy").mkdir()
    np.save(folder / "alien.npy", new)
    for name, values in (
        ("ids", ids),
        ("short", ids[1:]),
        ("twice", [*ids[:-1], "i0"]),
        ("alien.ids", [f"z{row}" for row in range(40)]),
    ):
        (folder / f"{name}.json").write_text(json.dumps(values))
    items = pd.DataFrame({"id": ids, "group": ["x", "y"] * 20, "text": [f"secret {one}" for one in ids]})
    items.to_parquet(folder / "items.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1 no more")
    (folder / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"{row}\t{row}\t1\n" for row in range(5))
    )
    (folder / "broken.tsv").write_text("a b\n")
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def here(tmp_path, monkeypatch, cache):
    """An empty current directory."""
    monkeypatch.setenv("EMBDRIFT_CACHE", str(cache))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def shift(vectors, here):
    """`embdrift run neighbor_shift` on the small files, with more arguments."""

    def run(*more, reference="old.npy", candidate="new.npy"):
        files = ["--reference", str(vectors / reference), "--candidate", f"new={vectors / candidate}"]
        return main(["run", "neighbor_shift", *files, *map(str, more)])

    return run


@pytest.fixture
def refused(here, capsys):
    """Checks that a command was refused: exit code 2, one sentence on stderr, and nothing left behind."""

    def check(code, *parts):
        said = capsys.readouterr()
        assert code == 2
        assert said.out == ""
        assert said.err.startswith("embdrift: ")
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
        for part in parts:
            assert part in said.err
        assert list(here.iterdir()) == []

    return check
