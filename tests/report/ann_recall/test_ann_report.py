import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from embdrift.errors import InputError
from embdrift.metrics.catalog import metric_named
from embdrift.report import report, sentences
from embdrift.report.ann_recall.content import contents
from embdrift.report.ann_recall.plots.recall_speed import pareto
from embdrift.report.ann_recall.tables import shown
from embdrift.report.html import html
from embdrift.report.table import words
from embdrift.results import SavedRun


@pytest.fixture(scope="module")
def written(ann_folder):
    assert report(ann_folder) == ann_folder / "report.html"
    return ann_folder


def page_of(folder):
    """The page without its figures, which take long to draw."""
    return html(contents(SavedRun(folder), ()))


def test_the_report_is_written_with_every_figure(written):
    page = written / "report.html"
    made = sorted(path.name for path in (written / "plots").iterdir())
    names = ["effort", "recall_distribution", "recall_speed", "transfer"]
    assert made == sorted(f"{name}.{kind}" for name in names for kind in ("png", "svg"))
    assert "http" not in page.read_text().replace("http-equiv", "")


def test_the_report_has_the_same_bytes_again(written, ann_copy):
    assert report(ann_copy).read_bytes() == (written / "report.html").read_bytes()


def test_the_report_says_which_tuned_index_can_be_kept(ann_folder):
    said = sentences(ann_folder)
    assert said[0].startswith("Which tuned indexes can be kept at recall@10 0.95: for turned")
    assert "“HNSW8,Flat efc40”" in said[0]


def test_the_report_says_that_a_turned_space_wrecked_what_was_trained_on_the_old_one(ann_folder):
    stale = pd.read_csv(ann_folder / "tables" / "comparisons.csv").query(
        "candidate == 'turned' and question == 'stale' and k == 10 and index == 'IVF32,Flat'"
    )
    old, new, search = stale.iloc[0][["recall_reference", "recall", "search"]]
    assert new < 0.8 * old
    said = " ".join(sentences(ann_folder))
    recall = f"recall {new:.4f} instead of {old:.4f} at {search}."
    assert f"“IVF32,Flat” is wrecked when it keeps what it was trained on: {recall}" in said
    assert "Yet exact search finds the same neighbours as before: the space was only turned" in said


def test_lists_of_a_turned_space_that_hold_at_the_tuned_setting_are_wrecked_at_a_cheaper_one(ann_copy):
    path = ann_copy / "tables" / "comparisons.csv"
    comparisons = pd.read_csv(path)
    mine = (comparisons["candidate"] == "turned") & (comparisons["question"] == "stale")
    comparisons.loc[mine & (comparisons["index"] == "IVF32,Flat"), "recall"] = 0.94
    comparisons.to_csv(path, index=False)
    said = " ".join(sentences(ann_copy))
    assert (
        "“IVF32,Flat” is wrecked at a cheaper setting than the tuned one when it keeps what it was trained on" in said
    )
    assert "at nprobe 1." in said
    assert "the space was only turned" in said


def test_what_a_reader_should_know_stands_below_the_first_table(ann_folder):
    first = contents(SavedRun(ann_folder), ()).scopes[0].glance[0]
    assert first.caption.startswith("Which tuned index can be kept")
    assert any("tuned on 100, reported on the other 100" in note for note in first.notes)
    assert any("faiss cannot use LSH here" in note for note in first.notes)


def test_a_column_that_says_nothing_is_left_out():
    rows = [[words("a"), words(""), words("")], [words("b"), words(""), words("c")]]
    table = shown("", ["one", "two", "three"], rows)
    assert table.heads == ("one", "three")
    assert [[cell.text for cell in row] for row in table.rows] == [["a", ""], ["b", "c"]]


def test_every_metric_of_the_summary_is_described_for_people_and_in_the_readme(ann_folder):
    readme = (Path(__file__).parents[3] / "results" / "README.md").read_text("utf-8")
    for name in set(pd.read_csv(ann_folder / "summary.csv")["metric"]):
        assert metric_named(name).formula != metric_named("nonsense").formula, name
        base = next(one for one in ("ann_recall_transfer", "ann_recall_stale", "ann_recall", name) if one in name)
        assert f"`{base}`" in readme or f"`{name}`" in readme, name
        assert f"`{name.removeprefix(base)}`" in readme or f"`{name}`" in readme, name


def test_the_report_says_what_could_not_be_built(written):
    text = (written / "report.md").read_text()
    assert "“LSH” could not be built or searched" in text
    assert "trained on 24 dimensions cannot hold vectors of 12" in text


def test_an_unreachable_target_is_a_sentence(ann_copy):
    path = ann_copy / "tables" / "equal_recall.csv"
    table = pd.read_csv(path)
    table.loc[(table["version"] == "turned") & (table["index"] == "SQ8"), ["state", "best"]] = ["unreachable", 0.9]
    table.to_csv(path, index=False)
    assert any("“SQ8”: recall@10 0.95 is unreachable with the settings tried" in one for one in sentences(ann_copy))


def test_a_run_without_candidates_says_what_reaches_the_target(alone_folder):
    said = sentences(alone_folder)
    assert said[0] == "4 of 5 indexes reach recall@10 0.95."
    first = contents(SavedRun(alone_folder), ()).scopes[0].glance[0]
    assert first.caption == "Which index reaches recall@10 0.95"
    assert "does not reach it" in [row[1].text for row in first.rows]
    assert first.notes
    assert any("“LSH” could not be measured: faiss cannot use LSH here" in one for one in said)
    assert report(alone_folder).exists()
    assert not (alone_folder / "plots" / "transfer.png").exists()


def test_names_cannot_be_markup(hostile_ann_folder):
    html = report(hostile_ann_folder).read_text()
    assert "<script" not in html
    markdown = (hostile_ann_folder / "report.md").read_text()
    assert "<script" not in markdown
    assert not re.search(r"(?<!\\)\]\(javascript", markdown)


def test_texts_that_are_kept_out_stay_out(ann_copy):
    path = ann_copy / "tables" / "most_lost.csv"
    pd.read_csv(path).assign(text="secret").to_csv(path, index=False)
    record = json.loads((ann_copy / "record.json").read_text())
    (ann_copy / "record.json").write_text(json.dumps({**record, "texts": False}))
    assert "secret" not in page_of(ann_copy)


def test_a_given_file_of_neighbours_that_disagrees_is_shown(ann_copy):
    row = {"query": "q7", "rank": 3, "given": "a", "ours": "b", "given_score": 0.1, "our_score": 0.9, "note": ""}
    pd.DataFrame([row]).to_csv(ann_copy / "tables" / "ground_truth.csv", index=False)
    assert "Given neighbours that are none" in page_of(ann_copy)


def test_a_run_that_is_not_whole_or_of_another_study_is_refused(ann_copy, tmp_path):
    record = json.loads((ann_copy / "record.json").read_text())
    del record["ann"]
    (ann_copy / "record.json").write_text(json.dumps({**record, "study": "neighbor_shift"}))
    with pytest.raises(InputError, match="a run of neighbor_shift, not of ann_recall"):
        contents(SavedRun(ann_copy), ())
    with pytest.raises(InputError, match="holds no record"):
        SavedRun(tmp_path)


def test_the_front_holds_what_nothing_beats_in_both():
    recall, speed = np.array([0.9, 0.95, 0.95, 1.0, 0.8]), np.array([100.0, 50.0, 80.0, 10.0, 90.0])
    assert pareto(recall, speed) == [0, 2, 3]
