"""A metric is added by one declaration and one function, and is then found wherever metrics are named."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import embdrift
from embdrift.gates import Outcome
from embdrift.metrics.catalog import Direction, IntervalKind, Level, ListPair, Metric, Topic, register, unregister
from embdrift.metrics.catalog.markdown import with_blocks
from embdrift.selftest.noticing import figures_of

README = Path(__file__).parents[2] / "results" / "README.md"
K, ITEMS, QUERIES = 3, 40, 12


def rank_stretch(pair: ListPair) -> np.ndarray:
    """One more than the mean change of rank: 1 is no change, and there is no upper bound."""
    return 1 + pair.displacement.ranks


STRETCH = Metric(
    name="rank_stretch",
    label="Rank stretch@{k}",
    formula="One more than the mean change of rank of an old neighbor.",
    study="neighbor_shift",
    topic=Topic.neighbors,
    better=Direction.lower,
    bounds=(1.0, None),
    level=Level.k,
    interval=IntervalKind.mean,
    chance=lambda sizes: 1 + sizes.n_corpus / 2,
    resting=1.0,
    per_query=rank_stretch,
    column=True,
    cohorts=True,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A judged run of neighbor shift, made while the metric is registered; what reads it later sees it registered."""
    folder = tmp_path_factory.mktemp("added")
    random = np.random.default_rng(0)
    for name, rows in (("items", ITEMS), ("queries", QUERIES)):
        old = random.standard_normal((rows, 6)).astype(np.float32)
        for version, vectors in (("old", old), ("new", old + 0.5 * random.standard_normal(old.shape))):
            np.save(folder / f"{version}-{name}.npy", vectors.astype(np.float32))
            ids = [f"{name[0]}{row}" for row in range(rows)]
            (folder / f"{version}-{name}.ids.json").write_text(json.dumps(ids))
    language = ["de" if row % 2 else "en" for row in range(ITEMS)]
    pd.DataFrame({"id": [f"i{row}" for row in range(ITEMS)], "language": language}).to_csv(
        folder / "items.csv", index=False
    )
    (folder / "gate.yaml").write_text("rules: [{figure: rank_stretch, better: lower, scope: corpus, fail: 1.01}]")
    register(STRETCH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBDRIFT_CACHE", str(folder / "cache"))
        yield embdrift.run(
            folder / "old-items.npy",
            {"new": folder / "new-items.npy"},
            reference_queries=folder / "old-queries.npy",
            candidate_queries={"new": folder / "new-queries.npy"},
            items=folder / "items.csv",
            k=K,
            gate=folder / "gate.yaml",
            out=folder / "run",
        )
    unregister("rank_stretch")


@pytest.fixture(scope="module")
def rows(run):
    return run.summary[run.summary["metric"] == "rank_stretch"].fillna({"cohort": ""})


def test_its_values_per_query_are_one_more_than_the_displacement(run):
    table = run.per_query
    np.testing.assert_array_equal(table["rank_stretch"], 1 + table["rank_displacement"])


def test_its_summary_row_has_the_chance_that_was_declared_and_an_interval_that_leaves_0_to_1(rows):
    row = rows[rows["scope"] == "queries"].iloc[0]
    assert (row["k"], row["chance"], row["n"]) == (K, 1 + ITEMS / 2, QUERIES)
    assert 1 < row["low"] < row["value"] < row["high"]


def test_every_cohort_has_a_row(rows):
    assert set(rows[rows["scope"] == "corpus"]["cohort"]) == {"", "language=de", "language=en"}


def test_the_report_names_and_defines_it(run):
    page = (run.folder / "report.md").read_text("utf-8")
    assert "Rank stretch@3" in page
    assert STRETCH.formula in page


def test_a_gate_judges_it(run):
    assert run.verdict.outcome is Outcome.fail
    assert run.verdict.candidates[0].rules[0].rule.figure == "rank_stretch"


def test_prometheus_explains_it(run):
    text = (run.folder / "metrics.prom").read_text("utf-8")
    assert f"# HELP embdrift_rank_stretch Rank stretch: {STRETCH.formula}" in text


def test_the_self_test_measures_its_departure_from_1(run, rows):
    figures = figures_of(run.summary.fillna({"cohort": ""}), candidate="new", reference="reference", k=K)
    found = figures.set_index("measure")["departure"]["rank_stretch"]
    value = rows[(rows["scope"] == "corpus") & (rows["cohort"] == "")]["value"].iloc[0]
    assert found == pytest.approx(value - 1)


def test_the_description_of_results_lists_it(run):
    text = with_blocks(README.read_text("utf-8"))
    assert f"| `rank_stretch` | Rank stretch: {STRETCH.formula} Per cohort too. |" in text
    assert "`lost_beyond_depth`, `rank_stretch`" in text


def test_once_withdrawn_it_is_nowhere(run):
    unregister("rank_stretch")
    try:
        assert "rank_stretch" not in with_blocks(README.read_text("utf-8"))
    finally:
        register(STRETCH)
