"""Golden pairs, freshness, removed items and cut-offs in the report of a drift run."""

import pandas as pd
import pytest

from embdrift.report.drift.tables import MOST_ROWS, further_tables
from embdrift.report.wording import percent
from embdrift.results import SavedRun
from embdrift.tables import CUT_OFFS, GOLDEN_PAIRS, REMOVED_ITEMS


@pytest.fixture
def run(run_copy):
    """A run with every such table, about its first candidate."""
    first = SavedRun(run_copy).record.candidates[0]
    summary = pd.read_csv(run_copy / "summary.csv")
    about = {"study": "drift", "scope": "corpus", "reference": "fp32", "n": 40}
    rows = [
        {"metric": "golden_pass_rate", "candidate": "fp32", "value": 0.95, "low": 0.9, "high": 0.98},
        {"metric": "golden_pass_rate", "candidate": first, "note": "all pairs are of one kind"},
        {"metric": "golden_broken", "candidate": first, "value": 3.0},
        {"metric": "removed_items_found", "candidate": first, "value": 2.0, "k": 10},
    ]
    more = pd.DataFrame([about | row for row in rows])
    pd.concat([summary, more], ignore_index=True).to_csv(run_copy / "summary.csv", index=False)
    tables = run_copy / "tables"
    broken = {"a": "1", "similar": 1.0, "reference_cosine": 0.9, "candidate_cosine": 0.2, "cut_off": 0.5}
    pd.DataFrame(
        [broken | {"candidate": first, "b": f"b{row}", "outcome": "broken"} for row in range(MOST_ROWS + 2)]
        + [broken | {"candidate": first, "b": "glad", "outcome": "mended"}]
    ).reindex(columns=GOLDEN_PAIRS.names).to_csv(tables / "golden_pairs.csv", index=False)
    pd.DataFrame(
        [{"scope": "queries", "candidate": first, "id": "gone", "lists": 4, "best_rank": 2, "found_by": "q7"}]
    ).reindex(columns=REMOVED_ITEMS.names).to_csv(tables / "removed_items.csv", index=False)
    pd.DataFrame(
        [
            {
                "scope": "queries", "candidate": first, "pairs": "each version's first 10 of each query", "note": "so",
                "cut_off": 0.5, "reference_share": 0.25, "candidate_share_unchanged": 1.0, "same_share_cut_off": 0.8,
                "reference_precision": 0.5, "candidate_precision_unchanged": 0.1, "same_precision_cut_off": None,
                "same_precision_reached": None,
            }
        ]
    ).reindex(columns=CUT_OFFS.names).to_csv(tables / "thresholds.csv", index=False)  # fmt: skip
    return SavedRun(run_copy)


def cells(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_figures_stand_side_by_side_and_what_is_undefined_has_its_reason(run):
    table = further_tables(run, "corpus")[0]
    rows = {row[0]: row[1:3] for row in cells(table)}
    assert rows["Golden pairs passed"] == ["0.9500 (0.9000 to 0.9800)", "not defined [1]"]
    assert table.notes == ("[1] not defined: all pairs are of one kind",)
    assert rows["Golden pairs broken"] == ["", "3"]
    assert rows["Removed items found@10"] == ["", "2"]


def test_broken_pairs_are_listed_up_to_a_number(run):
    table = further_tables(run, "corpus")[1]
    assert len(table.rows) == MOST_ROWS
    assert cells(table)[0][1:] == ["1", "b0", "similar", "0.9000", "0.2000", "0.5000"]


def test_removed_items_and_cut_offs_stand_with_the_queries(run):
    removed, cut_offs = further_tables(run, "queries")
    assert cells(removed)[0][1:] == ["gone", "4", "2", "q7"]
    assert cells(cut_offs)[0][1:] == ["0.5000", percent(0.25), percent(1.0), "0.8000", "0.5000", "0.1000", "none", "so"]
    assert "each version's first 10 of each query" in cut_offs.caption


def test_a_run_without_any_of_it_shows_nothing(run_copy):
    assert further_tables(SavedRun(run_copy), "corpus") == ()
