"""The report of a drift run: made from files alone, with its own tables and figures."""

import numpy as np
import pandas as pd
import pytest

from embdrift.api import run
from embdrift.data.synthetic import clustered, jittered
from embdrift.metrics.catalog import Role, Topic, all_metrics
from embdrift.report import report, sentences
from embdrift.report.drift import content
from embdrift.report.drift.tables import against_table, cohort_drift_table, own_table
from embdrift.results import SavedRun
from embdrift.studies import DriftOptions

N = 80
QUICK = DriftOptions(permutations=39, features=32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One candidate that moved and one of another dimension, with cohorts and queries; reported twice, the same."""
    place = tmp_path_factory.mktemp("drift")
    old, asked = clustered(N, 8, seed=1), clustered(30, 8, seed=2)
    pd.DataFrame({"id": range(N), "kind": ["a", "b"] * (N // 2)}).to_csv(place / "items.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "save_pictures", lambda run, scope: ())  # those of neighbour shift have their own tests
        made = run(
            old,
            {"moved": jittered(old, 0.8, 2) * 2, "short": old[:, :4].contiguous()},
            reference_queries=asked,
            candidate_queries={"moved": asked, "short": asked[:, :4].contiguous()},
            items=place / "items.csv",
            options=QUICK,
            device="cpu",
            out=place / "run",
        )
        before = (made.folder / "report.html").read_bytes()
        report(made.folder)
        assert (made.folder / "report.html").read_bytes() == before
    return made.folder


def cells(table):
    return [[cell.text for cell in row] for row in table.rows]


def labels_of_distribution(*, own):
    declared = [metric for metric in all_metrics() if metric.topic is Topic.distribution and metric.own is own]
    return [metric.label for metric in declared if metric.role is not Role.change]


def test_every_measure_of_every_version_is_in_a_table(folder):
    loaded = SavedRun(folder)
    own = own_table(loaded, "corpus")
    assert own.heads == ("Measure", "reference", "moved", "short")
    assert [row[0] for row in cells(own)] == labels_of_distribution(own=True)
    against = cells(against_table(loaded, "corpus"))
    for candidate in ("moved", "short"):
        assert [row[1] for row in against if row[0] == candidate] == labels_of_distribution(own=False)


def test_each_measure_says_how_it_was_made_or_why_it_is_not_there(folder):
    rows = {(row[0], row[1]): row for row in cells(against_table(SavedRun(folder), "corpus"))}
    assert "39 shuffles of single items" in rows["moved", "MMD², p"][-1]
    assert "bins at the reference's quantiles" in rows["moved", "Similarity histogram, KL"][-1]
    assert rows["short", "MMD²"][2].startswith("not defined")
    assert against_table(SavedRun(folder), "corpus").notes == ("[1] not defined: dimensions differ: 8 and 4",)


def test_cohorts_are_listed_with_the_most_moved_first(folder):
    table = cohort_drift_table(SavedRun(folder), "corpus")
    assert {(row[0], row[1]) for row in cells(table)} == {
        (name, kind) for name in ("moved", "short") for kind in ("kind=a", "kind=b")
    }
    assert [row[0] for row in cells(table)][:2] == ["moved", "moved"]
    assert not cohort_drift_table(SavedRun(folder), "queries").rows


def test_pages_hold_tables_and_figures_of_both_scopes(folder):
    page, text = (folder / "report.html").read_text("utf-8"), (folder / "report.md").read_text("utf-8")
    for words in ("What each version looks like", "Distribution against the reference", "How similar the nearest item"):
        assert page.count(words) >= 2
        assert text.count(words) >= 2
    for scope in ("corpus", "queries"):
        for name in ("similarity_histogram", "norm_histogram"):
            assert (folder / "plots" / f"{name}_{scope}.png").stat().st_size > 1000
    assert "Not described in this version" not in text


def test_the_finding_is_that_of_the_neighbours(folder):
    assert "nearest" in sentences(folder)[0] or "results" in sentences(folder)[0]


def test_a_run_without_neighbours_says_so_and_what_a_classifier_can_tell(tmp_path):
    vectors = clustered(N, 8, seed=1).numpy()
    made = run(
        vectors[:50], {"new": vectors[50:] + np.float32(1)}, options=DriftOptions(neighbors=False, permutations=39),
        device="cpu", out=tmp_path / "run",
    )  # fmt: skip
    first, second = sentences(made.folder)
    assert first.startswith("Distribution and geometry only")
    assert second.startswith("new: a classifier tells its vectors from the reference's with AUC 1.0")
    text = (made.folder / "report.md").read_text("utf-8")
    assert "Overlap@" not in text.split("## Definitions")[0]
    assert "What each version looks like" in text
