"""A report for a study that embdrift does not bring along, and whatever a record calls its study."""

import json

import pytest

from embdrift.errors import InputError
from embdrift.report import Conclusion, Finding, StudyReport, register_report, report, report_of, sentences
from embdrift.report.content import assembled
from embdrift.report.table import NOTHING


def conclude(run):
    return Conclusion("All is well.", (Finding("new", "new is new."),))


def contents(run):
    return assembled(run.record, run.folder, conclusion=conclude(run), scopes=(), definitions=NOTHING)


@pytest.fixture(scope="module")
def toy():
    name = "toy_of_the_registry_test"
    register_report(name, StudyReport(conclude=conclude, contents=contents))
    return name


def called(folder, study):
    path = folder / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "study": study}))
    return folder


def test_a_registered_report_is_written_and_speaks(run_copy, toy):
    folder = called(run_copy, toy)
    assert sentences(folder) == ["All is well.", "new is new."]
    assert "All is well." in report(folder).read_text("utf-8")


def test_a_study_has_one_report(toy):
    for name in (toy, "drift"):
        with pytest.raises(InputError, match="has a report already"):
            register_report(name, StudyReport(conclude=conclude, contents=contents))


@pytest.mark.parametrize("study", ["neighbor_shift", "drift", "ann_recall", "precision"])
def test_each_study_that_comes_along_has_its_report(study):
    assert report_of(study) is not None


@pytest.mark.parametrize("study", ["no_such", "machine", "machine.prometheus", "../up", "", "html"])
def test_a_record_that_names_no_study_is_refused(run_copy, study):
    with pytest.raises(InputError, match="does not know: install the version"):
        report(called(run_copy, study))
