"""Run folders of the ANN-recall study, made from small vectors; only to be read."""

import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "studies" / "ann_recall"))

from ann_runs import run, small_options, version

from embdrift.data.synthetic import clustered, rotated
from embdrift.index import registered

HOSTILE = "<script>alert(1)</script>|`x`$a$&amp;[l](javascript:1)"


def record_of(result, names, *, texts=True):
    reference, *candidates = names
    return {
        "format_version": 1,
        "embdrift": "0.1.0",
        "name": "ann",
        "study": "ann_recall",
        "created": "2025-01-31T12:00:00+00:00",
        "python": "3.11.7",
        "packages": {"faiss-cpu": "1.15.1"},
        "device": {"kind": "cpu", "name": "a processor", "threads": 2},
        "k": 10,
        "depth": 30,
        "texts": texts,
        "reference": reference,
        "candidates": candidates,
        "inputs": [],
        "alignment": [],
        "config": {"k": 10},
        "notes": list(result.notes),
        **result.facts,
    }


def write(folder, result, names, **more):
    (folder / "tables").mkdir(parents=True)
    for name, frame in result.tables.items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    result.summary.to_csv(folder / "summary.csv", index=False)
    result.per_query.to_parquet(folder / "per_query.parquet", index=False)
    (folder / "record.json").write_text(json.dumps(record_of(result, names, **more)))
    return folder


def made(tmp_path_factory, names):
    options = small_options()
    options.index.factory = registered()["factory"](strings=["LSH"])
    old = clustered(1200, 24, seed=1)
    reference, *candidates = names
    vectors = [rotated(old, 3), old[:, :12].contiguous()][: len(candidates)]
    with pytest.MonkeyPatch.context() as patch:
        others = [version(name, each) for name, each in zip(candidates, vectors, strict=True)]
        result = run(patch, tmp_path_factory.mktemp("cache"), version(reference, old), others, options=options)
    return write(tmp_path_factory.mktemp("runs") / "ann", result, names)


@pytest.fixture(scope="session")
def ann_folder(tmp_path_factory) -> Path:
    """A turned version and one cut in dimension, with an index that does not fit the metric."""
    return made(tmp_path_factory, ["old", "turned", "cut"])


@pytest.fixture
def ann_copy(ann_folder, tmp_path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(ann_folder, tmp_path / "run"))


@pytest.fixture(scope="session")
def hostile_ann_folder(tmp_path_factory) -> Path:
    """Names that would be markup."""
    return made(tmp_path_factory, [f"old{HOSTILE}", f"new{HOSTILE}"])


@pytest.fixture(scope="session")
def alone_folder(tmp_path_factory) -> Path:
    """A reference without candidates."""
    return made(tmp_path_factory, ["old"])
