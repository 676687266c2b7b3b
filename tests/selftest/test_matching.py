from pathlib import Path

import pandas as pd
import pytest

from embdrift.gates import Axis, CandidateVerdict, Outcome
from embdrift.selftest.catalog import FAULTS, Case, all_cases
from embdrift.selftest.harness import CaseOutcome
from embdrift.selftest.matching import CELLS, REFUSED, Expected, expected_table, matched

TABLE = expected_table()


def test_every_planted_case_has_one_expected_row_in_the_same_order():
    assert list(TABLE) == [(case.fault, case.strength) for case in all_cases()]


def test_expected_cells_are_answers_that_a_gate_can_give():
    axes, outcomes = {axis.value for axis in Axis}, {outcome.value for outcome in Outcome} | {REFUSED}
    for row in TABLE.values():
        assert row.cells["distribution"] in axes
        assert row.cells["neighbors"] in axes
        assert row.cells["verdict"] in outcomes
        assert row.borderline <= set(CELLS)
        assert row.why


def test_most_cells_are_firm_and_every_fault_has_a_row_that_is_firm_about_harm():
    open_cells = sum(len(row.borderline) for row in TABLE.values())
    assert open_cells < len(TABLE) * len(CELLS) / 3
    for fault in FAULTS:
        rows = [row for row in TABLE.values() if row.fault == fault.name]
        assert any(not {"verdict", "neighbors"} <= row.borderline for row in rows), fault.name


def test_rotation_and_offset_keep_neighbors_and_a_permutation_keeps_the_distribution():
    assert all(TABLE[key].cells["neighbors"] == "unmoved" for key in TABLE if key[0] in ("rotation", "offset"))
    assert all(TABLE[key].cells["distribution"] == "unmoved" for key in TABLE if key[0] == "permuted rows")


def shown(document, *columns):
    """The rows of the table of faults in a document, each cell as the expected table has it."""
    lines = Path(__file__).parents[2].joinpath(document).read_text("utf-8").splitlines()
    head = lines.index(f"| {' | '.join(('fault', 'strength', 'distribution', 'neighbors', 'verdict', *columns))} |")
    rows = [line.strip("| ").split(" | ") for line in [*lines, ""][head + 2 : [*lines, ""].index("", head)]]
    for fault, strength, *cells in rows:
        expected = TABLE[fault, strength]
        written = [expected.cells[cell] + (" ~" if cell in expected.borderline else "") for cell in CELLS]
        assert cells == [*written, expected.why][: len(cells)], fault
    return [(fault, strength) for fault, strength, *_ in rows]


def test_the_readme_shows_rows_of_the_expected_table():
    assert len(shown("README.md")) >= 10


def test_the_description_of_results_shows_the_whole_expected_table():
    assert shown("results/README.md", "why") == list(TABLE)


def run(distribution, neighbors, verdict, seed=0):
    case = Case("fault", "strong", lambda *_: None)
    if verdict == REFUSED:
        return CaseOutcome(case, seed, pd.DataFrame(), None, "it holds NaN")
    said = CandidateVerdict("fault, strong", Outcome(verdict), "", Axis(distribution), Axis(neighbors))
    return CaseOutcome(case, seed, pd.DataFrame(), said)


def states(expected, *runs, borderline=()):
    cells = dict(zip(("distribution", "neighbors", "verdict"), expected, strict=True))
    table = {("fault", "strong"): Expected("fault", "strong", cells, frozenset(borderline), "")}
    found = matched(runs, table)
    return found["state"].tolist(), found["found"].tolist()


def test_cells_that_come_out_alike_in_every_seed_are_as_expected():
    found = states(("moved", "unmoved", "warn"), *[run("moved", "unmoved", "warn", seed) for seed in range(3)])
    assert found == (["as expected"] * 3, ["moved", "unmoved", "warn"])


def test_a_fault_that_passes_in_one_seed_is_missed():
    found, answers = states(("moved", "moved", "fail"), run("moved", "moved", "fail"), run("moved", "moved", "warn"))
    assert found == ["as expected", "as expected", "missed"]
    assert answers[2] == "fail 1/2, warn 1/2"


def test_neighbors_that_moved_unseen_are_missed_and_those_that_did_not_are_a_false_alarm():
    assert states(("moved", "moved", "fail"), run("moved", "unmoved", "fail"))[0][1] == "missed"
    assert states(("moved", "unmoved", "pass"), run("moved", "moved", "pass"))[0][1] == "false alarm"


@pytest.mark.parametrize(("wanted", "found", "state"), [
    ("pass", "fail", "false alarm"),
    ("warn", "fail", "false alarm"),
    ("pass", "warn", "differs"),
    ("fail", "inconclusive", "differs"),
    (REFUSED, "pass", "missed"),
    ("fail", REFUSED, "differs"),
])  # fmt: skip
def test_verdicts_that_differ_are_told_apart_by_what_a_pipeline_does(wanted, found, state):
    assert states(("unmoved", "unmoved", wanted), run("unmoved", "unmoved", found))[0][2] == state


def test_borderline_cells_may_come_out_either_way():
    assert states(("moved", "moved", "fail"), run("unmoved", "unmoved", "pass"), borderline=("verdict",))[0] == [
        "differs", "missed", "borderline",
    ]  # fmt: skip


def test_a_case_that_was_not_run_is_not_as_expected():
    assert states(("moved", "moved", "fail"))[1] == ["not run"] * 3
    assert "as expected" not in states(("moved", "moved", "fail"))[0]
