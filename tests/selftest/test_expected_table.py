from pathlib import Path

from embdrift.gates import Axis, Outcome
from embdrift.selftest.catalog import FAULTS, all_cases
from embdrift.selftest.expected import CELLS, REFUSED, expected_table

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


def test_rotation_and_offset_keep_neighbours_and_a_permutation_keeps_the_distribution():
    assert all(TABLE[key].cells["neighbors"] == "unmoved" for key in TABLE if key[0] in ("rotation", "offset"))
    assert all(TABLE[key].cells["distribution"] == "unmoved" for key in TABLE if key[0] == "permuted rows")


def shown(document, *columns):
    """The rows of the table of faults in a document, each cell as the expected table has it."""
    lines = Path(__file__).parents[2].joinpath(document).read_text("utf-8").splitlines()
    head = lines.index(f"| {' | '.join(('fault', 'strength', 'distribution', 'neighbours', 'verdict', *columns))} |")
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
