"""Every consumer of a run folder: versions with names that read as missing, and runs of format 1."""

import pandas as pd
import pytest
from old_run import TODAY, write_run_of_format

import embdrift
from embdrift.errors import InputError
from embdrift.gates import Better, Gate, Outcome, Rule
from embdrift.report import judge_run, report, sentences
from embdrift.results import FORMAT_VERSION, SavedRun
from embdrift.tables import OVERLAP_CURVE, declarations

GATE = Gate("mine", (Rule("overlap", Better.higher, warn=0.4, fail=0.3),))
NAMES = ("null", "None", "NA", "nan", "N/A")


def test_runs_are_written_in_todays_format():
    assert FORMAT_VERSION == TODAY


@pytest.mark.parametrize("name", NAMES)
def test_a_candidate_whose_name_reads_as_missing_is_found_in_summary_tables_and_per_query(tmp_path, name):
    run = embdrift.open_run(write_run_of_format(tmp_path / "run", TODAY, candidate=name))
    for frame in (run.summary, run.per_query, run.table("curve"), run.rows(OVERLAP_CURVE), run.overlap_per_query):
        assert set(frame["candidate"]) == {name}
    assert run.figures.get("overlap", "corpus", name).value == 0.5


@pytest.mark.parametrize("name", NAMES)
def test_such_a_candidate_is_judged_reported_and_exported(tmp_path, name):
    folder = write_run_of_format(tmp_path / "run", TODAY, candidate=name, reference="NULL")
    (found,) = judge_run(folder, GATE).candidates
    assert (found.candidate, found.outcome) == (name, Outcome.pass_)
    assert any(name in sentence and "50.0" in sentence for sentence in sentences(folder))
    assert f'candidate="{name}"' in (folder / "metrics.prom").read_text("utf-8")
    assert 'reference="NULL"' in (folder / "metrics.prom").read_text("utf-8")


def test_a_run_of_format_1_opens_and_shows_chance(tmp_path):
    run = embdrift.open_run(write_run_of_format(tmp_path / "run", 1))
    for frame in (run.summary, run.table("curve"), run.rows(OVERLAP_CURVE)):
        assert "null" not in frame
        assert set(frame["chance"]) == {0.25}


def test_a_run_of_format_1_is_reported_judged_and_exported_as_one_of_today(tmp_path):
    said, figures, summaries = [], [], []
    for run_format in (1, TODAY):
        folder = write_run_of_format(tmp_path / str(run_format) / "run", run_format)
        gate = Gate("mine", (*GATE.rules,))
        assert judge_run(folder, gate).outcome is Outcome.pass_
        assert report(folder) == folder / "report.html"
        said.append(sentences(folder))
        figures.append((folder / "metrics.prom").read_text("utf-8"))
        summaries.append(embdrift.open_run(folder).summary)
    assert said[0] == said[1]
    assert figures[0] == figures[1]
    pd.testing.assert_frame_equal(*summaries)


def test_the_chance_level_is_exported_by_its_former_name_too(tmp_path):
    folder = write_run_of_format(tmp_path / "run", TODAY)
    judge_run(folder, GATE)
    values = {
        line.partition("{")[0]: float(line.rpartition(" ")[2])
        for line in (folder / "metrics.prom").read_text("utf-8").splitlines()
        if line.startswith("embdrift_overlap_")
    }
    assert values["embdrift_overlap_chance"] == values["embdrift_overlap_null"] == 0.25


def test_whole_numbers_stay_whole_where_no_cell_is_empty(tmp_path):
    run = embdrift.open_run(write_run_of_format(tmp_path / "run", TODAY))
    assert run.summary["k"].tolist() == [5]
    assert run.summary["k"].dtype == "int64"


def test_an_unknown_table_is_answered_with_those_that_there_are(tmp_path):
    run = embdrift.open_run(write_run_of_format(tmp_path / "run", TODAY))
    with pytest.raises(InputError, match="has no table 'most_moved'; it has curve"):
        run.table("most_moved")


def test_a_table_that_no_declaration_knows_is_read_by_what_its_cells_hold(tmp_path):
    folder = write_run_of_format(tmp_path / "run", TODAY)
    (folder / "tables" / "own.csv").write_text("candidate,word,share,flag\n7,NA,0.5,True\n8,b,,False\n", "utf-8")
    table = SavedRun(folder).table("own")
    assert table["candidate"].tolist() == ["7", "8"]
    assert table["word"].tolist() == ["NA", "b"]
    assert table["share"].iloc[0] == 0.5
    assert table["share"].isna().tolist() == [False, True]
    assert table["flag"].tolist() == [True, False]


@pytest.mark.parametrize("columns", declarations(), ids=lambda columns: columns.table)
def test_declared_kinds_are_of_declared_columns(columns):
    assert {*columns.text, *columns.flags, *columns.optional} <= set(columns.names)
    assert not set(columns.text) & set(columns.flags)


def test_a_writer_cannot_leave_a_column_out_or_add_one():
    row = dict.fromkeys(OVERLAP_CURVE.names, 0)
    assert tuple(OVERLAP_CURVE.frame([row]).columns) == OVERLAP_CURVE.names
    with pytest.raises(ValueError, match=r"missing \['n'\]"):
        OVERLAP_CURVE.frame([{name: 0 for name in OVERLAP_CURVE.names if name != "n"}])
    with pytest.raises(ValueError, match=r"undeclared \['m'\]"):
        OVERLAP_CURVE.frame([row | {"m": 0}])
