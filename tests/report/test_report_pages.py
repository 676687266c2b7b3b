import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from fake_run import fake_run

from conftest import HOSTILE
from embdrift.report import report as write_report
from embdrift.report.markdown import fenced, plain, table
from embdrift.report.neighbor_shift.tables import (
    cohort_table,
    every_figure_table,
    headline_table,
    moved_items,
    quality_table,
)
from embdrift.report.table import Reasons, table_of, words
from embdrift.results import Measurement, SavedRun


class Page(HTMLParser):
    """Collects the tags, addresses and words of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.words, self.ids = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "data", "action"}]
        self.ids += [value for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def page_path(run_folder):
    return write_report(run_folder)


def test_the_page_says_the_verdict_first_and_holds_every_part(page_path):
    page = Page(page_path.read_text("utf-8"))
    text = " ".join(" ".join(page.words).replace("\u00a0", " ").split())
    parts = ["looks safe", "bf16 keeps", "Figures at a glance", "Queries against the corpus", "Corpus against itself"]
    parts += ["What was compared", "Definitions", "How this run was made"]
    assert all(part in text for part in parts)
    assert text.index("looks safe") < text.index("bf16 keeps") < text.index("Noise floor") < text.index("Fingerprint")
    assert page.tags.count("img") == 10


def test_the_page_fetches_nothing_and_runs_nothing(page_path):
    page = Page(page_path.read_text("utf-8"))
    assert all(address.startswith(("data:image/", "#")) for address in page.addresses)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in page_path.read_text("utf-8")
    targets = {address[1:] for address in page.addresses if address.startswith("#")}
    assert targets <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_writing_again_gives_the_same_bytes_and_touches_nothing_else(hostile_folder):
    before = {path: path.read_bytes() for path in hostile_folder.rglob("*") if path.is_file()}
    write_report(hostile_folder)
    assert {path: path.read_bytes() for path in hostile_folder.rglob("*") if path.is_file()} == before


def test_every_picture_that_the_markdown_links_is_there(page_path):
    folder = page_path.parent
    links = re.findall(r"\]\((plots/[^)]+)\)", (folder / "report.md").read_text("utf-8"))
    assert len(links) == 10
    assert all((folder / link).is_file() for link in links)
    assert all((folder / link).with_suffix(".svg").is_file() for link in links)


def test_hostile_names_ids_and_texts_are_words_in_html(hostile_folder):
    page = Page((hostile_folder / "report.html").read_text("utf-8"))
    assert "script" not in page.tags
    shown = HOSTILE.replace("\u202e", "")
    assert sum(shown in part for part in page.words) > 20
    assert not [address for address in page.addresses if not address.startswith(("data:image/", "#"))]


def test_hostile_names_ids_and_texts_are_words_in_markdown(hostile_folder):
    text = (hostile_folder / "report.md").read_text("utf-8")
    outside, _, code = text.rpartition("\n```")[0].partition("```json\n")
    assert "<script>" not in outside
    assert not re.search(r"(?<!\\)`", outside.replace("`tables/most_moved.csv`", ""))
    assert not re.search(r"(?<!\\)\]\(javascript", outside)
    assert "\u202e" not in outside
    assert HOSTILE.split("|")[0] in code


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head(hostile_folder):
    for block in (hostile_folder / "report.md").read_text("utf-8").split("\n\n"):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines() if line.startswith("| ")}
        assert len(counts) <= 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b\nc", r"a\|b c"),
        ("<b>&amp;", r"&lt;b\>&amp;amp;"),
        ("http://x.y", "http:&#47;&#47;x.y"),
        ("@someone nDCG@10", "&#64;someone nDCG@10"),
        ("_a_ *b* `c` $d$ ~e~ \\", r"\_a\_ \*b\* \`c\` \$d\$ \~e\~ \\"),
    ],
)
def test_markdown_takes_no_text_for_markup(text, escaped):
    assert plain(text) == escaped


def test_a_fence_is_longer_than_any_in_the_text():
    assert fenced("a ```` b").startswith("`````json\n")
    assert table(table_of("", ["a"], [[words("x", strong=True, detail="y")]])) == "| a |\n| --- |\n| **x** y |"


def test_tables_that_are_missing_leave_their_pictures_out(run_copy):
    for path in (run_copy / "tables").iterdir():
        path.unlink()
    (run_copy / "per_query.parquet").unlink()
    page = Page(write_report(run_copy).read_text("utf-8"))
    assert page.tags.count("img") == 1  # cohort bars rest on the summary
    assert "Most moved" not in page.words


def test_a_run_of_nothing_but_nan_is_reported_with_its_reasons(run_copy):
    path = run_copy / "summary.csv"
    numbers = dict.fromkeys(["value", "low", "high", "chance", "floor"], np.nan)
    pd.read_csv(path).assign(note="dimensions differ", **numbers).to_csv(path, index=False)
    for table_path in (run_copy / "tables").iterdir():
        frame = pd.read_csv(table_path)
        frame.assign(**dict.fromkeys(frame.select_dtypes("float").columns, np.nan)).to_csv(table_path, index=False)
    frame = pd.read_parquet(run_copy / "per_query.parquet")
    frame.assign(overlap=np.nan).to_parquet(run_copy / "per_query.parquet")
    text = " ".join(Page(write_report(run_copy).read_text("utf-8")).words)
    assert "not defined (dimensions differ)" in text
    assert "could not be measured" in text
    assert not re.search(r"\bnan\b", text)


def test_a_single_candidate_and_texts_kept_out_are_reported(tmp_path):
    folder = fake_run(tmp_path, {"only": 0.2}, texts=False)
    for name in ("curve", "displacement", "hubness", "scores"):
        (folder / "tables" / f"{name}.csv").unlink()
    page = Page(write_report(folder).read_text("utf-8"))
    text = " ".join(page.words)
    assert "only keeps" in text
    assert "symbolic" not in text


def test_the_headline_stands_beside_floor_and_null_with_reasons_below(run_folder):
    run = SavedRun(run_folder)
    shown = headline_table(run.figures, run.record.candidates, "queries")
    assert shown.heads[:4] == ("Candidate", "Overlap@10", "Noise floor", "Chance")
    assert "Self-displacement" not in shown.heads
    assert shown.rows[0][2].text == "0.9993"
    assert shown.notes == ("[1] not defined: one vector per query is needed in both versions",)
    assert shown.rows[0][-1].text == "not defined [1]"


def test_quality_shows_before_after_and_the_interval_of_the_change(run_folder):
    run = SavedRun(run_folder)
    shown = quality_table(run.figures, ["cls"], "queries")
    assert [cell.text for cell in shown.rows[1]] == [
        "cls",
        "MRR",
        "0.4710",
        "0.3610",
        "−0.1100 (−0.1250 to −0.0950)",
        "80",
    ]
    assert quality_table(run.figures, ["cls"], "corpus").rows == ()


def test_every_figure_of_the_summary_is_in_the_table_of_all_figures(run_folder):
    run = SavedRun(run_folder)
    whole = run.summary[(run.summary["cohort"] == "") & (run.summary["scope"] == "corpus")]
    shown = every_figure_table(run.figures, run.record.candidates, "corpus")
    assert len(shown.rows) == len(whole)


def test_figures_are_looked_up_at_k_else_at_the_k_that_there_is(run_folder):
    found = SavedRun(run_folder).figures
    assert found.get("overlap", "corpus", "cls").k == 10
    assert found.get("overlap", "corpus", "cls", k=5).k == 5
    assert found.get("top1_flip", "corpus", "cls").k == 1
    assert not found.get("overlap", "corpus", "cls", k=7).defined
    assert not found.get("no_such", "corpus", "cls").defined


def test_cohort_rows_are_each_candidates_own_worst(run_folder):
    shown = cohort_table(SavedRun(run_folder), "corpus")
    values = [float(row[3].text.split()[0]) for row in shown.rows if row[0].text == "cls"]
    assert values == sorted(values)
    assert len(values) == 9


def test_moved_items_stand_side_by_side_with_shared_neighbours_marked(run_folder):
    run = SavedRun(run_folder)
    items = moved_items(run, "corpus")
    assert len(items) == 15
    statuses = {cell.text for row in items[0].neighbors.rows for cell in (row[2], row[5])}
    assert statuses <= {"kept", "gone", "new"}
    kept = sum(row[2].text == "kept" for row in items[0].neighbors.rows)
    assert items[0].kept.replace("\u00a0", " ") == f"{10 * kept}.0 %"


def test_items_that_keep_all_their_neighbours_are_not_called_moved(run_copy):
    path = run_copy / "tables" / "most_moved.csv"
    frame = pd.read_csv(path)
    frame.assign(overlap=np.where(frame["candidate"] == "bf16", 1.0, frame["overlap"])).to_csv(path, index=False)
    assert {item.candidate for item in moved_items(SavedRun(run_copy), "corpus")} == {"maxlen32", "cls"}


def test_a_list_that_is_shorter_on_one_side_leaves_its_cells_empty(run_copy):
    path = run_copy / "tables" / "most_moved.csv"
    frame = pd.read_csv(path)
    frame[(frame["side"] == "reference") | (frame["rank"] < 4)].to_csv(path, index=False)
    last = moved_items(SavedRun(run_copy), "corpus")[0].neighbors.rows[-1]
    assert [cell.text for cell in last[4:]] == ["–", "", ""]


def test_equal_reasons_share_a_note():
    reasons = Reasons()
    cells = [reasons.value(Measurement(note=note)) for note in ("a", "b", "a")]
    assert [cell.text for cell in cells] == ["not defined [1]", "not defined [2]", "not defined [1]"]
    assert len(reasons.notes) == 2
