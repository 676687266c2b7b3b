import json

import numpy as np
import pandas as pd
import pytest
import torch

from embdrift.api import load_version
from embdrift.cache import TableCache
from embdrift.data import Qrels
from embdrift.errors import InputError
from embdrift.metrics.catalog import metric_named
from embdrift.numerics import Arithmetic, KeptFormat, PrecisionCell, StorageFormat
from embdrift.progress import Silent
from embdrift.report import report, sentences
from embdrift.report.precision.content import contents
from embdrift.report.precision.plots.pareto import front
from embdrift.report.precision.run import cell_of
from embdrift.results import SavedRun
from embdrift.studies.engine.study import StudyInput
from embdrift.studies.precision import PrecisionOptions
from embdrift.studies.precision.study import precision_study
from embdrift.types import EmbeddingSet

HOSTILE = "<script>alert(1)</script>|`x`$a$"
LADDER = [
    PrecisionCell(),
    PrecisionCell(storage=StorageFormat.float16),
    PrecisionCell(storage=StorageFormat.int8_vector_symmetric),
    PrecisionCell(storage=StorageFormat.int4_vector_symmetric, kept=KeptFormat.bfloat16),
    PrecisionCell(storage=StorageFormat.binary, arithmetic=Arithmetic.codes),
    PrecisionCell(arithmetic=Arithmetic.float16_accumulate),
]


def vectors(n, seed):
    x = np.random.default_rng(seed).standard_normal((n, 32)) / np.sqrt(np.arange(1, 33))
    return torch.from_numpy((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))


def checked(name, corpus, queries, mark=""):
    ids = np.array([f"item-{row}{mark}" for row in range(len(corpus))])
    asked = np.array([f"query-{row}{mark}" for row in range(len(queries))])
    return load_version(EmbeddingSet(name, corpus, ids), EmbeddingSet(name, queries, asked), name=name)


def run_folder(folder, *candidates, mark="", ladder=LADDER):
    """A saved run of a small study."""
    corpus, queries = vectors(300, 0), vectors(25, 1)
    made = [checked(name, change(corpus), queries, mark) for name, change in candidates]
    judged = pd.DataFrame(
        {
            "query": [f"query-{row}{mark}" for row in range(25)],
            "item": [f"item-{row}{mark}" for row in range(25)],
            "relevance": 1,
        }
    )
    given = StudyInput(checked(f"fp32{mark}", corpus, queries, mark), tuple(made), qrels=Qrels(judged))
    options = PrecisionOptions(ladder=ladder, repeats=1, timed_queries=8)
    found = precision_study(given, options, cache=TableCache(folder / "cache"), progress=Silent())
    run = folder / "run"
    (run / "tables").mkdir(parents=True)
    found.summary.to_csv(run / "summary.csv", index=False)
    for name, frame in found.tables.items():
        frame.to_csv(run / "tables" / f"{name}.csv", index=False)
    (run / "record.json").write_text(json.dumps(record(given, found)))
    return run


def record(given, found):
    return {
        "format_version": 1,
        "embdrift": "0.1.0",
        "name": "precision",
        "study": "precision",
        "created": "2025-01-31T12:00:00+00:00",
        "config": {"k": 10},
        "python": "3.11.7",
        "packages": {"torch": "2.13.0"},
        "device": {"kind": "cpu", "name": "a processor", "threads": 2},
        "seed": 0,
        "k": 10,
        "texts": True,
        "reference": given.reference.name,
        "candidates": [version.name for version in given.candidates],
        "inputs": [
            {"role": "reference", "name": given.reference.name, "n": 300, "d": 32, "dtype": "float32", "card": {}}
        ],
        "notes": list(found.notes),
        **found.facts,
    }


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return run_folder(tmp_path_factory.mktemp("clean"), ("half", lambda x: x.half()))


def corrupted(x):
    x = x.half()
    x[17, 3] += 0.75
    return x


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    return run_folder(tmp_path_factory.mktemp("broken"), ("stored", corrupted), ladder=LADDER[:2])


def test_the_report_is_written_with_its_figures(clean):
    page = report(clean)
    assert page == clean / "report.html"
    text = page.read_text()
    assert "Every lost neighbour is a tie or explained by rounding" in text
    assert "not measured: this device does not sum in float16" in text
    assert {"pareto_corpus.png", "pareto_queries.svg", "lost_corpus.png"} <= {
        path.name for path in (clean / "plots").iterdir()
    }


def test_the_same_run_gives_the_same_bytes(clean):
    first = report(clean).read_bytes()
    assert report(clean).read_bytes() == first


def test_the_first_sentence_names_the_smallest_that_keeps_nearly_all(clean):
    said = sentences(clean)
    assert said[0].startswith("int8_vector_symmetric keeps 99.20")
    assert "in 36 bytes a vector, 3.6 times smaller than the reference" in said[0]
    assert any(one.startswith("half is a numeric-scale change") for one in said)
    assert any("as if stored in float16." in one for one in said)


def test_something_unexplained_is_said_first_and_loudly(broken):
    said = sentences(broken)
    assert said[0].startswith("UNEXPLAINED: ")
    assert any("item item-17 (row 17) is not what it should be: dimension 3 is" in one for one in said)
    text = report(broken).read_text()
    assert "are unexplained: a bug" in text
    assert "Unexplained losses" in text


def test_names_and_ids_cannot_put_markup_into_the_page(tmp_path):
    run = run_folder(tmp_path, (f"new{HOSTILE}", corrupted), mark=HOSTILE, ladder=LADDER[:2])
    page = report(run).read_text()
    assert "<script>" not in page
    assert "<script>" not in (run / "report.md").read_text()


def test_a_run_without_candidates_or_queries_has_a_report(tmp_path):
    corpus = vectors(200, 0)
    reference = load_version(EmbeddingSet("fp32", corpus, np.arange(200)))
    given = StudyInput(reference)
    options = PrecisionOptions(ladder=LADDER[:1], repeats=1, timed_queries=8)
    found = precision_study(given, options, cache=TableCache(tmp_path / "cache"), progress=Silent())
    run = tmp_path / "run"
    (run / "tables").mkdir(parents=True)
    found.summary.to_csv(run / "summary.csv", index=False)
    for name, frame in found.tables.items():
        frame.to_csv(run / "tables" / f"{name}.csv", index=False)
    (run / "record.json").write_text(json.dumps(record(given, found)))
    assert report(run).is_file()
    assert len(sentences(run)) == 1


def test_a_folder_of_another_study_is_refused(clean, tmp_path):
    values = json.loads((clean / "record.json").read_text())
    (tmp_path / "record.json").write_text(json.dumps(values | {"study": "neighbor_shift"}))
    (tmp_path / "summary.csv").write_text((clean / "summary.csv").read_text())
    with pytest.raises(InputError, match="holds a run of neighbor_shift, not of precision"):
        contents(SavedRun(tmp_path))


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        sentences(tmp_path)


def test_cells_are_looked_up_by_name(clean):
    run = SavedRun(clean)
    assert cell_of(run, "binary")["bytes_kept"] == 4
    assert run.scopes == ("queries", "corpus")


def test_the_front_holds_what_nothing_beats():
    assert front([4, 2, 2, 8, 1], [0.9, 0.5, 0.7, 0.8, 0.1]) == [4, 2, 0]


def test_every_figure_of_the_study_is_in_the_catalogue(clean):
    metrics = set(pd.read_csv(clean / "summary.csv")["metric"])
    assert metrics
    assert {name for name in metrics if metric_named(name).formula.startswith("Not described")} == set()
